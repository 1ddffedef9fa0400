"""The system calls of a recorded trace as events of the model."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.crash.system_calls import (
    FLUSHES,
    LINKS,
    OPENING,
    REMOVALS,
    RENAMES,
    WRITE_CALLS,
)
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Call, Fault
from rckp.store.temporary_files import is_temporary

UNSEEN = "UNSEEN"  # a call failed that is not in the model
UNKNOWN = "UNKNOWN"  # a call that no step of the model makes
# By the operations of the model: the event of a success and of a failure.
_RESPONSES = {
    "write": ("OK", "NOT_WRITTEN"),
    "delete": ("OK", "NOT_REMOVED"),
    "purge": ("OK", "OK"),
}


class Event(NamedTuple):
    """A call: the name of its event without `E_`, and how it reads in a message."""

    name: str
    failed: bool
    label: str


_END = Event("OK", False, "the end")


def events(
    trace: Trace, response: Mapping[str, Any] | NoResponseError, size: int, struck: Fault | None
) -> list[Event]:
    """The events of a request to write or delete.

    `size` is the number of bytes of the checkpoint. `struck` is the fault that happened.
    """
    return _Reader(trace, size, struck).all(response)


def removals(trace: Trace, struck: Fault | None) -> list[list[Event]]:
    """The events of a purge, for each file that it removed or tried to remove."""
    found = []
    for at, call in enumerate(trace.calls):
        if call.name in REMOVALS and call.at:
            scope, checkpoint = os.path.dirname(call.paths[0]), call.paths[0]
            reader = _Reader(trace, 0, struck, scope=scope, checkpoint=checkpoint)
            found.append([*_around(list(reader.changes()), trace.label(at)), _END])
    return found


def _around(found: list[Event], removal: str) -> list[Event]:
    """The events from the lock before a removal to the end of the lock."""
    found = [each for each in found if each.name != "FLUSH"]  # it is allowed, and promises nothing
    (at,) = (number for number, each in enumerate(found) if each.label == removal)
    before = [number for number in range(at) if found[number].name == "UNLOCK"]
    first = 1 + max(before, default=-1)
    locks = [number for number in range(first, at) if found[number].name == "LOCK"]
    if not locks:  # because that failed
        failed = found[at - 1 : at] if at > first and found[at - 1].name == UNSEEN else []
        return [*failed, found[at]]
    ends = (number for number in range(at, len(found)) if found[number].name in ("UNLOCK", UNSEEN))
    return found[locks[-1] : next(ends, at) + 1]


class _Reader:
    """Reads one trace, call by call."""

    def __init__(
        self, trace: Trace, size: int, struck: Fault | None, scope: str = "", checkpoint: str = ""
    ) -> None:
        self._trace = trace
        self._size = size
        self._struck = struck
        self._scope = scope or trace.scope
        self._checkpoint = checkpoint or trace.checkpoint
        self._temporary = ""
        self._file: tuple[int, int] | None = None
        self._aside = ""
        self._written = 0  # bytes
        self._write_pending = False
        self._lock: int | None = None  # its descriptor
        base = os.path.join(trace.root, trace.scenario.check.case.document["input"]["base"])
        self._above = {os.path.dirname(self._scope), base, os.path.dirname(base)}

    def all(self, response: Mapping[str, Any] | NoResponseError) -> list[Event]:
        found = list(self.changes())
        published = [n for n, each in enumerate(found) if each.name in ("LINK", "RENAME")]
        above = [n for n, each in enumerate(found) if each.name == "ABOVE"]
        if above:  # at any time: the model has it at the beginning or after the last flush
            event = found.pop(above[0])
            if not published or above[0] < published[0]:
                found.insert(0, event)
            else:
                unlocked = [n for n, each in enumerate(found) if each.name == "UNLOCK"]
                found.insert(unlocked[-1] if unlocked else len(found), event)
        names = [each.name for each in found]
        for at in range(len(names) - 1):  # SAFE-12 gives no order
            if names[at : at + 2] == ["UNLINK_ASIDE", "UNLINK"]:
                found[at : at + 2] = reversed(found[at : at + 2])
        op = self._trace.scenario.check.op
        if isinstance(response, NoResponseError):
            return found
        name = _RESPONSES[op][response["type"] != "ok"]
        if response.get("code") == "durability-uncertain":
            name = "UNCERTAIN"
        return [*found, Event(name, False, f"the response {response.get('code', 'ok')}")]

    def changes(self) -> Iterator[Event]:
        """Every event but the response."""
        calls = self._trace.calls
        for at, call in enumerate(calls):
            if not call.at or call.result is None:
                continue
            if call.result == -errno.EINTR and _is_repeated(call, calls[at + 1 :]):
                continue
            name = self._name(call)
            if name == "WRITE":
                self._write_pending = True
                self._written += max(call.result, 0)
                continue
            unfinished = self._written < self._size and name in (UNSEEN, "UNLOCK")
            if name and self._write_pending and not unfinished:
                self._write_pending = False
                yield Event("WRITE", self._written < self._size, "the writing of the file")
            if name:
                failed = call.result < 0
                if name == UNSEEN or (name, call.name) == ("UNLOCK", "close"):
                    failed = False  # a close that fails has closed nevertheless
                yield Event(name, failed, self._trace.label(at))
                if name == UNSEEN and self._is_skipped(call):
                    yield Event("ABOVE", False, self._trace.label(at))

    def _name(self, call: Call) -> str:
        """The name of the event of a call, or an empty text if the model does not know it."""
        name = self._known(call)
        failed = call.result is not None and call.result < 0
        if failed and not self._is_struck(call):
            return ""  # such as a name that does not exist, which the model decides by itself
        released = name == "UNLOCK" and call.name == "close"
        if failed and name in ("", "ABOVE", "UNLOCK", UNKNOWN) and not released:
            return UNSEEN
        return name

    def _is_skipped(self, call: Call) -> bool:
        """Whether a directory above could not be opened, so is skipped, and was the last one."""
        if call.name not in OPENING or call.paths[0] not in self._above:
            return False
        self._above.discard(call.paths[0])
        return not self._above

    def _is_struck(self, call: Call) -> bool:
        fault = self._struck
        return fault is not None and (call.name, call.at) == (fault.call, fault.at)

    def _known(self, call: Call) -> str:
        path = call.paths[0] if call.paths else ""
        if call.name in OPENING:
            return self._creation(call, path)
        if call.name in WRITE_CALLS:
            return "WRITE" if path == self._temporary or call.file == self._file else UNKNOWN
        if call.name in FLUSHES:
            return self._flush(call, path)
        if call.name in LINKS | RENAMES:
            return self._naming(call)
        if call.name in REMOVALS:
            return self._removal(call, path)
        if call.name == "flock" and path == self._scope:
            return self._locking(call)
        if call.name == "close" and call.arguments[0] == self._lock and path == self._scope:
            self._lock = None
            return "UNLOCK"
        return ""

    def _creation(self, call: Call, path: str) -> str:
        if not call.flags & os.O_CREAT or path.startswith("/proc/"):
            return ""
        if os.path.dirname(path) != self._scope or path.endswith(".ckpt") or self._temporary:
            return UNKNOWN
        if call.succeeded:
            self._temporary, self._file = path, call.file
        return "CREATE"

    def _flush(self, call: Call, path: str) -> str:
        if path == self._scope:
            return "FLUSH"
        if path in self._above:
            if call.succeeded or self._is_struck(call):
                self._above.discard(path)
            return "ABOVE" if not self._above or not call.succeeded else ""
        if path == self._temporary or (call.file is not None and call.file == self._file):
            return "FLUSH_FILE"
        return ""  # another directory above

    def _naming(self, call: Call) -> str:
        old, new = call.paths[:2]
        if (old, new) == (self._temporary, self._checkpoint):
            return "LINK" if call.name in LINKS else "RENAME"
        beside = os.path.dirname(new) == self._scope and not new.endswith(".ckpt")
        if old == self._checkpoint and beside and not is_temporary(os.path.basename(new)):
            if call.succeeded:
                self._aside = new
            return "ASIDE" if call.name in LINKS else "MOVE"
        return UNKNOWN

    def _removal(self, call: Call, path: str) -> str:
        if path == self._temporary:
            return "UNLINK"
        if path == self._aside:
            return "UNLINK_ASIDE"
        if self._trace.scenario.check.op == "purge":
            return "DELETE" if path == self._checkpoint else ""
        if path == self._checkpoint and self._trace.scenario.check.op == "delete":
            return "DELETE"
        if os.path.dirname(path) == self._scope and is_temporary(os.path.basename(path)):
            return "SWEEP"
        return UNKNOWN

    def _locking(self, call: Call) -> str:
        if call.arguments[1] & fcntl.LOCK_EX:
            if not call.succeeded:
                return ""
            self._lock = call.arguments[0]
            return "LOCK"
        if call.arguments[1] & fcntl.LOCK_UN and self._lock is not None:
            if call.succeeded:
                self._lock = None
            return "UNLOCK"
        return ""


def _is_repeated(call: Call, later: list[Call] | Any) -> bool:
    """Whether a call that a signal interrupted is made again."""
    return any((each.name, each.paths) == (call.name, call.paths) for each in later)
