"""The mutants of the C implementation."""

from __future__ import annotations

from conformance.tools.implementation_mutation.c_writing import WRITING
from conformance.tools.implementation_mutation.mutant import (
    Crash,
    Mutant,
    Permitted,
    cases,
    mutant,
)

_WRITE, _STORE, _SELECTION, _DECODE = "write.c", "store.c", "selection.c", "decode.c"
_FOUND = "        if (o == RCKP_DECODED && r.status != RCKP_COMPLETED) {\n"
_PURGED = "        if (o == RCKP_DECODED)              /* STORE-16"
_READ = "        r = read(*(int *)self, to, n > (1u << 30) ? 1u << 30 : n);\n"
_MISFIT = (
    "        || (field == F_ALG_HASH && r->algorithm_signature_hash != w->algorithm)\n"
    "        || (field == F_PROB_HASH && r->problem_signature_hash != w->problem);\n"
)
_PURGE_LOCKED = "    if (!store_lock(directory, &held, &e))\n        return false;\n"
_PURGE_COMPARED = (
    "    if (fstatat(directory, name, &now, AT_SYMLINK_NOFOLLOW) != 0)\n"
    "        return errno == ENOENT;\n"
    "    if (!store_unchanged(judged, &now))\n"
    "        return true;\n"
)
_DIRECTORY = "    } else if (S_ISDIR(st.st_mode)) {                       /* STORE-2 */\n"


def _hidden(condition: str, *ids: str) -> Mutant:
    """A record `r` that fulfils the condition is not listed."""
    return mutant(
        cases(*ids),
        (
            _SELECTION,
            _FOUND,
            _FOUND.replace("RCKP_COMPLETED)", f"RCKP_COMPLETED && !({condition}))"),
        ),
    )


def _first(size: int, *ids: str) -> Mutant:
    """Only so many bytes of a file are read."""
    left = f"{size} - (size_t)lseek(*(int *)self, 0, SEEK_CUR)"
    return mutant(
        cases(*ids),
        (_STORE, _READ, f"        r = read(*(int *)self, to, n > {left} ? {left} : n);\n"),
    )


