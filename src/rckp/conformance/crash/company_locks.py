"""The runner holds the lock of the directory while the request is made (SAFE-6)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.crash.company_oracle import check_code
from rckp.conformance.crash.company_visit import Place, Visit, encoded
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.traced_adapter import Fault
from rckp.conformance.trees import Snapshot, differences, snapshot

_SHORT = "300"  # milliseconds for which the store waits for a lock that it does not get
_LONG = "20000"  # milliseconds: it gets the lock before
_HELD = 0.4  # seconds until the lock is let go
_DEFAULT = 30.0  # seconds: an adapter may not know `lock_timeout` (SAFE-6)
_OTHER = "HC-8-00000000000000000000-1767225600000"  # a run of the one who holds the lock
_YOUNG = "1767225700000"  # milliseconds: not to be purged
_HOLDER = ".rckp-aaaaaaaaaaaaaaaa.tmp"  # a temporary file of the writer that holds the lock
_CODES = {
    "write": ("lock-timeout",),
    "delete": ("lock-timeout",),
    "purge": ("purge-incomplete", "lock-timeout"),
}


@contextlib.contextmanager
def _lock(place: Place, kind: int) -> Iterator[int]:
    descriptor = os.open(place.scope, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        yield descriptor
    finally:
        # Closing would not do: a process that is being started has the same open directory.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def with_lock_held(visit: Visit, _label: str) -> Iterator[Violation]:
    """The lock is held until after the response."""
    yield from _with_lock(visit, fcntl.LOCK_EX)


def with_shared_lock_held(visit: Visit, _label: str) -> Iterator[Violation]:
    """The same with a shared lock, which also excludes an exclusive one."""
    yield from _with_lock(visit, fcntl.LOCK_SH)


def _with_lock(visit: Visit, kind: int) -> Iterator[Violation]:
    scenario = visit.scenario
    name = os.path.join(os.path.dirname(os.fsdecode(scenario.checkpoint)), _HOLDER)
    op = scenario.check.op
    with visit.place([{"path": name, "kind": "file", "bytes": "52434b50"}]) as place:
        before = snapshot(place.root)
        extra_time = _DEFAULT * len(scenario.tree)
        with _lock(place, kind):
            message = visit.message(place.root, lock_timeout=_SHORT)
            response = visit.send(message, place.root, extra_time=extra_time).response
        after = snapshot(place.root)
    if isinstance(response, NoResponseError):
        yield Violation(f"no response: {response}")
        return
    if op == "write" and response["type"] == "ok":  # it goes on without the lock
        changes = scenario.trees[-1]
        removed = [path for path in changes["removed"] if os.path.basename(path) != _HOLDER]
        expected = dict(changes) | {"removed": removed}
        text = "went on without the lock, and then"
        # Without the lock, what is less than a day old is not swept (SAFE-7).
        for each in _apart_from_stale(before, after, expected, visit):
            yield Violation(f"{text}: {each} (SAFE-6, SAFE-7)")
        return
    yield from check_code(response, *_CODES[op])
    for each in differences(before, after, _elsewhere(visit)):
        yield Violation(f"while another process held the lock: {each} (SAFE-6)")


def _apart_from_stale(
    before: Snapshot, after: Snapshot, changes: Mapping[str, Any], visit: Visit
) -> list[str]:
    """The differences, if nothing that the scenario lists as stale is swept."""
    stale = visit.scenario.stale
    removed = [path for path in changes["removed"] if path.encode() not in stale]
    return differences(before, after, dict(changes) | {"removed": removed})


def _elsewhere(visit: Visit) -> dict[str, Any]:
    """Return the changes of a request in the directories that are not locked (STORE-18)."""
    scope = os.path.dirname(visit.scenario.checkpoint)
    removed = visit.scenario.trees[-1]["removed"] if visit.scenario.check.op == "purge" else []
    elsewhere = [path for path in removed if os.path.dirname(path.encode()) != scope]
    return {"put": [], "removed": elsewhere}


class _Holder:
    """Lets the lock go after a while, and notices a change that does not wait for it."""

    def __init__(
        self, place: Place, descriptor: int, before: Snapshot, last: bytes | None = None
    ) -> None:
        """`last` is the checkpoint that the holder of the lock writes before it lets it go."""
        self._last = last
        self._place = place
        self._descriptor = descriptor
        self._before = before
        self._start = time.monotonic()
        self.released = False
        self.early: list[str] = []

    def paused(self, _paths: Sequence[str]) -> None:
        if not self.released:
            self.early.append("a change is about to be made while another process holds the lock")

    def waiting(self) -> None:
        if not self.released and time.monotonic() - self._start >= _HELD:
            self.release()

    def release(self) -> None:
        scope = os.path.relpath(self._place.scope, os.fsencode(self._place.root))
        for path, entry in snapshot(self._place.root).items():
            if os.path.dirname(path) == scope and self._before.get(path) != entry:
                self.early.append(f"{os.fsdecode(path)} has changed while the lock was held")
        if self._last is not None:
            self._place.put(self._last, replace=True)
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self.released = True


def with_lock_released(visit: Visit, _label: str) -> Iterator[Violation]:
    """The lock is held for a while: the request waits for it, and succeeds then."""
    scenario, trace = visit.scenario, visit.trace
    removals = [at for at in trace.removed() if trace.calls[at].paths[0] == trace.checkpoint]
    at = trace.publication if scenario.check.op == "write" else min(removals, default=None)
    call = None if at is None else trace.calls[at]
    fault = None if call is None else Fault("pause", call.name, call.at)
    with visit.place() as place:
        before = snapshot(place.root)
        with _lock(place, fcntl.LOCK_EX) as descriptor:
            holder = _Holder(place, descriptor, before)
            message = visit.message(place.root, lock_timeout=_LONG)
            response = visit.send(message, place.root, fault, holder, _DEFAULT).response
        after = snapshot(place.root)
        if isinstance(response, NoResponseError):
            yield Violation(f"no response: {response}")
            return
        if not holder.released:
            yield Violation("the response came before the lock was released (SAFE-6)")
        for each in holder.early:
            yield Violation(f"{each} (SAFE-6)")
        if response["type"] != "ok":
            yield Violation(
                f"the response is {response.get('code')}, although it got the lock (SAFE-6)"
            )
        for each in differences(before, after, scenario.trees[-1]):
            yield Violation(f"after it got the lock: {each} (SAFE-6)")


def with_change_under_lock(visit: Visit, _label: str) -> Iterator[Violation]:
    """The holder of the lock writes a checkpoint before it lets the lock go: that one stays."""
    op = visit.scenario.check.op
    new = encoded(visit.scenario, run_id=_OTHER, created_at_ms=_YOUNG)
    with visit.place() as place:
        before = snapshot(place.root)
        with _lock(place, fcntl.LOCK_EX) as descriptor:
            holder = _Holder(place, descriptor, before, new)
            message = visit.message(place.root, lock_timeout=_LONG)
            response = visit.send(message, place.root, None, holder, _DEFAULT).response
        left = place.data()
    if isinstance(response, NoResponseError):
        yield Violation(f"no response: {response}")
        return
    if not holder.released:
        return  # it did not wait, which `lock-let-go` reports
    if left != new:
        what = "SAFE-8" if op == "write" else "STORE-17"
        yield Violation(
            f"a checkpoint that was written while it waited for the lock was lost ({what})"
        )
    if op == "write":
        yield from check_code(response, "run-id-collision")
