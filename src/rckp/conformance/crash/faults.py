"""The kinds of faults, and the calls at which each of them happens."""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator, Sequence

from rckp.conformance.crash.system_calls import FLUSHES, LINKS, READ_CALLS, WRITE_CALLS
from rckp.conformance.crash.traced_adapter import Call, Fault

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EINTR", "EMFILE", "EXDEV", "EACCES")
# These are the errors of file systems without links, locks or flushes of directories: the
# request succeeds. The requirement says so.
TOLERATED = {
    "EPERM": "SAFE-11",
    "EOPNOTSUPP": "SAFE-11",
    "ENOSYS": "SAFE-11",
    "EMLINK": "SAFE-11",
    "EINVAL": "SAFE-11",
    "ENOLCK": "SAFE-6",
}
KINDS = ("order", "kill", *ERRORS, *TOLERATED, "short", "lost", "company")
_TOLERATED_NUMBERS = {getattr(errno, name): requirement for name, requirement in TOLERATED.items()}
_LOCKING = fcntl.LOCK_EX | fcntl.LOCK_SH


def planned_faults(kinds: Sequence[str], calls: Sequence[Call]) -> Iterator[tuple[str, Call]]:
    """Return the faults of some kinds, each with the call at which it happens."""
    for call in calls:
        if call.at:
            yield from ((kind, call) for kind in kinds if _applies(kind, call))


def _applies(kind: str, call: Call) -> bool:
    if kind in ("order", "company"):
        return False
    if kind == "short":
        return call.name in WRITE_CALLS | READ_CALLS
    if kind == "lost":
        return call.name in ("write", "writev")
    if kind == "EINVAL":
        return call.name in FLUSHES and call.is_directory
    if kind == "ENOLCK":
        return call.name == "flock" and bool(call.arguments[1] & _LOCKING)
    if kind in TOLERATED:
        return call.name in LINKS
    return True


def fault_of(kind: str, label: str) -> Fault:
    """Return the fault of a kind at a call such as `fsync#2`."""
    name, _, at = label.partition("#")
    number = getattr(errno, kind, 0)
    return Fault("error" if number else kind, name, int(at), number)


def tolerated(fault: Fault | None) -> str:
    """Return the requirement that says that a request succeeds in spite of a fault, or nothing."""
    if fault is None or fault.kind != "error":
        return ""
    return _TOLERATED_NUMBERS.get(fault.errno, "")
