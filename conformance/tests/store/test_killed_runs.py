"""Runs that are killed, and resumed: none loses its checkpoint, and the result is the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rckp
from conformance.tests.corpus import ROOT
from conformance.tests.store.counter import Counter
from conformance.tests.store.limited_run import limited

RUNNING, _, _, INTERRUPTED = rckp.CheckpointRunStatus
EXAMPLE = ROOT / "docs/examples/resumable_hill.py"


def test_the_page_shows_the_worked_example() -> None:
    page = (ROOT / "docs/resume.md").read_text("utf-8")
    assert f"```python\n{EXAMPLE.read_text('utf-8')}```\n" in page
    assert len(EXAMPLE.read_text("utf-8").splitlines()) < 75


def result(base: Path, iterations: int) -> str:
    return subprocess.run(
        [sys.executable, EXAMPLE, base, str(iterations)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


RUN = """
import runpy, sys
del sys.argv[:1]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_worked_example_killed_and_resumed_gives_the_identical_result(tmp_path: Path) -> None:
    iterations, kills = 3000, 12
    expected = result(tmp_path / "undisturbed", iterations)
    assert expected.startswith(f"Climb(steps={iterations}, ")
    base, share = tmp_path / "disturbed", iterations // (kills + 1)
    # After its share of the steps a run says so and waits, so that none comes to its end.
    code = limited(share, r'os.write(1, b"here\n")') + RUN
    rng = random.Random(1)
    store = rckp.CheckpointStore(base)
    reached = [0]
    for kill in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", code, EXAMPLE, base, str(iterations)],
            stdout=subprocess.PIPE,
        ) as child:
            assert child.stdout is not None
            if kill % 2 == 0:
                assert child.stdout.readline() == b"here\n"
            else:
                time.sleep(rng.random() * 0.2)  # at any moment, also before its first save
            child.send_signal(signal.SIGTERM if kill % 3 == 2 else signal.SIGKILL)
        [left] = store.entries(on_error=lambda path, error: pytest.fail(f"{path}: {error}"))
        # A run that was killed before its first save leaves what the one before it left.
        possible = {INTERRUPTED} if child.returncode == 143 else {RUNNING, INTERRUPTED}
        assert left.record.status in possible
        payload = left.record.step_state_payload
        reached.append(int(payload.removeprefix("iter=").partition(";")[0]))
    assert reached == sorted(reached)
    for before, after in zip(reached[:-1:2], reached[1::2], strict=True):
        assert after > before, "a run that was given the time has saved nothing"
    assert result(base, iterations) == expected
    assert list(store.files()) == []


FAST = """
import sys, rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.limited_run import limited
from conformance.tests.store.examples import IDENTITY
store = rckp.CheckpointStore(sys.argv[1], durability="none")
with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
    at = run.state.at if run.state else 0
    while True:
        at += 1
        run.report(Counter(at))
        if at % 50 == 0: print(at, flush=True)
"""


def test_of_killed_runs_none_loses_its_checkpoint(tmp_path: Path) -> None:
    """As the trial in which the original lost 46 of 90. RCKP_KILLS=1000 for the figure in docs."""
    kills = int(os.environ.get("RCKP_KILLS", "20"))
    base, reached = tmp_path / "base", 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    rng = random.Random(2)
    for _ in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", FAST, base], stdout=subprocess.PIPE, env=environment
        )
        assert child.stdout is not None
        assert child.stdout.readline()
        time.sleep(rng.random() * 0.004)
        child.kill()
        rest = child.stdout.read().split()
        child.stdout.close()
        child.wait()
        [path] = base.rglob("*.ckpt")
        at = Counter.from_payload(rckp.decode(path.read_bytes()).step_state_payload).at
        assert at >= max([reached + 1, *map(int, rest)])
        reached = at
    assert reached > kills
