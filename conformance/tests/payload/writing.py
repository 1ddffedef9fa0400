"""An encoder of payloads, written beside the parser: what roma_lib would write for some values."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from rckp.payload import Payload, Solution
from rckp.payload.grammar import ALGORITHMS, DIRECTIONS

# As the language of roma_lib writes numbers: no exponent, no leading zeros.
INTEGERS = st.integers(0, 2**64 - 1)
FLOATS = st.one_of(
    st.integers(-(10**20), 10**20).map(float),
    st.decimals(allow_nan=False, allow_infinity=False, places=8).map(float),
    st.sampled_from([float("inf"), float("-inf"), 0.0, -0.0]),
)
WORDS = st.text(st.characters(exclude_characters=",;|\n#=[]", codec="utf-8"), min_size=1)


def display(number: float) -> str:
    """A number without an exponent."""
    if number in (float("inf"), float("-inf")):
        return "inf" if number > 0 else "-inf"
    text = f"{number:.30f}".rstrip("0").rstrip(".")
    return text if float(text) == number else format(number, ".400f").rstrip("0").rstrip(".")


QUALITIES = st.one_of(st.none(), FLOATS.map(display))
PARETO = st.builds(
    lambda objectives, rank, distance: (
        f"Objectives: [{', '.join(f'{each:.4f}' for each in objectives)}], Rank: {rank}, "
        f"Dist: {distance}"
    ),
    st.lists(st.floats(-1e9, 1e9), max_size=3),
    st.one_of(st.just("N/A"), st.integers(0, 2**64 - 1).map(str)),
    st.one_of(st.just("N/A"), st.just("inf"), st.floats(0, 1e9).map(lambda each: f"{each:.4f}")),
)
VARIABLES = st.lists(WORDS, max_size=5).map(tuple)


def solutions(qualities: st.SearchStrategy[str | None]) -> st.SearchStrategy[Solution]:
    """A solution with such a quality."""
    return st.builds(Solution, VARIABLES, qualities)


@st.composite
def payloads(draw: st.DrawFn) -> tuple[Payload, str]:
    """A payload of any algorithm, and the description of a problem."""
    algorithm = ALGORITHMS[draw(st.sampled_from(sorted(ALGORITHMS)))]
    pareto = algorithm.name == "NSGA-II"
    one = solutions(st.one_of(st.none(), PARETO) if pareto else QUALITIES)
    found: dict[str, tuple[Solution, ...]] = {}
    names = {member.name: member for member in algorithm.members}
    for name, member in names.items():
        if member.kind == "solution":
            found[name] = (draw(one),)
        elif member.kind in ("solutions", "solution-lines"):
            found[name] = tuple(draw(st.lists(one, max_size=4)))
    problem = draw(st.sampled_from([*DIRECTIONS, "another"]))
    direction = DIRECTIONS.get(problem)
    if "direction" in names and draw(st.booleans()):  # as release 0.1.0
        direction, problem = draw(st.sampled_from(["min", "max"])), "another"
    payload = Payload(
        algorithm.name,
        draw(INTEGERS),
        draw(INTEGERS),
        draw(INTEGERS) if "seed" in names else None,
        direction,
        found,
        draw(FLOATS) if "temperature" in names else None,
        draw(INTEGERS) if "neighborhood" in names else None,
        tuple(draw(st.lists(st.lists(FLOATS, min_size=1, max_size=3).map(tuple), max_size=3)))
        if "velocities" in names
        else (),
        tuple(draw(st.lists(st.tuples(INTEGERS, one.map(solution_text)), max_size=3)))
        if "tabu" in names
        else (),
    )
    return payload, problem


def solution_text(solution: Solution) -> str:
    """A solution."""
    return f"{','.join(solution.variables)}|{solution.quality or 'None'}"


def _listed(found: Iterable[Solution]) -> str:
    return f"[{','.join(map(solution_text, found))}]"


def payload_text(payload: Payload, problem: str) -> str:
    """The payload that roma_lib would write, with `dir` if the problem does not tell it."""
    of = payload.solutions
    start = f"iter={payload.iteration};eval={payload.evaluations}"
    seed = f"seed={payload.seed}"
    old = payload.direction is not None and problem == "another"
    direction = f"dir={payload.direction};" if old else ""
    if payload.algorithm == "HillClimbing":
        return f"{start};{seed};state={solution_text(of['current'][0])}"
    if payload.algorithm == "GeneticAlgorithm":
        return f"{start};{seed};{direction}pop={_listed(of['population'])}"
    if payload.algorithm == "NSGA-II":
        return f"{start};{seed};pop={_listed(of['population'])}"
    if payload.algorithm == "DifferentialEvolution":
        lines = "\n".join(map(solution_text, of["population"]))
        return f"{start};{seed};pop={lines}"
    if payload.algorithm == "PSO":
        vectors = ",".join("|".join(map(display, each)) for each in payload.velocities)
        particles, personal = _listed(of["particles"]), _listed(of["personal_bests"])
        lists = f"particles={particles};vels=[{vectors}];pbests={personal}"
        return f"{start};{direction}{lists};gbest={solution_text(of['best'][0])}"
    both = f"curr={solution_text(of['current'][0])};best={solution_text(of['best'][0])}"
    if payload.algorithm == "SimulatedAnnealing":
        return f"{start};temp={display(payload.temperature or 0.0)};{seed};{both}"
    if payload.algorithm == "VNS":
        return f"{start};{seed};k={payload.neighborhood};{both}"
    assert payload.algorithm == "TabuSearch"
    entries = "\n".join(f"{expiry}#{text}" for expiry, text in payload.tabu)
    return f"{start};{seed};{both};tabu={entries}"
