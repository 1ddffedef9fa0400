"""The mutants of the Go implementation: the order of the steps of a write, and its failures."""

from __future__ import annotations

from conformance.tools.implementation_mutation.mutant import Crash, Mutant, mutant

_WRITE, _TEMPORARY, _LOCK = "write_linux.go", "temporary_linux.go", "lock_linux.go"
_OCCUPANT, _DIR = "occupant_linux.go", "dir_linux.go"
_FLUSHED = "\t\terr = t.Sync() // once (SAFE-14)\n"
_INHERITED = (
    "\tif err == nil {\n"
    "\t\tvar who occupant\n"
    "\t\tif who, there, err = judgeOccupant(d, name, runID); err == nil && who == occupantOurs {\n"
    "\t\t\terr = t.inherit(there)\n\t\t}\n\t}\n"
)
_FULL = "\tif err == nil && s.Durability != DurabilityNone {\n" + _FLUSHED + "\t}\n"
_CLOSED = "\tif err := temporary.Close(); err != nil && p.later == nil {\n"
_DIRECTORY_FLUSHED = "\t\tif err := d.sync(); err != nil && uncertain == nil {\n"
_LOCKED = "syscall.Flock(d.fd(), syscall.LOCK_EX|syscall.LOCK_NB)"

WRITING: dict[str, Mutant] = {
    "file-not-flushed": mutant(
        Crash("overwrite", "order", "file-flushed"),
        (_TEMPORARY, _FLUSHED, "\t\terr = t.checkClose()\n"),
    ),
    "file-flushed-late": mutant(
        Crash("overwrite", "order", "file-flushed"),
        (_TEMPORARY, _FLUSHED, "\t\terr = t.checkClose()\n"),
        (_WRITE, _CLOSED, "\tp.later = temporary.Sync()\n" + _CLOSED),
    ),
    "directory-not-flushed": mutant(
        Crash("overwrite", "order", "directory-flushed"),
        (_WRITE, _DIRECTORY_FLUSHED, _DIRECTORY_FLUSHED.replace("d.sync()", "error(nil)")),
    ),
    "renamed": mutant(
        Crash("first-write", "order", "published-by-link"),
        (_WRITE, "p.dir.link(p.temporary.name, p.name)", "p.dir.rename(p.temporary.name, p.name)"),
    ),
    "permissions-unflushed": mutant(
        Crash("overwrite", "order", "permissions-flushed"),
        (_TEMPORARY, _INHERITED + _FULL, _FULL + _INHERITED),
    ),
    "same-names": mutant(
        Crash("first-write-in-existing-scope", "company", "temporary-names"),
        (_TEMPORARY, '\t"crypto/rand"\n', '\t"math/rand"\n'),
        (
            _TEMPORARY,
            "\tif _, err := rand.Read(bytes[:]); err != nil {\n",
            "\tif _, err := seeded.Read(bytes[:]); err != nil {\n",
        ),
        (
            _TEMPORARY,
            "func randomDigits() string {\n",
            "var seeded = rand.New(rand.NewSource(1))\n\nfunc randomDigits() string {\n",
        ),
    ),
    "not-exclusive": mutant(
        Crash("overwrite", "order", "exclusive"),
        (
            _DIR,
            "syscall.O_WRONLY|syscall.O_CREAT|syscall.O_EXCL",
            "syscall.O_WRONLY|syscall.O_CREAT",
        ),
    ),
    "no-lock": mutant(
        Crash("overwrite", "order", "locked"), (_LOCK, f"err := {_LOCKED}", "err := error(nil)")
    ),
    "shared-lock": mutant(
        Crash("overwrite", "order", "locked"),
        (_LOCK, _LOCKED, _LOCKED.replace("LOCK_EX", "LOCK_SH")),
    ),
    "other-lock": mutant(
        Crash("overwrite", "order", "locked"),
        (
            _LOCK,
            f"\t\terr := {_LOCKED}\n",
            '\t\tother, _ := d.openat(".lock", syscall.O_RDWR|syscall.O_CREAT, 0o666)\n'
            f"\t\terr := {_LOCKED.replace('d.fd()', 'other')}\n"
            '\t\td.unlink(".lock")\n',
        ),
    ),
    "swept-before-lock": mutant(
        Crash("sweep", "order", "locked"),
        (
            _WRITE,
            "\tlocked, err := s.lock(d) // ends with close\n",
            "\tsweep(d, true)\n\tlocked, err := s.lock(d) // ends with close\n",
        ),
        (_WRITE, "\tsweep(d, locked)\n", ""),
    ),
    "readable-while-written": mutant(
        Crash("overwrite", "order", "private"), (_TEMPORARY, "mode &= 0o700\n", "mode |= 0o044\n")
    ),
    "partial-write": mutant(
        Crash("overwrite", "short", "write#1"),
        (_TEMPORARY, "_, err = t.Write(data)", "_, err = syscall.Write(int(t.Fd()), data)"),
        (_TEMPORARY, "info.Size() != int64(want)", "info.Size() > int64(want)"),
    ),
    "write-error-ignored": mutant(
        Crash("overwrite", "ENOSPC", "write#1"),
        (_TEMPORARY, "_, err = t.Write(data)", "t.Write(data)"),
        (_TEMPORARY, "info.Size() != int64(want)", "info.Size() > int64(want)"),
    ),
    "flush-error-ignored": mutant(
        Crash("overwrite", "EIO", "fsync#"), (_TEMPORARY, _FLUSHED, "\t\tt.Sync()\n")
    ),
    "late-error-ignored": mutant(
        Crash("overwrite", "EIO", "fsync#"),
        (_WRITE, "\t\t\tuncertain = err\n", "\t\t\tuncertain = nil\n"),
    ),
    "flushed-again": mutant(
        Crash("overwrite", "EIO", "fsync#"),
        (
            _TEMPORARY,
            _FLUSHED,
            "\t\tif err = t.Sync(); err != nil {\n\t\t\terr = t.Sync()\n\t\t}\n",
        ),
    ),
    "size-unchecked": mutant(
        Crash("overwrite", "lost", "write#1"),
        (_TEMPORARY, "info.Size() != int64(want)", "info.Size() > int64(want)"),
    ),
    "late-removal-ignored": mutant(
        Crash("first-write", "EIO", "unlinkat#"),
        (_WRITE, "\t\t\tp.later = err\n\t\t}\n\t\treturn nil\n", "\t\t}\n\t\treturn nil\n"),
    ),
    "late-steps-skipped": mutant(
        Crash("first-write", "EIO", "unlinkat#"),
        (
            _WRITE,
            "\tif s.Durability == DurabilityFull {\n",
            "\tif s.Durability == DurabilityFull && uncertain == nil {\n",
        ),
    ),
    "second-name-left": mutant(
        Crash("quarantine", "EIO", "renameat"), (_WRITE, "\t\tundo()\n", "\t\t_ = undo\n")
    ),
    "links-needed": mutant(
        Crash("first-write", "EPERM", "linkat#"),
        (
            _OCCUPANT,
            "isAny(err, syscall.EPERM, syscall.EMLINK",
            "isAny(err, syscall.EMLINK",
        ),
    ),
    "locks-needed": mutant(
        Crash("overwrite", "ENOLCK", "flock#"),
        (_LOCK, "\t\t\treturn false, nil\n", "\t\t\treturn false, err\n"),
    ),
    "directory-flush-needed": mutant(
        Crash("delete", "EINVAL", "fsync#"),
        (
            _DIR,
            "err := d.file.Sync(); !isAny(err, syscall.EINVAL)",
            "err := d.file.Sync(); err != nil",
        ),
    ),
    "link-swept": mutant(
        Crash("sweep", "order", "undisturbed"),
        (_TEMPORARY, "if err != nil || !isRegular(stat) {", "if err != nil || isDir(stat) {"),
    ),
    "temporary-left": mutant(
        Crash("overwrite", "EIO", "fsync#"), (_TEMPORARY, "\t\tt.remove()\n", "\t\tt.Close()\n")
    ),
    "unreadable-quarantined": mutant(
        Crash("collision", "EIO", "openat#"),
        (
            _OCCUPANT,
            "\tcase err != nil: // unreadable: nobody knows whose it is (SAFE-10)\n"
            "\t\treturn 0, none, err\n",
            "\tcase err != nil:\n\t\treturn occupantAnything, none, nil\n",
        ),
    ),
}
