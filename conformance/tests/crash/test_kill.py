"""Killed before each system call, a store is left with the old checkpoint or the new, whole."""

from __future__ import annotations

import pytest

from conformance.tests.crash.oracle import violations
from conformance.tests.crash.scenarios import SCENARIOS
from conformance.tests.crash.tracing import Bench, Task

FULL = [Task(name) for name in SCENARIOS]
LESS_DURABLE = [
    Task(name, durability)
    for durability in ("file", "none")
    for name in ("first write", "overwrite", "foreign file", "delete")
]
# Which wrong order shows where. Those that only show when the power fails are in
# test_power_cut, those that need an error in test_errors and test_short_writes.
CAUGHT = {
    "written in place": "overwrite",
    "published before it is filled": "first write",
    "the old one removed first": "overwrite",
    "temporary names that end in .ckpt": "first write",
    "nothing swept": "overwrite",
    "nothing kept aside": "foreign file",
    "kept aside by renaming": "foreign file",
    "collisions ignored": "another run",
}


def test_every_scenario_comes_to_its_end(bench: Bench) -> None:
    endings = bench.undisturbed([*FULL, *LESS_DURABLE])
    assert violations(endings) == []
    for ending in endings:
        assert ending.tree == SCENARIOS[ending.task.scenario].trees[-1], ending.task
        assert ending.temporary == []


def test_killed_before_every_system_call(bench: Bench) -> None:
    endings = bench.inject([*FULL, *LESS_DURABLE], ["signal=KILL"])
    print(f"{len(endings)} kills, one before each system call: {len(violations(endings))} wrong")
    assert violations(endings) == []
    assert len(endings) > 500
    # Each state has been seen: the old one, the new one, and those between.
    for name, scenario in SCENARIOS.items():
        seen = [e.tree for e in endings if e.task.scenario == name]
        assert all(tree in seen for tree in scenario.trees), name


@pytest.mark.parametrize(("variant", "scenario"), CAUGHT.items())
def test_a_wrong_order_is_caught(bench: Bench, variant: str, scenario: str) -> None:
    endings = bench.inject([Task(scenario, variant=variant)], ["signal=KILL"])
    assert violations(endings) != []
