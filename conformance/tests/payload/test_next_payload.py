"""The payloads of the draft layout: valid and false ones."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.tests.format.drafts import BEST, CURRENT, DRAFTS
from conformance.tests.payload.next_writing import next_payloads_of, payload_bytes
from conformance.tools.casegen.next_payloads import beam_search, head, hill_climbing, solution
from rckp.format.layouts import codec
from rckp.payload import Payload, Solution, UnknownPayload, parse, parse_bytes

MANY = 2**64 - 1


@given(next_payloads_of())
def test_what_was_written_is_read(given_: tuple[Payload, str]) -> None:
    payload, problem = given_
    assert parse_bytes(payload.algorithm, payload_bytes(payload), problem) == payload


def test_the_payload_of_a_record() -> None:
    record = codec("next").decode(DRAFTS["vns"])
    payload = parse(record)
    assert isinstance(payload, Payload)
    assert (payload.iteration, payload.evaluations, payload.seed) == (120, 200, 9)
    assert payload.neighborhood == 1
    assert payload.best == Solution(*BEST)


def test_the_best_of_a_beam() -> None:
    data = beam_search(1, 2, 3, [CURRENT, BEST])
    for problem, best in (("Knapsack Problem", BEST), ("TSP with 3", CURRENT)):
        payload = parse_bytes("BeamSearch", data, problem)
        assert isinstance(payload, Payload)
        assert payload.best == Solution(*best)
    assert parse_bytes("BeamSearch", data, "another").best is None  # type: ignore[union-attr]


@given(next_payloads_of(), st.data())
def test_every_truncation_is_noticed(given_: tuple[Payload, str], data: st.DataObject) -> None:
    payload, problem = given_
    whole = payload_bytes(payload)
    size = data.draw(st.integers(0, len(whole) - 1))
    found = parse_bytes(payload.algorithm, whole[:size], problem)
    assert isinstance(found, UnknownPayload)
    known = (payload.iteration, payload.evaluations) if size >= 17 else (None, None)
    assert (found.iteration, found.evaluations) == known


@given(st.sampled_from(["HillClimbing", "VNS", "BeamSearch", "PSO"]), st.binary(max_size=80))
def test_any_bytes_give_an_answer(algorithm: str, data: bytes) -> None:
    for each in (data, b"\1" + data, head(1, 2, 3) + data):
        found = parse_bytes(algorithm, each)
        if isinstance(found, Payload):
            assert payload_bytes(found) == each


NAN = solution(["NaN"], "NaN")
LIES = {
    "more variables than bytes": ("HillClimbing", head(1, 2, 3, MANY) + b"\0" * 9, "room"),
    "a variable too many": ("HillClimbing", head(1, 2, 3, 1) + b"\0", "room for 1 items"),
    "a string that is too long": (
        *("HillClimbing", head(1, 2, 3, 1) + struct.pack("<I", 2**32 - 1) + b"x\0"),
        "no complete string",
    ),
    "more solutions than bytes": ("BeamSearch", head(1, 2, 3, MANY) + NAN, "room"),
    "a solution too many": ("BeamSearch", head(1, 2, 3, 2) + NAN, "no integer"),
    "a solution too few": ("BeamSearch", head(1, 2, 3, 0) + NAN, "no end at byte 33"),
    "no quality": ("HillClimbing", head(1, 2, 3, 0) + b"\1", "no length"),
    "a flag without a meaning": (
        *("HillClimbing", head(1, 2, 3, 0) + b"\2"),
        "no flag of a quality at byte 33",
    ),
    "no room for a solution": ("BeamSearch", head(1, 2, 3, 1) + bytes(8), "no room for 1 items"),
    "malformed UTF-8": (
        *("HillClimbing", head(1, 2, 3, 1) + b"\2\0\0\0a\xff\0", "no well-formed UTF-8 at byte 38"),
    ),
    "bytes after the end": ("HillClimbing", hill_climbing(1, 2, 3, ((), None)) + b"x", "no end"),
    "an algorithm that is not known": ("PSO", head(1, 2), "not known"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_named(name: str) -> None:
    algorithm, data, reason = LIES[name]
    found = parse_bytes(algorithm, data)
    assert isinstance(found, UnknownPayload)
    assert found.algorithm == algorithm
    assert reason in found.reason
    assert (found.iteration, found.evaluations) == (1, 2)


@pytest.mark.parametrize("data", [b"", b"\1", b"\1" * 16, b"\2" * 17])
def test_a_short_payload_and_another_version(data: bytes) -> None:
    found = parse_bytes("VNS", data)
    assert isinstance(found, UnknownPayload)
    assert (found.algorithm, found.iteration, found.evaluations) == ("VNS", None, None)
    assert "17 bytes" in found.reason


def test_nan() -> None:
    payload = parse_bytes("HillClimbing", head(1, 2, 3) + NAN, "TSP with")
    assert isinstance(payload, Payload)
    assert payload.best == Solution(("NaN",), "NaN")
    beam = parse_bytes("BeamSearch", head(1, 2, 3, 2) + NAN + solution(["1"], "7"), "TSP with")
    assert isinstance(beam, Payload)
    assert beam.best == Solution(("1",), "7")


def test_memory_is_bounded_by_the_size() -> None:
    data = hill_climbing(1, 2, 3, (("17",) * 1_000_000, "5"))
    tracemalloc.start()
    payload = parse_bytes("HillClimbing", data)
    lie = parse_bytes("BeamSearch", head(1, 2, 3, 700_000) + bytes(len(data)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(payload, Payload)
    assert len(payload.solutions["current"][0].variables) == 1_000_000
    assert isinstance(lie, UnknownPayload)
    assert peak < 30 * len(data)
