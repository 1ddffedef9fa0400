"""The mutants of the Go implementation."""

from __future__ import annotations

from conformance.tools.implementation_mutation.go_writing import WRITING
from conformance.tools.implementation_mutation.mutant import (
    Crash,
    Mutant,
    Permitted,
    cases,
    mutant,
)

_WRITE, _TEMPORARY, _LOCK = "write_linux.go", "temporary_linux.go", "lock_linux.go"
_DIR, _SELECTION, _PURGE, _DECODE = (
    "dir_linux.go",
    "selection_linux.go",
    "purge_linux.go",
    "decode.go",
)
_FOUND = "\t\t} else if ok && r.Status != Completed {\n"
_JUDGED = (
    "\t_, fault, err = c.decode((*decoder).record)\n"
    "\treturn stat, err == nil && fault == nil, err\n"
)
_PURGE_LOCKED = (
    "\tif _, err := s.lock(d); err != nil { // SAFE-6\n"
    "\t\treturn false, asStoreError(err)\n"
    "\t}\n"
    "\tdefer s.unlock(d)\n"
)
_PURGE_COMPARED = (
    "\tnow, err := d.lstat(name)\n"
    "\tif err == nil {\n"
    "\t\tif !sameFile(stat, now) {\n"
    "\t\t\treturn false, nil // only what was judged (STORE-17)\n"
    "\t\t}\n"
)
_PURGE_COMPARED_BEFORE = (
    "\tnow, err := d.lstat(name)\n"
    "\tif err == nil && !sameFile(stat, now) {\n"
    "\t\treturn false, nil\n"
    "\t}\n"
    "\tif _, err := s.lock(d); err != nil { // SAFE-6\n"
    "\t\treturn false, asStoreError(err)\n"
    "\t}\n"
    "\tdefer s.unlock(d)\n"
    "\tif err == nil {\n"
)
_GROWN = "\twant := max(firstBytes, 2*have)\n"
_ALGORITHM = "\t\tAlgorithmSignatureHash: c.u64(fieldAlgorithmSignatureHash),\n"
_PROBLEM = "\t\tProblemSignatureHash:   c.u64(fieldProblemSignatureHash),\n"
_HASHES = "r.AlgorithmSignatureHash == algorithm && r.ProblemSignatureHash == problem\n"
_ALGORITHM_TEXTS = (
    "\t\t{fieldAlgorithmName, i.AlgorithmName},\n"
    "\t\t{fieldAlgorithmParameters, i.AlgorithmParameters},\n"
)
_PROBLEM_TEXTS = (
    "\t\t{fieldProblemDescription, i.ProblemDescription},\n"
    "\t\t{fieldProblemParameters, i.ProblemParameters},\n"
)
_ALGORITHM_VALUES = (
    "\t\tAlgorithmName:       c.string(fieldAlgorithmName),\n"
    "\t\tAlgorithmParameters: c.string(fieldAlgorithmParameters),\n"
)
_PROBLEM_VALUES = (
    "\t\tProblemDescription:  c.string(fieldProblemDescription),\n"
    "\t\tProblemParameters:   c.string(fieldProblemParameters),\n"
)


def _hidden(condition: str, *ids: str) -> Mutant:
    """A record `r` that fulfils the condition is not listed."""
    return mutant(
        cases(*ids),
        (_SELECTION, _FOUND, _FOUND.replace("Completed {", f"Completed && !({condition}) {{")),
    )


def _first(size: int, *ids: str) -> Mutant:
    """Only so many bytes of a file are read."""
    return mutant(
        cases(*ids),
        (
            "content.go",
            _GROWN,
            f"\tif have >= {size} {{\n\t\tc.whole = true\n\t\treturn nil\n\t}}\n{_GROWN}",
        ),
    )


