"""Payloads of the draft layout for tests: values, and the bytes that the case generator makes."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.tests.payload.writing import INTEGERS
from conformance.tools.casegen import next_payloads
from rckp.payload import Payload, Solution
from rckp.payload.grammar import DIRECTIONS

TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
SOLUTIONS = st.builds(Solution, st.lists(TEXTS, max_size=5).map(tuple), st.one_of(st.none(), TEXTS))


@st.composite
def next_payloads_of(
    draw: st.DrawFn, solutions: st.SearchStrategy[Solution] = SOLUTIONS
) -> tuple[Payload, str]:
    """A payload whose algorithm is known in the draft layout, and the description of a problem."""
    problem = draw(st.sampled_from([*DIRECTIONS, "another"]))
    algorithm = draw(st.sampled_from(["HillClimbing", "VNS", "BeamSearch"]))
    found: dict[str, tuple[Solution, ...]] = {}
    if algorithm == "BeamSearch":
        found["beam"] = tuple(draw(st.lists(solutions, max_size=4)))
    else:
        names = ("current", "best") if algorithm == "VNS" else ("current",)
        found = {name: (draw(solutions),) for name in names}
    payload = Payload(
        *(algorithm, draw(INTEGERS), draw(INTEGERS), draw(INTEGERS), DIRECTIONS.get(problem)),
        solutions=found,
        neighborhood=draw(INTEGERS) if algorithm == "VNS" else None,
    )
    return payload, problem


def payload_bytes(payload: Payload) -> bytes:
    """The payload that the next release would write."""
    assert payload.seed is not None
    head = (payload.iteration, payload.evaluations, payload.seed)
    of = payload.solutions
    if payload.algorithm == "BeamSearch":
        return next_payloads.beam_search(*head, of["beam"])
    if payload.algorithm == "HillClimbing":
        return next_payloads.hill_climbing(*head, of["current"][0])
    assert payload.neighborhood is not None
    return next_payloads.vns(*head, payload.neighborhood, of["current"][0], of["best"][0])
