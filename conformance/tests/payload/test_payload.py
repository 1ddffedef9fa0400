"""`rckp.payload`: the payloads of roma_lib, false ones, and those of other programs."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import FIXTURES, ROOT
from conformance.tests.payload.writing import payload_text, payloads
from rckp.payload import Payload, Solution, UnknownPayload, parse, parse_text
from rckp.payload.grammar import ALGORITHMS

REAL = [p for p in sorted((FIXTURES / "files/real").rglob("*.ckpt")) if p.stat().st_size]

# For each algorithm of the real files: which of its solutions have a known number.
POPULATIONS = {
    "DifferentialEvolution": {"population": {18}},
    "GeneticAlgorithm": {"population": {40, 50}},
    "HillClimbing": {"current": {1}},
    "NSGA-II": {"population": {60}},
    "PSO": {"particles": {20}, "personal_bests": {20}, "best": {1}},
    "SimulatedAnnealing": {"current": {1}, "best": {1}},
    "TabuSearch": {"current": {1}, "best": {1}},
    "VNS": {"current": {1}, "best": {1}},
}


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parent.parent.name)
def test_a_real_file(path: object) -> None:
    record = rckp.decode(path.read_bytes())  # type: ignore[attr-defined]
    payload = parse(record)
    assert isinstance(payload, Payload), payload
    assert payload.algorithm == record.algorithm_name
    text = record.step_state_payload
    assert text.startswith(f"iter={payload.iteration};eval={payload.evaluations};")
    assert payload.evaluations >= payload.iteration > 0
    assert payload.seed is None or f";seed={payload.seed};" in text
    wanted = POPULATIONS[record.algorithm_name]
    assert payload.solutions.keys() == wanted.keys()
    for name, solutions in payload.solutions.items():
        assert len(solutions) in wanted[name]
        assert all(each.objectives for each in solutions)
    every = [each for solutions in payload.solutions.values() for each in solutions]
    assert len({len(each.variables) for each in every}) == 1
    assert len(payload.velocities) in (0, len(payload.solutions.get("particles", ())))
    if record.algorithm_name == "NSGA-II":
        assert payload.best is None
        assert all(each.rank is not None for each in every)
    else:
        assert payload.best is not None
        better = min if payload.direction == "min" else max
        values = [each.value for each in every if each.value is not None]
        assert payload.best.value == better(values)


def test_the_real_files_have_every_algorithm() -> None:
    names = Counter(rckp.decode(path.read_bytes()).algorithm_name for path in REAL)
    assert names.keys() == ALGORITHMS.keys() == POPULATIONS.keys()


@given(payloads())
def test_round_trip(made: tuple[Payload, str]) -> None:
    payload, problem = made
    assert parse_text(payload.algorithm, payload_text(payload, problem), problem) == payload


@given(st.sampled_from([*ALGORITHMS, "another"]), st.text(), payloads(), st.data())
def test_no_text_raises(
    algorithm: str, text: str, made: tuple[Payload, str], data: st.DataObject
) -> None:
    written = payload_text(*made)
    at = data.draw(st.integers(0, len(written)))
    stop = data.draw(st.integers(at, min(len(written), at + 5)))
    for each in (text, written, written[:at] + text + written[stop:], f"iter=1;eval=2;{text}"):
        found = parse_text(algorithm, each)
        if isinstance(found, Payload):
            _ = found.best  # nor does this
        else:
            assert found.reason


@pytest.mark.parametrize(
    ("algorithm", "text", "reason"),
    [
        ("HillClimbing", "", "no 'iter=' at character 0"),
        ("HillClimbing", "iter=1;eval=2;state=1|2", "no ';seed=' at character 12"),
        ("HillClimbing", "iter=01;eval=2;seed=3;state=1|2", "no integer at character 5"),
        ("HillClimbing", "iter=1;eval=2;seed=18446744073709551616;state=1|2", "no integer"),
        ("HillClimbing", "iter=1;eval=2;seed=3;state=1,2", "no '|' of a solution at character 27"),
        ("HillClimbing", "iter=1;eval=2;seed=3;state=1|2e5", "no quality at character 29"),
        ("HillClimbing", "iter=1;eval=2;seed=3;state=1|2;iter=7", "no quality"),
        ("HillClimbing", "iter=1;iter=2;eval=2;seed=3;state=1|2", "no integer"),
        ("GeneticAlgorithm", "iter=1;eval=2;seed=3;pop=1|2", "no '[' at character 25"),
        ("GeneticAlgorithm", "iter=1;eval=2;seed=3;pop=[1|2", "no ']' at character 29"),
        ("GeneticAlgorithm", "iter=1;eval=2;seed=3;pop=[1|2,]", "no '|' of a solution"),
        ("GeneticAlgorithm", "iter=1;eval=2;seed=3;dir=up;pop=[1|2]", "no 'min' or 'max'"),
        ("TabuSearch", "iter=1;eval=2;seed=3;curr=|1;best=|1;tabu=x", "no '#' of an entry"),
        ("PSO", "iter=1;eval=2;particles=[];vels=[1|x];pbests=[];gbest=|1", "no number"),
        ("Another", "iter=1;eval=2", "not an algorithm of roma_lib"),
    ],
)
def test_what_is_not_a_payload(algorithm: str, text: str, reason: str) -> None:
    found = parse_text(algorithm, text)
    assert isinstance(found, UnknownPayload)
    assert found.reason.startswith(reason)
    if text.startswith("iter=1;eval=2"):
        assert (found.iteration, found.evaluations) == (1, 2)


def test_strange_numbers_are_no_error() -> None:
    text = "iter=1;eval=2;seed=3;pop=[1,2|NaN,3,4|inf,|None,NaN,inf|-inf]"
    found = parse_text("GeneticAlgorithm", text, "TSP with 5 cities")
    assert isinstance(found, Payload)
    assert [each.variables for each in found.solutions["population"]] == [
        *(("1", "2"), ("3", "4"), (), ("NaN", "inf"))
    ]
    assert found.best == Solution(("NaN", "inf"), "-inf")
    assert Solution((), "Objectives: [1.0], Rank: " + "9" * 5000 + ", Dist: N/A").rank is None


def test_a_million_variables() -> None:
    text = "iter=1;eval=2;seed=3;state=" + ",".join(["0.25"] * 10**6) + "|1.5"
    tracemalloc.start()
    try:
        found = parse_text("HillClimbing", text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, Payload)
    assert len(found.solutions["current"][0].variables) == 10**6
    assert peak < 20 * len(text)


def test_the_data_file_says_the_same() -> None:
    data = json.loads((ROOT / "spec/payloads.json").read_text("utf-8"))
    assert [each["name"] for each in data["algorithms"]] == list(ALGORITHMS)