MUTANTS: dict[str, Mutant] = {
    **WRITING,
    "compared-before-lock": mutant(
        Crash("purge", "company", "lock-let-go-after-write"),
        (_PURGE, _PURGE_LOCKED + _PURGE_COMPARED, _PURGE_COMPARED_BEFORE),
    ),
    "failure-hides": mutant(
        Crash("select", "EIO", "openat#"),
        (
            "choose_linux.go",
            "case len(found) == 0 && slices.ContainsFunc(reported, hidesCheckpoint):",
            "case len(found) < 0 && slices.ContainsFunc(reported, hidesCheckpoint):",
        ),
    ),
    "failed-read-ends": mutant(
        Crash("select", "EIO", "read#"),
        (
            "content.go",
            "\tif errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {\n",
            "\tif errors.Is(err, io.EOF) || err != nil {\n",
        ),
    ),
    "short-read-ends": mutant(
        Crash("select", "short", "read#"),
        (
            "content.go",
            "\tn, err := io.ReadFull(c.source, data[have:])\n",
            "\tn, err := c.source.Read(data[have:])\n\tif n < want-have {\n\t\terr = io.EOF\n\t}\n",
        ),
    ),
    "swept-without-lock": mutant(
        Crash("sweep", "company", "lock-held"),
        (
            _LOCK,
            "\t\tcase time.Now().After(deadline):\n",
            "\t\tcase true:\n\t\t\treturn true, nil\n\t\tcase time.Now().After(deadline):\n",
        ),
    ),
    "set-id-copied": mutant(
        Crash("overwrite", "company", "mode/6777"),
        (_TEMPORARY, "there.Mode&0o777, true", "there.Mode&0o7777, true"),
    ),
    "waits-for-pipe": mutant(
        Crash("select", "company", "entry-for-pipe/"),
        (
            _DIR,
            "syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)",
            "syscall.O_RDONLY|syscall.O_NOCTTY, 0)",
        ),
    ),
    "unreadable-silent": mutant(
        Crash("select", "company", "no-permission/list-file"),
        (
            _SELECTION,
            "\t\tif err != nil {\n\t\t\tw.report(codeOf(err)",
            "\t\tif err != nil && codeOf(err) == Unreadable {\n"
            "\t\t\treturn\n\t\t} else if err != nil {\n\t\t\tw.report(codeOf(err)",
        ),
    ),
    "purged-by-name": mutant(
        Crash("purge", "company", "replaced-by-same-run/"),
        (_PURGE, "\t\tif !sameFile(stat, now) {\n", "\t\tif stat.Size < 0 || now.Size < 0 {\n"),
    ),
    "descriptor-leaked": mutant(
        Crash("purge", "company", "descriptors"),
        (
            _DIR,
            "\tdefer syscall.Close(fd)\n\treturn stat, syscall.Fstat(fd, &stat)\n",
            "\treturn stat, syscall.Fstat(fd, &stat)\n",
        ),
    ),
    "pipe-replaced": mutant(
        Crash("overwrite", "company", "entry-for-pipe/"),
        (
            _DIR,
            "if err = syscall.Fstat(fd, &stat); err == nil && !isRegular(stat) {",
            "if err = syscall.Fstat(fd, &stat); err == nil && isDir(stat) {",
        ),
        (
            "occupant_linux.go",
            "\tdefer file.Close()\n",
            "\tdefer file.Close()\n"
            "\tif stat.Size == 0 {\n\t\treturn occupantOurs, stat, nil\n\t}\n",
        ),
    ),
    "quadratic-time": mutant(
        Crash("purge", "company", "long-file"), ("content.go", _GROWN, "\twant := have + 4<<10\n")
    ),
    "allocates-40-mib": mutant(
        Crash("purge", "company", "memory/"),
        (
            _DECODE,
            "func (d *decoder) take(field string, n uint64) []byte {\n",
            "func (d *decoder) take(field string, n uint64) []byte {\n"
            "\tif n > 1<<20 {\n\t\tallocated = make([]byte, min(n, 40<<20))\n\t}\n",
        ),
        (_DECODE, "func (d *decoder) fail(", "var allocated []byte\n\nfunc (d *decoder) fail("),
    ),
    "message-hides": _hidden(
        "r.ErrorMessage != nil",
        "selection/list/value/error_message",
        "selection/select/value/several",
    ),
    "creation-0-hides": _hidden(
        "r.CreatedAtMs == 0",
        "selection/list/value/created_at_ms",
        "selection/select/value/smallest",
    ),
    "future-hides": _hidden(
        "r.CreatedAtMs > 4102444800000",
        "selection/list/value/created_at_ms",
        "selection/select/value/largest",
    ),
    "elapsed-0-hides": _hidden("r.ElapsedMillis == 0", "selection/list/value/elapsed_millis"),
    "empty-payload-hides": _hidden(
        'r.StepStatePayload == ""', "selection/list/value/step_state_payload"
    ),
    "seed-payload-hides": _hidden("r.SeedPayload != nil", "selection/list/value/seed_payload"),
    "message-keeps": mutant(
        cases("store/purge/value/error_message"),
        (
            _PURGE,
            _JUDGED,
            _JUDGED.replace("_, fault", "r, fault").replace(
                "fault == nil,", "fault == nil && r.ErrorMessage == nil,"
            ),
        ),
    ),
    "first-64-kib": _first(
        64 << 10,
        "store/read/behind/64-kib",
        "selection/list/behind/64-kib",
        "store/purge/behind/64-kib",
    ),
    "first-mib": _first(
        1 << 20,
        "store/read/behind/1-mib",
        "selection/list/behind/1-mib",
        "store/purge/behind/1-mib",
    ),
    "status-unchecked-late": mutant(
        cases("reader/behind/64-kib/status", "reader/behind/1-mib/status"),
        (_DECODE, "\tif !status.Valid() {\n", "\tif !status.Valid() && at < 65536 {\n"),
    ),
    "offset-of-16-bits": mutant(
        cases("reader/behind/64-kib/truncated-content"),
        (_DECODE, "Offset: uint64(offset)}", "Offset: uint64(uint16(offset))}"),
    ),
    "hashes-in-any-order": mutant(
        cases("selection/list/lying-both-hashes-swapped", "selection/select/hashes-swapped"),
        (
            _SELECTION,
            _HASHES,
            "r.AlgorithmSignatureHash^r.ProblemSignatureHash == algorithm^problem\n",
        ),
    ),
    "problem-first": mutant(
        cases("identity/hash/surrogate/first-and-third"),
        ("identity.go", _ALGORITHM_TEXTS + _PROBLEM_TEXTS, _PROBLEM_TEXTS + _ALGORITHM_TEXTS),
        ("identity.go", _ALGORITHM_VALUES + _PROBLEM_VALUES, _PROBLEM_VALUES + _ALGORITHM_VALUES),
    ),
    "problem-range-first": mutant(
        cases(
            "writer/precedence/range-of-both-hashes",
            "writer/precedence/range-before-type-of-hashes",
        ),
        ("values.go", _ALGORITHM + _PROBLEM, _PROBLEM + _ALGORITHM),
    ),
    "deep-silent": mutant(
        cases("store/files/too-deep", "selection/list/too-deep", "store/purge/too-deep"),
        ("files_linux.go", "\t\tw.report(Unreadable, parent.child(name), errTooDeep)\n", ""),
    ),
    "deep-purged-silently": mutant(
        cases("store/purge/too-deep"),
        (
            _PURGE,
            "\tif len(w.reported) > 0 {\n",
            "\tif len(w.reported) > 0 && w.reported[0].Reason != errTooDeep {\n",
        ),
    ),
    "private": mutant(
        Permitted("store/write/*", "first-write", "order"),
        (_TEMPORARY, "mode := uint32(0o666)", "mode := uint32(0o600)"),
        (_DIR, "syscall.Mkdirat(d.fd(), name, 0o777)", "syscall.Mkdirat(d.fd(), name, 0o700)"),
        ("scope_linux.go", "\terr := os.Mkdir(path, 0o777)\n", "\terr := os.Mkdir(path, 0o700)\n"),
        (
            "scope_linux.go",
            "\t\terr = os.Mkdir(path, 0o777)\n",
            "\t\terr = os.Mkdir(path, 0o700)\n",
        ),
    ),
    "problem-hash-first": mutant(
        Permitted("selection/*"),
        (
            _SELECTION,
            _HASHES,
            "r.ProblemSignatureHash == problem && r.AlgorithmSignatureHash == algorithm\n",
        ),
    ),
}
