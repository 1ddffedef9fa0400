"""The mutants of the C implementation: the order of the steps of a write, and its failures."""

from __future__ import annotations

from conformance.tools.implementation_mutation.mutant import (
    Crash,
    Mutant,
    mutant,
)

_WRITE, _STORE = "write.c", "store.c"
_FLUSHED = (
    "    if (ok)                             /* SAFE-14: once */\n"
    "        ok = j->durability == DURABLE_NONE ? check_close(fd) : store_flush_file(fd) == 0;\n"
)
_LINKED = (
    "        if (linkat(j->directory, j->temporary, j->directory, j->name, 0) == 0) {\n"
    "            *late = unlinkat(j->directory, j->temporary, 0) != 0;\n"
)
_LATE = "    if (!flush(j, j->directory) || late)\n"
_INHERITED = "    if (ok && judge(j, &there) == OURS)\n        ok = inherit(j, &there);\n"
_LOCKED = "flock(directory_fd, LOCK_EX | LOCK_NB)"

WRITING: dict[str, Mutant] = {
    "file-not-flushed": mutant(
        Crash("overwrite", "order", "file-flushed"),
        (
            _WRITE,
            "check_close(fd) : store_flush_file(fd) == 0;",
            "check_close(fd) : check_close(fd);",
        ),
    ),
    "file-flushed-late": mutant(
        Crash("overwrite", "order", "file-flushed"),
        (_WRITE, _FLUSHED, ""),
        (
            _WRITE,
            "    if (!is_published(j, &late))\n",
            "    if (store_flush_file(j->temporary_fd) != 0 || !is_published(j, &late))\n",
        ),
    ),
    "directory-not-flushed": mutant(
        Crash("overwrite", "order", "directory-flushed"),
        (_WRITE, _LATE, "    if (late)\n"),
    ),
    "renamed": mutant(
        Crash("first-write", "order", "published-by-link"),
        (
            _WRITE,
            _LINKED,
            "        if (renameat(j->directory, j->temporary, j->directory, j->name) == 0) {\n",
        ),
    ),
    "permissions-unflushed": mutant(
        Crash("overwrite", "order", "permissions-flushed"),
        (_WRITE, _INHERITED + _FLUSHED, _FLUSHED + _INHERITED),
    ),
    "same-names": mutant(
        Crash("first-write-in-existing-scope", "company", "temporary-names"),
        (
            _WRITE,
            "    if (getrandom(random, sizeof random, 0) != sizeof random)\n        return false;\n",
            "    for (size_t i = 0; i < sizeof random; i++)\n"
            "        random[i] = (unsigned char)rand();\n",
        ),
    ),
    "not-exclusive": mutant(
        Crash("overwrite", "order", "exclusive"),
        (_WRITE, "O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW", "O_WRONLY | O_CREAT | O_NOFOLLOW"),
    ),
    "no-lock": mutant(
        Crash("overwrite", "order", "locked"),
        (_STORE, f"*held = {_LOCKED} == 0;", "*held = directory_fd >= 0;"),
    ),
    "shared-lock": mutant(
        Crash("overwrite", "order", "locked"),
        (_STORE, _LOCKED, _LOCKED.replace("LOCK_EX", "LOCK_SH")),
    ),
    "other-lock": mutant(
        Crash("overwrite", "order", "locked"),
        (_STORE, _LOCKED, _LOCKED.replace("directory_fd", 'openat(directory_fd, "..", O_RDONLY)')),
    ),
    "swept-before-lock": mutant(
        Crash("sweep", "order", "locked"),
        (
            _WRITE,
            "           && store_lock(j.directory, &held, e);\n",
            "           && (remove_left_behind(j.directory, true), store_lock(j.directory, &held, e));\n",
        ),
        (_WRITE, "        remove_left_behind(j.directory, held);\n", ""),
    ),
    "readable-while-written": mutant(
        Crash("overwrite", "order", "private"),
        (_WRITE, "            mode &= 0700;\n", "            mode |= 0044;\n"),
    ),
    "partial-write": mutant(
        Crash("overwrite", "short", "write#1"),
        (
            _WRITE,
            "        data += w;\n        n -= (size_t)w;\n",
            "        data += n;\n        n = 0;\n",
        ),
        (_WRITE, "(uint64_t)st.st_size != j->size", "(uint64_t)st.st_size > j->size"),
    ),
    "write-error-ignored": mutant(
        Crash("overwrite", "ENOSPC", "write#1"),
        (
            _WRITE,
            "        if (w < 0)\n            return false;\n",
            "        if (w < 0)\n            break;\n",
        ),
        (_WRITE, "(uint64_t)st.st_size != j->size", "(uint64_t)st.st_size > j->size"),
    ),
    "flush-error-ignored": mutant(
        Crash("overwrite", "EIO", "fsync#"),
        (
            _WRITE,
            "check_close(fd) : store_flush_file(fd) == 0;",
            "check_close(fd) : store_flush_file(fd) <= 0;",
        ),
    ),
    "late-error-ignored": mutant(
        Crash("overwrite", "EIO", "fsync#"),
        (
            _WRITE,
            _LATE,
            "    flush(j, j->directory);\n    if (late)\n",
        ),
    ),
    "flushed-again": mutant(
        Crash("overwrite", "EIO", "fsync#"),
        (
            _STORE,
            "    while (r != 0 && errno == EINTR);\n    return r;\n}\n\n/* A file system",
            "    while (r != 0);\n    return r;\n}\n\n/* A file system",
        ),
    ),
    "size-unchecked": mutant(
        Crash("overwrite", "lost", "write#1"),
        (_WRITE, " || (uint64_t)st.st_size != j->size)", ")"),
    ),
    "late-removal-ignored": mutant(
        Crash("first-write", "EIO", "unlinkat#"),
        (_WRITE, _LINKED, _LINKED.replace("*late = ", "").replace(" != 0;\n", ";\n")),
    ),
    "late-steps-skipped": mutant(
        Crash("first-write", "EIO", "unlinkat#"),
        (_WRITE, _LATE, "    if (late || !flush(j, j->directory))\n"),
    ),
    "second-name-left": mutant(
        Crash("quarantine", "EIO", "renameat"),
        (_WRITE, "        unlinkat(j.directory, j.kept, 0);\n", "        j.kept[0] = '\\0';\n"),
    ),
    "links-needed": mutant(
        Crash("first-write", "EPERM", "linkat#"),
        (_WRITE, "errno != EPERM && errno != EOPNOTSUPP", "errno != EOPNOTSUPP"),
    ),
    "locks-needed": mutant(
        Crash("overwrite", "ENOLCK", "flock#"),
        (
            _STORE,
            "strerror(errno));\n            return true;\n",
            'strerror(errno));\n            return rckp_fail_sys(e, "not-written", errno);\n',
        ),
    ),
    "directory-flush-needed": mutant(
        Crash("delete", "EINVAL", "fsync#"),
        (
            _STORE,
            "return store_flush_file(fd) == 0 || errno == EINVAL;",
            "return store_flush_file(fd) == 0;",
        ),
    ),
    "link-swept": mutant(
        Crash("sweep", "order", "undisturbed"),
        (
            _WRITE,
            "fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0",
            "fstatat(directory, entry->d_name, &st, 0) == 0",
        ),
    ),
    "temporary-left": mutant(
        Crash("overwrite", "EIO", "fsync#"),
        (
            _WRITE,
            "        unlinkat(j.directory, j.temporary, 0);\n",
            "        j.temporary[0] = '\\0';\n",
        ),
    ),
    "unreadable-quarantined": mutant(
        Crash("collision", "EIO", "newfstatat#"),
        (
            _STORE,
            'return rckp_fail_sys(e, unread ? "unreadable" : "not-a-file", unread);',
            'return rckp_fail_sys(e, "not-a-file", unread);',
        ),
    ),
}
