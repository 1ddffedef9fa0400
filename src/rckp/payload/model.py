"""The contents of a payload."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rckp.payload.grammar import DIRECTIONS

_NUMBER = r"(?:NaN|-?inf|-?[0-9]+(?:\.[0-9]+)?)"
_PARETO_TEXT = (
    rf"Objectives: \[(?P<objectives>(?:{_NUMBER}(?:, {_NUMBER})*)?)\], "
    rf"Rank: (?P<rank>[0-9]{{1,20}}|N/A), Dist: (?:{_NUMBER}|N/A)"
)
_PARETO = re.compile(_PARETO_TEXT, re.ASCII)
NUMBER = re.compile(_NUMBER, re.ASCII)
QUALITY = re.compile(f"None|{_NUMBER}|{_PARETO_TEXT}", re.ASCII)


class Solution(NamedTuple):
    """A solution. `variables` and `quality` are as the program wrote them.

    A variable is a text such as `true`, `17` or `0.25`; `quality` is None if the solution has not
    been evaluated.
    """

    variables: tuple[str, ...]
    quality: str | None

    @property
    def objectives(self) -> tuple[float, ...]:
        """The quality as numbers: one, or as many as the problem has objectives; none if unknown.

        NSGA-II writes objectives with four decimal places.
        """
        if self.quality is None:
            return ()
        pareto = _PARETO.fullmatch(self.quality)
        texts = pareto["objectives"].split(", ") if pareto else [self.quality]
        try:
            return tuple(float(each) for each in texts if each)
        except ValueError:
            return ()

    @property
    def value(self) -> float | None:
        """The quality if it is a single number, else None."""
        found = self.objectives
        return found[0] if len(found) == 1 else None

    @property
    def rank(self) -> int | None:
        """The Pareto rank, from 0, if NSGA-II has written one."""
        pareto = _PARETO.fullmatch(self.quality or "")
        return int(pareto["rank"]) if pareto and pareto["rank"] != "N/A" else None


class Payload(NamedTuple):
    """A payload of an algorithm of roma_lib, of the released or of the draft layout.

    `seed` is the state of the generator; for GeneticAlgorithm and DifferentialEvolution the seed
    of the run; None for PSO, which does not save it. `solutions` has the solutions by what they
    are: `current`, `best`, `population`, `particles`, `personal_bests`, `beam`. `direction` is
    `min` or `max`: whether a smaller or a larger quality is better, None if it is not known.
    """

    algorithm: str
    iteration: int
    evaluations: int
    seed: int | None
    direction: str | None
    solutions: Mapping[str, tuple[Solution, ...]]
    temperature: float | None = None
    neighborhood: int | None = None
    velocities: tuple[tuple[float, ...], ...] = ()
    tabu: tuple[tuple[int, str], ...] = ()

    @property
    def best(self) -> Solution | None:
        """The best solution of the payload, None if it is unknown.

        It cannot be told for several objectives, nor for a population without a direction.
        """
        if "best" in self.solutions:
            return self.solutions["best"][0]
        if self.algorithm == "HillClimbing":
            return self.solutions["current"][0]
        if self.direction is None:
            return None
        several = self.solutions.get("population") or self.solutions.get("beam", ())
        return _best(several, self.direction)


def direction_of(problem: str) -> str | None:
    """Return `min` or `max` from the description of a problem of roma_lib, None for others."""
    for beginning, direction in DIRECTIONS.items():
        if problem.startswith(beginning):
            return direction
    return None


def _best(solutions: Iterable[Solution], direction: str) -> Solution | None:
    sign = 1.0 if direction == "min" else -1.0
    ranked = [
        (sign * value, at, each)
        for at, each in enumerate(solutions)
        if (value := each.value) is not None and not math.isnan(value)
    ]
    return min(ranked)[2] if ranked else None


class UnknownPayload(NamedTuple):
    """A payload that is not one of those of roma_lib, and why.

    `iteration` and `evaluations` are known if it begins with them all the same.
    """

    algorithm: str
    reason: str
    iteration: int | None = None
    evaluations: int | None = None
