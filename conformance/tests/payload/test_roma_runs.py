"""Payloads of runs of the published crate, and how the crate reads them again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import rckp
from conformance.tests.roma import roma_programs
from rckp.payload import Payload, parse
from rckp.payload.grammar import ALGORITHMS

pytestmark = [pytest.mark.toolchain, pytest.mark.slow]

VARIABLES = {  # of the problem that rckp-runs gives to each algorithm
    "HillClimbing": 11,
    "SimulatedAnnealing": 11,
    "TabuSearch": 6,
    "VNS": 8,
    "DifferentialEvolution": 10,
    "GeneticAlgorithm": 11,
    "NSGA-II": 6,
    "PSO": 11,
}
_ATTEMPTS = 50  # it writes in place: about half of the kills leave an empty file


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return roma_programs(tmp_path_factory) / "rckp-runs"


def left(base: Path) -> Iterator[Payload]:
    """The payloads of the checkpoints that can be read."""
    for entry in rckp.CheckpointStore(base).entries(on_error=lambda *_: None):
        payload = parse(entry.record)
        assert isinstance(payload, Payload), payload
        yield payload


def killed_run(
    program: Path, algorithm: str, base: Path, *options: str, after: int = -1
) -> Payload:
    """The payload that a killed run left, of an iteration after this one.

    The crate writes in place: the run is stopped until a whole checkpoint is there, then killed.
    """
    base.mkdir(exist_ok=True)
    command = [str(program), algorithm, "1000000000", "--checkpoint-dir", str(base), *options]
    nothing = subprocess.DEVNULL
    deadline = time.monotonic() + 120
    with subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing) as child:
        try:
            while time.monotonic() < deadline:
                time.sleep(0.01)
                child.send_signal(signal.SIGSTOP)
                _, status = os.waitpid(child.pid, os.WUNTRACED)
                assert os.WIFSTOPPED(status), "the run has ended"
                for payload in left(base):
                    if payload.iteration > after:
                        return payload
                child.send_signal(signal.SIGCONT)
        finally:
            child.kill()
    pytest.fail("no checkpoint after two minutes")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_run_of_the_crate(algorithm: str, program: Path, tmp_path: Path) -> None:
    payload = killed_run(program, algorithm, tmp_path / "base")
    every = [each for solutions in payload.solutions.values() for each in solutions]
    assert {len(each.variables) for each in every} == {VARIABLES[algorithm]}
    assert all(each.objectives for each in every)
    assert (payload.best is None) == (algorithm == "NSGA-II")


@pytest.mark.parametrize("algorithm", ["GeneticAlgorithm", "PSO"])
def test_a_resumed_population_loses_its_variables(
    algorithm: str, program: Path, tmp_path: Path
) -> None:
    """The finding of the chapter on payloads."""
    base = tmp_path / "base"
    before = killed_run(program, algorithm, base)
    resumed = killed_run(program, algorithm, base, "--resume", after=before.iteration)
    name = "population" if algorithm == "GeneticAlgorithm" else "particles"
    assert {len(each.variables) for each in before.solutions[name]} == {VARIABLES[algorithm]}
    assert {len(each.variables) for each in resumed.solutions[name]} == {1}


def test_a_resumed_nsga_ii_panics(program: Path, tmp_path: Path) -> None:
    """The finding of the chapter on payloads."""
    base = tmp_path / "base"
    killed_run(program, "NSGA-II", base)
    words = [str(program), "NSGA-II", "1000000000", "--checkpoint-dir", str(base), "--resume"]
    ended = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 101, ended.stderr