MUTANTS: dict[str, Mutant] = {
    **WRITING,
    "compared-before-lock": mutant(
        Crash("purge", "company", "lock-let-go-after-write"),
        (_STORE, _PURGE_LOCKED + _PURGE_COMPARED, _PURGE_COMPARED + _PURGE_LOCKED),
    ),
    "failure-hides": mutant(
        Crash("select", "EIO", "newfstatat#"),
        (_SELECTION, "    if (found.count == 0 && unread) ", "    if (false) "),
    ),
    "failed-read-ends": mutant(
        Crash("select", "EIO", "read#"),
        (
            _DECODE,
            "    return d->outcome == RCKP_DECODED;\n}\n\nstatic bool take_field",
            "    return true;\n}\n\nstatic bool take_field",
        ),
    ),
    "short-read-ends": mutant(
        Crash("select", "short", "read#"),
        (
            _DECODE,
            "            got += (size_t)r;\n        } else {",
            "            got += (size_t)r;\n            break;\n        } else {",
        ),
    ),
    "swept-without-lock": mutant(
        Crash("sweep", "company", "lock-held"),
        (
            _STORE,
            "        if (waited >= rckp_lock_wait_ms)\n",
            "        if (waited >= 50)\n            return *held = true;\n        if (waited >= rckp_lock_wait_ms)\n",
        ),
    ),
    "set-id-copied": mutant(
        Crash("overwrite", "company", "mode/6777"),
        (
            _WRITE,
            "    mode_t mode = old->st_mode & 0777;\n",
            "    mode_t mode = old->st_mode & 07777;\n",
        ),
    ),
    "waits-for-pipe": mutant(
        Crash("select", "company", "entry-for-pipe/"),
        (
            _STORE,
            "O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY",
            "O_RDONLY | O_CLOEXEC | O_NOCTTY",
        ),
    ),
    "unreadable-silent": mutant(
        Crash("select", "company", "no-permission/list-file"),
        (
            _SELECTION,
            "if (o == RCKP_FAULTY || (o == RCKP_BROKEN && !gone))",
            "if (o == RCKP_FAULTY || (o == RCKP_BROKEN && gone))",
        ),
    ),
    "purged-by-name": mutant(
        Crash("purge", "company", "replaced-by-same-run/"),
        (
            _STORE,
            "    if (!store_unchanged(judged, &now))\n        return true;\n",
            "    (void)judged;\n",
        ),
    ),
    "descriptor-leaked": mutant(
        Crash("purge", "company", "descriptors"),
        (
            _STORE,
            "        int next = store_open_directory(fd, component, false);\n        store_close(fd);\n",
            "        int next = store_open_directory(fd, component, false);\n",
        ),
    ),
    "pipe-replaced": mutant(
        Crash("overwrite", "company", "entry-for-pipe/"),
        (_STORE, "if (!unread && S_ISREG(st->st_mode))", "if (!unread)"),
    ),
    "quadratic-time": mutant(
        Crash("purge", "company", "long-file"),
        (_DECODE, "= *cap ? 2 * (uint64_t)*cap : FIRST_PIECE;", "= (uint64_t)*cap + FIRST_PIECE;"),
        (
            _DECODE,
            "        s->len += got;\n",
            "        s->len += got;\n        rckp_valid_up_to(s->data, s->len);\n",
        ),
    ),
    "allocates-40-mib": mutant(
        Crash("purge", "company", "memory/"),
        (_DECODE, "FIRST_PIECE = 65536 };", "FIRST_PIECE = 40 << 20 };"),
    ),
    "message-hides": _hidden(
        "r.error_message.present",
        "selection/list/value/error_message",
        "selection/select/value/several",
    ),
    "creation-0-hides": _hidden(
        "r.created_at_ms == 0",
        "selection/list/value/created_at_ms",
        "selection/select/value/smallest",
    ),
    "future-hides": _hidden(
        "r.created_at_ms > rckp_now_ms()",
        "selection/list/value/created_at_ms",
        "selection/select/value/largest",
    ),
    "elapsed-0-hides": _hidden("r.elapsed_millis == 0", "selection/list/value/elapsed_millis"),
    "empty-payload-hides": _hidden(
        "r.step_state_payload.len == 0", "selection/list/value/step_state_payload"
    ),
    "seed-payload-hides": _hidden("r.seed_payload.present", "selection/list/value/seed_payload"),
    "message-keeps": mutant(
        cases("store/purge/value/error_message"),
        (_STORE, _PURGED, "        if (o == RCKP_DECODED && !r.error_message.present) /* STORE-16"),
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
        (
            _DECODE,
            "    if (byte > 3)                       /* DEC-6 */\n",
            "    if (byte > 3 && at < 65536)\n",
        ),
    ),
    "offset-of-16-bits": mutant(
        cases("reader/behind/64-kib/truncated-content"),
        (
            _DECODE,
            '    fault(d, "truncated", f, d->pos);\n',
            '    fault(d, "truncated", f, (uint16_t)d->pos);\n',
        ),
    ),
    "hashes-in-any-order": mutant(
        cases("selection/list/lying-both-hashes-swapped", "selection/select/hashes-swapped"),
        (
            _SELECTION,
            _MISFIT,
            "        || (field == F_PROB_HASH && (r->algorithm_signature_hash ^ r->problem_signature_hash)\n"
            "            != (w->algorithm ^ w->problem));\n",
        ),
    ),
    "problem-first": mutant(
        cases("identity/hash/surrogate/first-and-third"),
        (
            "identity.c",
            "    return pair(id->algorithm_name,",
            '    if (!pair(id->problem_description, "problem_description", id->problem_parameters,\n'
            '              "problem_parameters", problem, e))\n'
            "        return false;\n"
            "    return pair(id->algorithm_name,",
        ),
    ),
    "problem-range-first": mutant(
        cases(
            "writer/precedence/range-of-both-hashes",
            "writer/precedence/range-before-type-of-hashes",
        ),
        (
            "encode.c",
            "    for (int f = F_CREATED; f < F_END; f++)\n"
            "        if (!convert(&rckp_layout[f], &loose[f], (char *)r + rckp_layout[f].at, e))\n"
            "            return false;\n",
            "    for (int n = F_CREATED; n < F_END; n++) {\n"
            "        int f = n == F_ALG_HASH ? F_PROB_HASH : n == F_PROB_HASH ? F_ALG_HASH : n;\n"
            "        if (!convert(&rckp_layout[f], &loose[f], (char *)r + rckp_layout[f].at, e))\n"
            "            return false;\n    }\n",
        ),
    ),
    "deep-silent": mutant(
        cases("store/files/too-deep", "selection/list/too-deep", "store/purge/too-deep"),
        (
            _STORE,
            _DIRECTORY,
            "    } else if (S_ISDIR(st.st_mode) && depth >= DEEPEST) {\n" + _DIRECTORY,
        ),
    ),
    "deep-purged-silently": mutant(
        cases("store/purge/too-deep"),
        (
            _STORE,
            "    if (!rckp_files(base, &files, failures, e) ||",
            "    strings deep = {0};\n    if (!rckp_files(base, &files, &deep, e) ||",
        ),
    ),
    "private": mutant(
        Permitted("store/write/*", "first-write", "order"),
        (_WRITE, "    mode_t mode = 0666;  ", "    mode_t mode = 0600;  "),
        (_WRITE, "if (mkdir(at, 0777) == 0)", "if (mkdir(at, 0700) == 0)"),
        (_WRITE, "if (mkdirat(at, name, 0777) != 0", "if (mkdirat(at, name, 0700) != 0"),
    ),
    "problem-hash-first": mutant(
        Permitted("selection/*"),
        (
            _SELECTION,
            _MISFIT,
            "        || (field == F_PROB_HASH && (r->problem_signature_hash != w->problem\n"
            "                                     || r->algorithm_signature_hash != w->algorithm));\n",
        ),
    ),
}
