"""The order of steps (SAFE-11 and others), read from the system calls of one request.

Each rule takes the calls of a request that succeeded, and says what is wrong.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rckp.conformance.crash.system_calls import (
    CHANGING,
    DESCRIPTOR_CHANGES,
    DIRECTORY_CREATIONS,
    FLUSHES,
    LINKS,
    OPENING,
    PATH_CHANGES,
    REMOVALS,
    WRITES,
)
from rckp.conformance.crash.trace import UNNAMED, Trace
from rckp.conformance.crash.traced_adapter import Call

_SYNCHRONOUS = getattr(os, "O_DSYNC", 0) | getattr(os, "O_SYNC", 0)
_NO_REPLACE = 1  # of renameat2
_WIDENING = 0o466  # reading by anybody, writing by others than the owner


def _published(trace: Trace) -> Iterator[str]:
    """A link or a rename gives the checkpoint its name. It is not opened to be written."""
    if trace.publication is None:
        yield "no link or rename gave the checkpoint its name"
    names = OPENING | {"truncate", "ftruncate"}
    writing = os.O_WRONLY | os.O_RDWR | os.O_TRUNC
    for at in trace.all(names, lambda call: call.paths[0] == trace.checkpoint):
        call = trace.calls[at]
        if call.name not in OPENING or call.flags & writing:
            yield f"{trace.label(at)} opens the checkpoint itself to write"


def _linked(trace: Trace) -> Iterator[str]:
    """The first write cannot replace a file that another writer has created in the meantime."""
    at = trace.publication
    if trace.scenario.existing is None and at is not None:
        call = trace.calls[at]
        exclusive = call.name == "renameat2" and call.arguments[4] & _NO_REPLACE
        if call.name not in LINKS and not exclusive:
            yield f"{trace.label(at)} could replace a file that another writer has created"


def _kept(trace: Trace) -> Iterator[str]:
    """The existing file keeps its name until the new one has it."""
    for at in trace.all(REMOVALS, lambda call: call.paths[0] == trace.checkpoint):
        yield f"{trace.label(at)} removes the existing file before the new one has its name"


def _exclusive(trace: Trace) -> Iterator[str]:
    """The temporary file is created exclusively (`O_EXCL` or `O_TMPFILE`)."""
    at = trace.creation()
    if at is None:
        yield "no call created the temporary file"
    elif trace.calls[at].flags & UNNAMED != UNNAMED and not trace.calls[at].flags & os.O_EXCL:
        yield f"{trace.label(at)} does not create it exclusively (O_EXCL)"


def _private(trace: Trace) -> Iterator[str]:
    """From its creation, it grants nobody more than the existing file, but its owner may write."""
    at, existing = trace.creation(), trace.scenario.existing
    if at is None or existing is None or not trace.scenario.replaces or "mode" not in existing:
        return
    mode, kept = trace.calls[at].mode or 0, int(existing["mode"], 8)
    if mode & ~kept & _WIDENING:
        yield (
            f"{trace.label(at)} creates it with the permissions {mode:03o}, beside a "
            f"checkpoint with {kept:03o}"
        )


def _flushed(trace: Trace) -> Iterator[str]:
    """It is flushed after its last write and before publication."""
    at, wanted = trace.publication, trace.content
    if at is None:
        return
    written = trace.last(WRITES, lambda call: call.file == wanted)
    if written is not None and written > at:
        yield f"{trace.label(written)} comes after {trace.label(at)}"
    created = trace.creation()
    if created is not None and trace.calls[created].flags & _SYNCHRONOUS:
        return
    flushes = trace.all(FLUSHES, lambda call: call.file == wanted)
    flushes += trace.all({"syncfs"}, lambda _: True)
    start = -1 if written is None else written
    if not any(start < each < at for each in flushes):
        late = f"; {trace.label(flushes[-1])} comes later" if flushes else ""
        yield f"no flush of the file between its last write and {trace.label(at)}{late}"


def _permissions_flushed(trace: Trace) -> Iterator[str]:
    """If it replaces a checkpoint, it is flushed after its permissions, group and owner are set."""
    at, wanted = trace.publication, trace.content
    if at is None or not trace.scenario.replaces:
        return
    set_at = trace.last(DESCRIPTOR_CHANGES | PATH_CHANGES, lambda call: call.file == wanted)
    flushes = trace.all(FLUSHES, lambda call: call.file == wanted)
    if set_at is not None and flushes and not any(set_at < each < at for each in flushes):
        yield f"{trace.label(set_at)} comes after the last flush, {trace.label(flushes[-1])}"


def _directory_flushed(trace: Trace) -> Iterator[str]:
    """The scope is flushed after the last change, before the response."""
    if trace.scenario.check.op == "write":
        changes = [trace.publication]
    else:
        changes = [max(trace.removed(), default=None)]
    for at in changes:
        if at is not None and not any(each > at for each in trace.flushes_of(trace.scope)):
            yield f"the scope is not flushed after {trace.label(at)}"


def _created_directories_flushed(trace: Trace) -> Iterator[str]:
    """The directory above a created directory is flushed."""
    for at in trace.all(DIRECTORY_CREATIONS, lambda call: bool(call.at)):
        above = os.path.dirname(trace.calls[at].paths[0])
        if not any(each > at for each in trace.flushes_of(above)):
            yield f"the directory above is not flushed after {trace.label(at)}"


def _directories_above_flushed(trace: Trace) -> Iterator[str]:
    """The directories above the scope are flushed, also if they existed."""
    base = os.path.join(trace.root, trace.scenario.check.case.document["input"]["base"])
    for what, path in (
        ("the directory of the algorithm", os.path.dirname(trace.scope)),
        ("the base", base),
        ("the parent of the base", os.path.dirname(base)),
    ):
        if not trace.flushes_of(path):
            yield f"{what} is not flushed at the first write"


def _locked(trace: Trace) -> Iterator[str]:
    """The lock is held from before the first change until after the flush."""
    protected = [trace.creation()] if trace.scenario.check.op == "write" else []
    protected += [trace.publication] if trace.scenario.check.op == "write" else []
    protected += trace.removed()
    changes = sorted(each for each in protected if each is not None)
    if trace.scenario.check.op == "purge":
        for at in changes:
            directory = os.path.dirname(trace.calls[at].paths[0])
            yield from _lock_held(trace, directory, [at], at)
    elif changes:
        flushes = trace.flushes_of(trace.scope)
        yield from _lock_held(trace, trace.scope, changes, max(flushes, default=changes[-1]))


def _lock_held(trace: Trace, directory: str, changes: list[int], end: int) -> Iterator[str]:
    """Whether a lock on a directory is held from before the first change to the end."""

    def is_lock(call: Call) -> bool:
        return call.paths[0] == directory and bool(call.arguments[1] & fcntl.LOCK_EX)

    locks = [each for each in trace.all({"flock"}, is_lock) if each < changes[0]]
    if not locks:
        yield f"the directory is not locked (flock, LOCK_EX) before {trace.label(changes[0])}"
        return
    descriptor = trace.calls[locks[-1]].arguments[0]

    def releases(call: Call) -> bool:
        if call.name == "flock":
            return call.paths[0] == directory and bool(call.arguments[1] & fcntl.LOCK_UN)
        return call.arguments[0] == descriptor and call.paths[0] == directory

    for at in trace.all({"flock", "close"}, releases):
        if locks[-1] < at < end:
            yield f"{trace.label(at)} gives up the lock before {trace.label(end)}"


def _swept(trace: Trace) -> Iterator[str]:
    """Under the lock, the temporary files of writers that were killed are removed."""
    if not trace.all({"flock"}, lambda call: call.paths[0] == trace.scope):
        return  # without the lock, a file of less than a day stays; the rule `locked` says more
    left = trace.scenario.stale - {
        os.fsencode(os.path.relpath(trace.calls[at].paths[0], trace.root)) for at in trace.removed()
    }
    for path in sorted(left):
        yield f"{os.fsdecode(os.path.basename(path))} of an earlier writer is not removed"


def _quarantined(trace: Trace) -> Iterator[str]:
    """A foreign file gets a second name, and the scope is flushed, before publication."""
    existing, at = trace.scenario.existing, trace.publication
    if existing is None or trace.scenario.replaces or at is None:
        return
    links = trace.all(LINKS, lambda call: call.paths[0] == trace.checkpoint)
    if not links or links[-1] > at:
        yield f"the existing file has no second name before {trace.label(at)}"
    elif not any(links[-1] < each < at for each in trace.flushes_of(trace.scope)):
        yield f"the scope is not flushed between {trace.label(links[-1])} and {trace.label(at)}"


def _through_descriptor(trace: Trace) -> Iterator[str]:
    """Permissions and owner are set through the descriptor, not by name."""
    wanted = trace.content
    for at in trace.all(PATH_CHANGES, lambda call: wanted is not None and call.file == wanted):
        yield f"{trace.label(at)} changes the file by its name, not through its descriptor"


def _inside(trace: Trace) -> Iterator[str]:
    """Nothing outside the base directory is created or changed."""
    harmless = tuple(
        os.path.join(each, "") for each in ("/dev", "/proc", _own_temporary_directories())
    )
    for call in trace.calls:
        outside = [path for path in call.paths if not (path + "/").startswith(trace.root + "/")]
        if not outside or not call.succeeded or outside[0].startswith(harmless):
            continue
        changes = call.name in CHANGING or (
            call.name in OPENING and call.flags & (os.O_CREAT | os.O_TRUNC)
        )
        if changes and not outside[0].startswith(_own_temporary_directories()):
            yield f"{call.name} changes {outside[0]}"


def _own_temporary_directories() -> str:
    """What the path of the directory begins with that an adapter has for itself."""
    return os.path.join(os.path.realpath(tempfile.gettempdir()), "rckp-adapter-")


class Rule(NamedTuple):
    """One rule: what it tests, for which operations, and how strict it is."""

    name: str
    requirement: str
    level: str
    ops: tuple[str, ...]
    violations: Callable[[Trace], Iterator[str]]
    lasts: bool = False  # whether a power cut could lose what a response promised

    @property
    def text(self) -> str:
        """The description of the rule."""
        return self.violations.__doc__ or ""


RULES = (
    Rule("published", "SAFE-11", "must", ("write",), _published),
    Rule("published-by-link", "SAFE-11", "must", ("write",), _linked),
    Rule("existing-file-kept", "SAFE-1", "must", ("write",), _kept),
    Rule("file-flushed", "SAFE-11", "must", ("write",), _flushed, lasts=True),
    Rule("permissions-flushed", "SAFE-11", "must", ("write",), _permissions_flushed),
    Rule("directory-flushed", "SAFE-11", "must", ("write",), _directory_flushed, lasts=True),
    Rule("deletion-flushed", "STORE-12", "must", ("delete",), _directory_flushed, lasts=True),
    Rule(
        "created-directories-flushed",
        "SAFE-15",
        "should",
        ("write",),
        _created_directories_flushed,
        lasts=True,
    ),
    Rule("directories-above-flushed", "SAFE-15", "should", ("write",), _directories_above_flushed),
    Rule("exclusive", "SAFE-5", "must", ("write",), _exclusive),
    Rule("private", "SAFE-16", "should", ("write",), _private),
    Rule("locked", "SAFE-6", "should", ("write", "delete", "purge"), _locked),
    Rule("swept", "SAFE-7", "should", ("write",), _swept),
    Rule("quarantined", "SAFE-10", "must", ("write",), _quarantined),
    Rule("through-descriptor", "SAFE-18", "should", ("write",), _through_descriptor),
    Rule("inside", "SAFE-2", "must", ("write", "delete", "purge"), _inside),
)
