"""What must hold after a scenario, whatever went wrong while it was acted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from errno import errorcode

from conformance.tests.crash.scenarios import SCENARIOS, STALE
from conformance.tests.crash.tracing import Ending

CODES = {
    "delete": {"not-removed"},
    "purge": {"purge-incomplete", "unreadable"},
    "purge of broken files": {"purge-incomplete", "unreadable"},
    "list": {"unreadable"},
    "run": {"listing-failed"},
    "another run": {"run-id-collision", "not-written"},
}
ALL = [90, 50]  # what the scenario "list" lists, beside a foreign file that it tells of
WRITING = {"not-written"}
NUMBERS = {name: number for number, name in errorcode.items()}


def violations(endings: Iterable[Ending]) -> list[str]:
    """Every promise that was broken, with what broke it."""
    return [
        f"{ending.task.scenario}, {ending.task.durability}, {ending.injection}: {wrong}"
        for ending in endings
        for wrong in violations_of(ending)
    ]


def violations_of(ending: Ending) -> Iterator[str]:
    """Yield the violations in the tree, in the result, and in the next save."""
    scenario = SCENARIOS[ending.task.scenario]
    if ending.tree not in (*scenario.trees, *scenario.otherwise):
        yield f"neither the old nor the new: {_shown(ending)}"
    if ending.result:
        yield from _told(ending)
    then = ending.then
    if "raised" in then["result"]:
        yield f"the next save failed: {then['result']}"
    if then["tree"] != scenario.then_tree(ending.tree):
        yield f"after the next save there are {sorted(then['tree'])}"
    if then["temporary"]:
        yield f"left after the next save: {then['temporary']}"
    if then["listed"] != 1:
        yield f"the next save is listed {then['listed']} times"


def _told(ending: Ending) -> Iterator[str]:
    """Check that the result or the exception of the scenario fits its tree."""
    scenario, result = SCENARIOS[ending.task.scenario], ending.result
    fault, name = ending.injection[:2] if ending.injection else ("", "")
    raised = result.get("raised")
    if raised == "KeyboardInterrupt":
        if fault != "signal=INT":
            yield "interrupted by nobody"
        return
    if raised is None:
        flushed = name != "fsync" or fault == "error=EINTR"  # which Python tries again
        if not (ending.tree == scenario.trees[-1] and flushed) and not result.get("told"):
            yield f"said to be done: {result}, {_shown(ending)}"
        if result.get("listed", ALL) != ALL and all("foreign" in path for path in result["told"]):
            yield f"left out and not told: {result}"
        # A run starts anew only if what there was may not be read.
        if result.get("from") == 0 and fault != "error=EACCES":
            yield f"not resumed: {result}"
    elif raised == "DurabilityUncertain":
        if ending.tree != scenario.trees[-1]:
            yield f"said to be in its place: {_shown(ending)}"
    elif raised == "PurgeIncomplete":
        if result["removed"] != len(scenario.trees[0]) - len(ending.tree):
            yield f"{result['removed']} are said to be removed: {_shown(ending)}"
    elif ending.tree != scenario.trees[0]:
        yield f"said to be as it was: {raised} {result['code']}, {_shown(ending)}"
    allowed = CODES.get(ending.task.scenario, WRITING) | {"durability-uncertain"}
    if raised and result["code"] not in allowed:
        yield f"not the right error: {result}"
    if raised and fault.startswith("error=") and raised != "RunIdCollision":
        reason = os.strerror(NUMBERS[fault.removeprefix("error=")])
        if reason not in result["message"]:
            yield f"the reason is not told: {result['message']}"
    # A temporary file may be left only if removing it is what failed.
    if set(ending.temporary) - set(STALE) and name != "unlinkat":
        yield f"left behind: {ending.temporary}"


def _shown(ending: Ending) -> dict[str, int]:
    return {name: len(data) for name, data in ending.tree.items()}
