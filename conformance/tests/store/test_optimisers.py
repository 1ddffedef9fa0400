"""The recipes for optimisers: killed at random moments and resumed, the result is the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.tools import EVERYTHING, with_tests_importable

EXAMPLES = ROOT / "docs/examples"
KILLS = 20 if EVERYTHING else 1

# What each example must restore: a change of its source, after which the result is another one.
CHANGES = {
    "resume_numpy": [('self.rng.bit_generator.state = state["rng"]', "pass")],
    "resume_deap": [
        ("random.setstate((version, tuple(numbers), gauss))", "random.seed(SEED)"),
        ("in reversed(load(best))", "in []"),
    ],
    "resume_pymoo": [
        ("algorithm.random_state.bit_generator.state = generator", "pass"),
        ('"rank", "crowding", "n_gen"', '"rank", "n_gen"'),
    ],
    "resume_scipy": [
        ('self.rng.bit_generator.state = state["rng"]', "pass"),
        (', "_random_population_index")', ")"),
    ],
    # These repeat their way, and must notice that it leads elsewhere.
    "resume_pycma": [("self.step(values)", "self.step(values[::-1])")],
    "resume_replay": [("list(values), last", "list(values)[::-1], last")],
}


def test_each_example_is_tested_and_on_the_page() -> None:
    page = (ROOT / "docs/optimisers.md").read_text("utf-8")
    files = list(EXAMPLES.glob("resume_*.py"))
    assert {path.stem for path in files} == set(CHANGES)
    for path in files:
        assert f"```python\n{path.read_text('utf-8')}```\n" in page, path


def in_forks(name: str, directory: Path, changes: list[tuple[str, str]]) -> dict[str, Any]:
    words = [str(EXAMPLES / f"{name}.py"), str(directory), str(KILLS), str(len(name))]
    done = subprocess.run(
        [sys.executable, "-m", "conformance.tests.store.killed_forks", *words]
        + [each for change in changes for each in change],
        env=with_tests_importable() | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "resume_numpy" else pytest.mark.slow)
        for name in CHANGES
    ],
)
def test_killed_and_resumed_the_result_is_the_same(name: str, tmp_path: Path) -> None:
    found = in_forks(name, tmp_path, CHANGES[name])
    assert found["killed"] == found["alone"]
    assert found["left"] == []
    # The kills happened during the run, and each run went on where the one before had saved.
    alone, *counts, rest = found["saves"]
    assert len(counts) == KILLS
    assert sum(counts) + rest >= alone  # a kill may come before a save has been counted
    assert 0 < rest < alone
    assert found["restored"] == found["payloads"][-1]
    progress = [iteration(payload) for payload in found["payloads"]]
    assert progress == sorted(progress)
    assert progress[-1] > 0
    for payload in found["payloads"]:
        json.loads(payload.split(";", 2)[2].removeprefix("json="))
    for (old, _), result in zip(CHANGES[name], found["changed"], strict=True):
        assert result != found["alone"], old
        assert (name in ("resume_pycma", "resume_replay")) == ("leads elsewhere" in str(result))


def iteration(payload: str) -> int:
    found = re.match(r"iter=(\d+);eval=\d+;json=", payload)
    assert found, payload[:80]
    return int(found[1])


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_each_generator_of_numpy_is_restored_from_text(name: str) -> None:
    kind = getattr(np.random, name)
    generator = np.random.Generator(kind(1))
    generator.integers(5, dtype=np.uint32)  # keeps the other half of 64 bits
    text = json.dumps(generator.bit_generator.state, default=np.ndarray.tolist)
    restored = kind(2)
    restored.state = json.loads(text)
    expected = [generator.integers(1 << 31, dtype=np.uint32), *generator.normal(size=9)]
    again = np.random.Generator(restored)
    assert [again.integers(1 << 31, dtype=np.uint32), *again.normal(size=9)] == expected


CALLBACKS = """
import sys, cma, rckp
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.callback import Callback
from pymoo.optimize import minimize
from pymoo.problems import get_problem
from scipy.optimize import differential_evolution, dual_annealing, rosen
from scipy.optimize import minimize as scipy_minimize
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY

store = rckp.CheckpointStore(sys.argv[1], durability="none")

def report_to(name, optimise, function):
    with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=None, every=1) as run:
        optimise(run.callback(function))
        print(name, Counter.from_payload(store.read(run.path).step_state_payload).at)

class Own(Callback):
    def __init__(self, report):
        super().__init__()
        self.report = report
    def notify(self, algorithm):
        self.report(algorithm)

box, calls = [(-1, 2)] * 2, []

def counted(*arguments, **_):
    calls.append(len(arguments))
    return Counter(len(calls))

def nsga2(callback):
    minimize(get_problem("bnh"), NSGA2(pop_size=8), ("n_gen", 4), callback=callback)

def evolve(callback):
    differential_evolution(rosen, box, maxiter=3, popsize=3, tol=0, callback=callback)

def strategy(callback):
    es = cma.CMAEvolutionStrategy([0.1] * 2, 0.5, {"verbose": -9})
    es.optimize(rosen, iterations=5, callback=callback)

report_to("pymoo", nsga2, lambda algorithm: Counter(algorithm.n_gen))
report_to("pymoo, a class", lambda report: nsga2(Own(report)), lambda a: Counter(a.n_gen))
report_to("pycma", strategy, lambda es: Counter(es.countiter))
report_to("scipy", evolve, lambda intermediate_result: Counter(intermediate_result.nit))
report_to("scipy, positions", evolve, lambda xk, convergence: counted(xk, convergence))
calls.clear()
report_to("scipy, Nelder-Mead", lambda report: scipy_minimize(
    rosen, [0, 0], method="Nelder-Mead", callback=report),
    lambda intermediate_result: counted(intermediate_result))
report_to("scipy, annealing", lambda report: dual_annealing(
    rosen, box, maxiter=5, rng=1, callback=report), lambda x, f, context: counted(x, f, context))
print(set(calls))
"""


@pytest.mark.slow
def test_the_libraries_call_back(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALLBACKS, tmp_path],
        env=with_tests_importable(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    *lines, descent, annealing, calls = done.stdout.splitlines()
    assert lines == [
        "pymoo 4",
        "pymoo, a class 4",
        "pycma 5",
        "scipy 3",
        "scipy, positions 3",
    ]
    # How often these call depends on the release.
    assert re.fullmatch(r"scipy, Nelder-Mead [1-9]\d*", descent)
    assert re.fullmatch(r"scipy, annealing [1-9]\d*", annealing)
    assert calls == "{1, 3}"
