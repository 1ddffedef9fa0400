"""After a power cut at any moment the old checkpoint or the new one is on the disk, whole."""

from __future__ import annotations

import pytest

from conformance.tests.crash.power import losses
from conformance.tests.crash.scenarios import SCENARIOS, SCOPE
from conformance.tests.crash.tracing import Bench, Task

RECORDED = ("-xx", "-s", "65536")
# A purge promises nothing: what it has removed may come back.
KEPT = [name for name in SCENARIOS if not name.startswith("purge")]
CAUGHT = {
    "written in place": "overwrite",
    "published before it is filled": "first write",
    "file not flushed": "overwrite",
    "file flushed after publishing": "overwrite again",
    "directory not flushed": "overwrite again",
    "directory flushed before publishing": "two writes",
    "parents not flushed": "first write",
    "the old one removed first": "overwrite",
    "kept aside by renaming": "foreign file",
}


def lost(bench: Bench, tasks: list[Task]) -> list[str]:
    lost, number = [], 0
    for ending in bench.undisturbed(tasks, *RECORDED):
        scenario, durability = ending.task.scenario, ending.task.durability
        # By a process that was killed before it had flushed them.
        made = f"base/{SCOPE}" if "directories made" in scenario else ""
        states, wrong = losses(
            ending.calls, str(ending.root), SCENARIOS[scenario].trees, durability, made
        )
        number += states
        lost += [f"{scenario}, {durability}: {each}" for each in wrong]
    print(f"{number} states of the disk in {len(tasks)} scenarios: {len(lost)} wrong")
    return lost


@pytest.mark.parametrize("durability", ["full", "file"])
def test_power_cut(bench: Bench, durability: str) -> None:
    assert lost(bench, [Task(name, durability) for name in KEPT]) == []


@pytest.mark.parametrize(("variant", "scenario"), CAUGHT.items())
def test_a_wrong_order_is_caught(bench: Bench, variant: str, scenario: str) -> None:
    assert lost(bench, [Task(scenario, variant=variant)]) != []


@pytest.mark.parametrize(
    ("durability", "promise"), [("file", "full"), ("none", "full"), ("none", "file")]
)
def test_less_durability_keeps_less(bench: Bench, durability: str, promise: str) -> None:
    """The model detects the losses that SAFE-15 permits for less durability."""
    [ending] = bench.undisturbed([Task("overwrite", durability)], *RECORDED)
    trees = SCENARIOS["overwrite"].trees
    assert losses(ending.calls, str(ending.root), trees, promise)[1] != []
