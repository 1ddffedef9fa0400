"""What must hold after a request in which something went wrong: tree, answer, next request."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.case_paths import path_bytes
from rckp.conformance.checks import AnswerError
from rckp.conformance.crash.order import RULES
from rckp.conformance.crash.scenarios import Scenario, directories_above
from rckp.conformance.crash.system_calls import (
    FLUSHES,
    OPENING,
    READ_CALLS,
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
    """What is wrong, and whether only the code of an error is."""

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


def judge(scene: Scene) -> Iterator[Violation]:
    """Everything that is wrong with what a request left and said."""
    states = matching_states(scene)
    if not states:
        nearest = min((_differences(scene, changes) for changes in scene.scenario.trees), key=len)
        for each in nearest:
            yield Violation(f"afterwards: {each}")
    answer = scene.observation.answer
    if isinstance(answer, NoResponseError):
        if scene.fault is None or scene.fault.kind != "kill":
            yield Violation(f"no answer: {answer}")
    elif states:
        yield from _judge_answer(scene, answer, states)
    yield from _flushed_again(scene.observation.calls)


def _judge_answer(scene: Scene, answer: Mapping[str, Any], states: set[int]) -> Iterator[Violation]:
    last = len(scene.scenario.trees) - 1
    changing = scene.scenario.trees[0] != scene.scenario.trees[last]
    code = answer.get("code", "")
    if answer["type"] == "ok":
        expected = scene.scenario.check.expected()
        try:
            answered = scene.scenario.check.answered(answer, scene.root)
        except AnswerError as error:
            yield Violation(f"the response is invalid: {error}")
            return
        if last not in states or not scene.scenario.succeeds:
            yield Violation("answered that all is done, which it is not")
        elif answered != expected and not _may_be_hidden(scene, answered):
            yield Violation(f"answered {answered}, not {expected}")
        if scene.fault is not None:  # else the rules of the order are checks of their own
            yield from lasting(scene)
    elif code == UNCERTAIN:
        if last not in states:
            yield Violation(f"answered {UNCERTAIN}, but the new checkpoint is not there")
    elif states == {last} and changing and scene.scenario.check.op != "purge":
        yield Violation(f"answered {code or 'an error'}, although all is done (SAFE-13)")
    if answer["type"] == "error" and scene.scenario.succeeds and _is_interruption(scene.fault):
        yield Violation("failed, although a call that a signal interrupts is repeated (SAFE-14)")
    if answer["type"] == "error":
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
    if scene.temporary and not excused:
        names = ", ".join(sorted(os.fsdecode(os.path.basename(each)) for each in scene.temporary))
        yield Violation(f"left behind: {names} (SAFE-12)")


def _may_be_hidden(scene: Scene, answered: object) -> bool:
    """Whether nothing was selected because the permission to read was denied (SEL-8)."""
    denied = scene.fault is not None and scene.fault.errno == errno.EACCES
    return denied and scene.scenario.check.op == "select" and answered == {"selected": None}


def _is_interruption(fault: Fault | None) -> bool:
    """Whether a signal has interrupted a call that can take long."""
    if fault is None or fault.errno != errno.EINTR:
        return False
    return fault.call in FLUSHES | WRITE_CALLS | READ_CALLS | {"flock"}


def lasting(scene: Scene) -> Iterator[Violation]:
    """Whether a power cut after this answer could lose what it promised."""
    for rule in RULES:
        if rule.name in scene.reported:
            continue
        if rule.lasts and rule.level == "must" and scene.scenario.check.op in rule.ops:
            for text in rule.violations(scene.trace):
                yield Violation(f"answered that all is done, but {text} ({rule.requirement})")


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


def judge_following(
    scene: Scene, observation: Observation, after: Snapshot, locks: bool
) -> Iterator[Violation]:
    """Everything that is wrong with the next request.

    `locks` is whether the store holds the lock: without it, it may leave temporary files that are
    less than a day old (SAFE-7).
    """
    answer = observation.answer
    if isinstance(answer, NoResponseError):
        yield Violation(f"the next request: {answer}")
        return
    if answer["type"] != "ok":
        reason = answer.get("code") or answer.get("reason") or "an error"
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
    """Which of the trees of the scenario is there, as indices."""
    return {
        at for at, changes in enumerate(scene.scenario.trees) if not _differences(scene, changes)
    }


def _differences(
    scene: Scene, changes: Mapping[str, Any], *, kept_temporary: bool = False
) -> list[str]:
    """What is not as in one of the trees, directories that were created left out."""
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
