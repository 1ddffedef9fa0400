"""The trial: runs killed at random moments, each resumed by the next. None may lose a save."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from typing import NamedTuple

import pytest

from conformance.tests.crash.scenarios import snapshot
from conformance.tests.crash.tracing import Actor, Bench, Task
from conformance.tests.crash.trial import Survivor

KILLS = int(os.environ.get("RCKP_KILLS", "1000"))
SHORTEST, LONGEST = 0.001, 0.020  # seconds until a run is killed
PATIENCE = 5.0  # seconds for a first save on a busy machine


class Chain(NamedTuple):
    """Some runs after one another in one directory."""

    task: Task
    kills: int
    seed: int


class Outcome(NamedTuple):
    wrong: list[str]
    found: int  # checkpoints that were there after a kill
    saves: int
    swept: int  # temporary files of killed runs that the next one removed


def outcome_of(actor: Actor, chain: Chain) -> Outcome:
    draw = random.Random(chain.seed)
    root = actor.room()
    survivor = Survivor(root)
    wrong: list[str] = []
    before: set[str] = set()
    found = saves = swept = 0
    for number in range(chain.kills):
        pid = actor.start(chain.task, root)
        os.kill(pid, signal.SIGCONT)
        if number % 2:
            # Half of them are given the time to save, however slow the machine is today.
            survivor.wait_for_a_save(PATIENCE)
        time.sleep(draw.uniform(SHORTEST, LONGEST))
        os.kill(pid, signal.SIGKILL)
        status = actor.ended()
        assert status == signal.SIGKILL, f"ended by itself: {status}"
        (root / "report.json").unlink()
        tree, temporary = snapshot(root / "base")
        swept += len(before - set(temporary))
        before = set(temporary)
        saves += survivor.new_saves()
        found += bool(tree)
        if trouble := survivor.wrong(tree):
            wrong.append(trouble)
            # Begin anew, so that one loss is not counted twice.
            shutil.rmtree(root / "base")
            (root / "saved").unlink()
            survivor, before = Survivor(root), set()
    return Outcome(wrong, found, saves, swept)


def outcomes(bench: Bench, task: Task, kills: int) -> Outcome:
    chains = [Chain(task, kills // 4, seed) for seed in range(4)]
    found = bench.each(outcome_of, chains)
    return Outcome(
        [trouble for each in found for trouble in each.wrong],
        sum(each.found for each in found),
        sum(each.saves for each in found),
        sum(each.swept for each in found),
    )


@pytest.mark.parametrize(
    ("durability", "kills"),
    [pytest.param("full", KILLS, marks=pytest.mark.slow), ("none", KILLS // 4)],
)
def test_no_killed_run_loses_a_save(disk_bench: Bench, durability: str, kills: int) -> None:
    got = outcomes(disk_bench, Task("run", durability, part="loop"), kills)
    print(
        f"{kills} kills, durability {durability}: {got.saves} saves, "
        f"{got.found} checkpoints found, {got.swept} temporary files swept, "
        f"{len(got.wrong)} lost or torn"
    )
    assert got.wrong == []
    assert got.found > 0.9 * kills
    assert got.saves >= kills // 2
    assert got.swept > 0  # some runs were killed while they wrote


def test_writing_in_place_does_lose(disk_bench: Bench) -> None:
    """Without this, the trial would prove nothing."""
    got = outcomes(disk_bench, Task("run", variant="written in place", part="loop"), 100)
    print(f"100 kills, written in place: {len(got.wrong)} lost or torn")
    assert got.wrong
