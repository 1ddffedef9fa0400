"""What must hold after a request in which something went wrong: tree, response, next request."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.case_paths import path_bytes
from rckp.conformance.checks import Message, ResponseError
from rckp.conformance.crash.kinds import tolerated
from rckp.conformance.crash.order import RULES
from rckp.conformance.crash.scenarios import Scenario, directories_above
from rckp.conformance.crash.system_calls import (
    FLUSHES,
    OPENING,
    READ_CALLS,
    READS,
    REMOVALS,
    WRITE_CALLS,
)
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Call, Fault, Observation
from rckp.conformance.trees import Snapshot, differences

UNCERTAIN = "durability-uncertain"
_CODES = {
    "write": {"not-written", "lock-timeout", UNCERTAIN},
    "delete": {"not-removed", "lock-timeout", UNCERTAIN},
    "purge": {"purge-incomplete", "unreadable"},
    "select": {"listing-failed"},
}


class Violation(NamedTuple):
    """A violation, and whether it concerns only the code of an error."""

    text: str
    only_code: bool = False


class Scene(NamedTuple):
    """A request and the trees before and after it."""

    scenario: Scenario
    root: Path
    fault: Fault | None
    observation: Observation
    before: Snapshot
    after: Snapshot
    reported: frozenset[str] = frozenset()  # the rules of the order that have failed already

    @property
    def trace(self) -> Trace:
        """The calls, for the rules of the order."""
        return Trace(self.scenario, str(self.root), self.observation.calls)

    @property
    def temporary(self) -> set[bytes]:
        """The paths of files that this request created under another name, and still there."""
        root = str(self.root)
        found = set()
        for call in self.observation.calls:
            if call.name in OPENING and call.flags & os.O_CREAT and call.at:
                path = os.fsencode(os.path.relpath(call.paths[0], root))
                if path != self.scenario.checkpoint and path not in self.before:
                    found.add(path)
        return {path for path in found if path in self.after}


def find_violations(scene: Scene) -> Iterator[Violation]:
    """Everything that is wrong with the tree and the response of a request."""
    states = matching_states(scene)
    if not states:
        nearest = min((_differences(scene, changes) for changes in scene.scenario.trees), key=len)
        for each in nearest:
            yield Violation(f"afterwards: {each}")
    response = scene.observation.response
    if isinstance(response, NoResponseError):
        if scene.fault is None or scene.fault.kind != "kill":
            yield Violation(f"no response: {response}")
    elif states:
        yield from _check_response(scene, response, states)
    yield from _flushed_again(scene.observation.calls)


def _check_response(
    scene: Scene, response: Mapping[str, Any], states: set[int]
) -> Iterator[Violation]:
    last = len(scene.scenario.trees) - 1
    changing = scene.scenario.trees[0] != scene.scenario.trees[last]
    code = response.get("code", "")
    if response["type"] == "ok":
        expected = scene.scenario.check.expected()
        try:
            result = scene.scenario.check.parse_response(response, scene.root)
        except ResponseError as error:
            yield Violation(f"the response is invalid: {error}")
            return
        if last not in states or not scene.scenario.succeeds:
            yield Violation("the response is ok, but not all is done")
        elif scene.temporary:
            yield Violation(f"the response is ok, but left behind: {_left_behind(scene)} (SAFE-13)")
        elif result != expected and not _may_be_hidden(scene, result):
            yield Violation(f"the response is {result}, not {expected}")
        elif result == expected and scene.scenario.check.op == "select":
            yield from _read_to_its_end(scene)
        if scene.fault is not None:  # else the rules of the order are checks of their own
            yield from lasting(scene)
    elif code == UNCERTAIN:
        if last not in states:
            yield Violation(f"the response is {UNCERTAIN}, but the new checkpoint is not there")
        elif scene.scenario.check.op == "write":
            yield from _remaining_steps(scene)
    elif states == {last} and changing and scene.scenario.check.op != "purge":
        yield Violation(f"the response is {code or 'an error'}, although all is done (SAFE-13)")
    if response["type"] == "error" and scene.scenario.succeeds and _is_interruption(scene.fault):
        yield Violation("failed, although a call that a signal interrupts is repeated (SAFE-14)")
    yield from _needless(scene, response)
    if response["type"] == "error":
        allowed = set(_CODES[scene.scenario.check.op])
        if not scene.scenario.succeeds:
            allowed.add(scene.scenario.check.expected()["error"]["code"])
        if code not in allowed:
            given = f"the code {code}" if code else "no code"
            yield Violation(f"{given}, not one of {', '.join(sorted(allowed))}", only_code=True)
    # The clean-up may have been what failed: surely if a removal did, possibly if the request
    # fails in any case, or if the temporary name could not be removed after publication.
    excused = code == UNCERTAIN or not scene.scenario.succeeds
    excused = excused or (scene.fault is not None and scene.fault.call in REMOVALS)
    if response["type"] == "error" and not excused:
        if scene.temporary:
            yield Violation(f"left behind: {_left_behind(scene)} (SAFE-12)")
        if states and all(_has_second_name(scene.scenario.trees[each]) for each in states):
            yield Violation("the second name of the quarantined file was not removed (SAFE-12)")


def _needless(scene: Scene, response: Mapping[str, Any]) -> Iterator[Violation]:
    """Whether a request failed without a fault, or because of one that a store expects.

    The latter is a file system without links, locks or directory flushes.
    """
    requirement, code = tolerated(scene.fault), response.get("code", "")
    scenario = scene.scenario
    if response["type"] != "error" or not (requirement or scene.fault is None):
        return
    if scenario.succeeds or code != scenario.check.expected()["error"]["code"]:
        why = f"a file system may refuse this call ({requirement})"
        if not requirement:
            why = "nothing went wrong"
        yield Violation(f"the response is {code or 'an error'}, although {why}")


def _left_behind(scene: Scene) -> str:
    return ", ".join(sorted(os.fsdecode(os.path.basename(each)) for each in scene.temporary))


def _has_second_name(changes: Mapping[str, Any]) -> bool:
    """Whether a tree has the existing file under its name and under another one."""
    return "kept" in changes and not changes["put"] and not changes["removed"]


def _remaining_steps(scene: Scene) -> Iterator[Violation]:
    """Whether the scope was flushed, although a step after publication failed (SAFE-13).

    A store that opens the directory to flush it cannot do so if the opening fails.
    """
    trace, published = scene.trace, scene.trace.publication
    if published is None or (scene.fault is not None and scene.fault.call in OPENING):
        return
    later = trace.calls[published + 1 :]
    if not any(call.name in FLUSHES and call.paths[0] == trace.scope for call in later):
        yield Violation(
            f"{trace.label(published)} was followed by a failure, and the scope was not flushed "
            "(SAFE-13)"
        )


def _may_be_hidden(scene: Scene, result: object) -> bool:
    """Whether nothing was selected because the permission to read was denied (SEL-8)."""
    denied = scene.fault is not None and scene.fault.errno == errno.EACCES
    return denied and scene.scenario.check.op == "select" and result == {"selected": None}


def _read_to_its_end(scene: Scene) -> Iterator[Violation]:
    """Whether the last read of the checkpoint that was selected failed (STORE-11)."""
    trace = scene.trace
    reads = [c for c in trace.calls if c.name in READS and trace.checkpoint in c.paths]
    if reads and not reads[-1].succeeded:
        text = f"selected a checkpoint that it did not read to its end: {reads[-1].label} failed"
        yield Violation(f"{text} (STORE-11)")


def _is_interruption(fault: Fault | None) -> bool:
    """Whether a signal has interrupted a call that can take long."""
    if fault is None or fault.errno != errno.EINTR:
        return False
    return fault.call in FLUSHES | WRITE_CALLS | READ_CALLS | {"flock"}


def lasting(scene: Scene) -> Iterator[Violation]:
    """Return whether a power cut after this response could lose the reported result."""
    for rule in RULES:
        if rule.name in scene.reported:
            continue
        if rule.lasts and rule.level == "must" and scene.scenario.check.op in rule.ops:
            for text in rule.violations(scene.trace):
                yield Violation(f"the response is ok, but {text} ({rule.requirement})")


def _flushed_again(calls: list[Call]) -> Iterator[Violation]:
    """Whether a file is flushed again after its flush has failed (SAFE-14)."""
    failed: set[tuple[int, int]] = set()
    for call in calls:
        if call.name not in FLUSHES or call.file is None or call.result is None:
            continue
        if call.is_directory:
            continue
        if call.file in failed:
            yield Violation(f"{call.label} flushes a file again whose flush failed (SAFE-14)")
        if call.result < 0 and call.result != -errno.EINTR:
            failed.add(call.file)


def check_following(
    scene: Scene, response: Message | NoResponseError, after: Snapshot, locks: bool
) -> Iterator[Violation]:
    """Everything that is wrong with the response to the next request, and the tree after it.

    `locks` is whether the store holds the lock: without it, it may leave temporary files that are
    less than a day old (SAFE-7).
    """
    if isinstance(response, NoResponseError):
        yield Violation(f"the next request: {response}")
        return
    if response["type"] != "ok":
        reason = response.get("code") or response.get("reason") or "an error"
        yield Violation(f"the next request failed: {reason}")
    following = scene._replace(after=after)
    found = [
        _differences(following, changes, kept_temporary=locks)
        for changes in scene.scenario.trees_following
    ]
    if all(found):
        for each in min(found, key=len):
            yield Violation(f"after the next request: {each}")


def matching_states(scene: Scene) -> set[int]:
    """Return the indices of the trees of the scenario that match."""
    return {
        at for at, changes in enumerate(scene.scenario.trees) if not _differences(scene, changes)
    }


def _differences(
    scene: Scene, changes: Mapping[str, Any], *, kept_temporary: bool = False
) -> list[str]:
    """Return the differences from the trees, except created directories."""
    stale = scene.scenario.stale
    before = {path: entry for path, entry in scene.before.items() if path not in stale}
    after = dict(scene.after)
    if not kept_temporary:
        for path in scene.temporary | stale:
            after.pop(path, None)
    for path in directories_above([scene.scenario.checkpoint]):
        if path not in before and path in after and after[path].kind == "directory":
            before[path] = after[path]
    removed = [path for path in changes["removed"] if path_bytes(path) not in stale]
    return differences(before, after, dict(changes) | {"removed": removed})
