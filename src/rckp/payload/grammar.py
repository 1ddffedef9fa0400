"""The payloads of roma_lib 0.1.0 to 0.1.2 as data: the chapter and the parser are made from it."""

from __future__ import annotations

from typing import NamedTuple

INTEGER = "integer"
FLOAT = "float"
DIRECTION = "direction"
SOLUTION = "solution"
SOLUTIONS = "solutions"
SOLUTION_LINES = "solution-lines"
VECTORS = "vectors"
TABU = "tabu"

# How each kind of value is written, for people.
KINDS = {
    INTEGER: "an integer from 0 to 2^64 − 1 in decimal digits, without leading zeros",
    FLOAT: "a number in decimal digits without an exponent; also `NaN`, `inf`, `-inf`",
    DIRECTION: "`min` or `max`",
    SOLUTION: "one solution",
    SOLUTIONS: "`[`, solutions with commas between them, `]`",
    SOLUTION_LINES: "solutions with line feeds between them",
    VECTORS: "`[`, vectors with commas between them, `]`; a vector: numbers with `|` between them",
    TABU: "entries with line feeds between them, in no order: an integer, `#`, any text",
}


class Member(NamedTuple):
    """A member of a payload: `key=value`. `name` is that of the value in `Payload`."""

    key: str
    kind: str
    name: str
    meaning: str
    only: str = ""  # the only release that writes it


class Algorithm(NamedTuple):
    """The members of the payloads of an algorithm, in their order, with `;` between them."""

    name: str
    since: str
    members: tuple[Member, ...]


_ITERATION = Member("iter", INTEGER, "iteration", "iterations that are done")
_GENERATION = Member("iter", INTEGER, "iteration", "generations that are done")
_EVALUATIONS = Member("eval", INTEGER, "evaluations", "evaluations of the problem")
_GENERATOR = Member("seed", INTEGER, "seed", "state of the random number generator")
_RUN_SEED = Member(
    "seed", INTEGER, "seed", "seed of the run, from which each generation makes its generators"
)
_DIRECTION = Member("dir", DIRECTION, "direction", "whether a smaller quality is better", "0.1.0")
_CURRENT = Member("curr", SOLUTION, "current", "the current solution")
_BEST = Member("best", SOLUTION, "best", "the best solution so far")

ALGORITHMS = {
    each.name: each
    for each in (
        Algorithm(
            "HillClimbing",
            "0.1.0",
            (
                *(_ITERATION, _EVALUATIONS, _GENERATOR),
                Member("state", SOLUTION, "current", "the current solution, which is the best"),
            ),
        ),
        Algorithm(
            "SimulatedAnnealing",
            "0.1.0",
            (
                *(_ITERATION, _EVALUATIONS),
                Member("temp", FLOAT, "temperature", "the temperature"),
                *(_GENERATOR, _CURRENT, _BEST),
            ),
        ),
        Algorithm(
            "GeneticAlgorithm",
            "0.1.0",
            (
                *(_GENERATION, _EVALUATIONS, _RUN_SEED, _DIRECTION),
                Member("pop", SOLUTIONS, "population", "the population"),
            ),
        ),
        Algorithm(
            "NSGA-II",
            "0.1.0",
            (
                *(_GENERATION, _EVALUATIONS, _GENERATOR),
                Member("pop", SOLUTIONS, "population", "the population"),
            ),
        ),
        Algorithm(
            "PSO",
            "0.1.0",
            (
                *(_ITERATION, _EVALUATIONS, _DIRECTION),
                Member("particles", SOLUTIONS, "particles", "the positions of the particles"),
                Member("vels", VECTORS, "velocities", "the velocities of the particles"),
                Member("pbests", SOLUTIONS, "personal_bests", "the best position of each particle"),
                Member("gbest", SOLUTION, "best", "the best solution so far"),
            ),
        ),
        Algorithm(
            "VNS",
            "0.1.1",
            (
                *(_ITERATION, _EVALUATIONS, _GENERATOR),
                Member("k", INTEGER, "neighborhood", "the index of the neighborhood, from 0"),
                *(_CURRENT, _BEST),
            ),
        ),
        Algorithm(
            "TabuSearch",
            "0.1.1",
            (
                *(_ITERATION, _EVALUATIONS, _GENERATOR, _CURRENT, _BEST),
                Member(
                    "tabu", TABU, "tabu", "until which iteration a solution is tabu, and which one"
                ),
            ),
        ),
        Algorithm(
            "DifferentialEvolution",
            "0.1.1",
            (
                *(_GENERATION, _EVALUATIONS, _RUN_SEED),
                Member("pop", SOLUTION_LINES, "population", "the population"),
            ),
        ),
    )
}

# What the solutions of a payload are, in the order in which they are shown.
SOLUTION_NAMES = ("current", "best", "population", "particles", "personal_bests")

# Whether a smaller quality is better, by what the description of a problem of roma_lib begins with.
DIRECTIONS = {
    "Knapsack Problem": "max",
    "TSP with": "min",
    "QAP with": "min",
    "Ackley problem": "min",
    "Rastrigin problem": "min",
}
