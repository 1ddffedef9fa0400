"""Measurement of several subjects in turn, so that a disturbance affects all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Protocol, runtime_checkable


class Effort(NamedTuple):
    """How long to measure: `rounds`, but of slow work as few as are done in `budget` seconds.

    Of very slow work, at least `slow_rounds`. `batch` is the time that a call is repeated for
    in one round, in seconds.
    """

    rounds: int
    slow_rounds: int
    batch: float
    budget: float


FULL = Effort(rounds=300, slow_rounds=30, batch=0.0005, budget=4.0)
QUICK = Effort(rounds=5, slow_rounds=2, batch=0.0001, budget=0.0)


@runtime_checkable
class Timed(Protocol):
    """A subject that measures its own time."""

    def seconds(self, number: int) -> float:
        """Return the seconds of a number of repetitions."""


class Fresh(NamedTuple):
    """A call with a new argument each time. Creating the argument is not measured.

    For work that leaves something behind in its argument: a string keeps its UTF-8 once an
    extension has asked for it.
    """

    make: Callable[[], Any]
    call: Callable[[Any], object]

    def seconds(self, number: int) -> float:
        """Return the seconds of a number of calls. Their arguments are created before the first."""
        arguments, call = [self.make() for _ in range(number)], self.call
        start = time.perf_counter()
        for argument in arguments:
            call(argument)
        return time.perf_counter() - start


Subject = Callable[[], object] | Timed


class Spread(NamedTuple):
    """A median with its quartiles and extremes, over a number of rounds."""

    median: float
    low: float  # a quarter of the rounds were below
    high: float  # a quarter of the rounds were above
    least: float
    most: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        low, median, high = (
            statistics.quantiles(values, n=4, method="inclusive")
            if len(values) > 1
            else [values[0]] * 3
        )
        return cls(median, low, high, min(values), max(values), len(values))


def in_turn(calls: Sequence[Subject], effort: Effort) -> list[list[float]]:
    """Seconds that a call takes, for each of the calls a list with an entry for each round.

    In each round every call gets one batch; the batches of all take about the same time, and
    their order turns from round to round.
    """
    once = [_seconds(call, 1) for call in calls for _ in range(2)][1::2]
    numbers = [max(1, round(effort.batch / max(seconds, 1e-7))) for seconds in once]
    round_takes = sum(n * seconds for n, seconds in zip(numbers, once, strict=True))
    rounds = max(effort.slow_rounds, min(effort.rounds, int(effort.budget / round_takes)))
    results: list[list[float]] = [[] for _ in calls]
    order = list(range(len(calls)))
    collects = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            # Backwards every second time, so that nothing always comes after the same other.
            for i in order if turn % 2 else reversed(order):
                results[i].append(_seconds(calls[i], numbers[i]))
            order.append(order.pop(0))
    finally:
        if collects:
            gc.enable()
    return results


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The ratio round by round: of its median one can say how sure it is."""
    return Spread.of([a / b for a, b in zip(ours, theirs, strict=True)])


def _seconds(call: Subject, number: int) -> float:
    if isinstance(call, Timed):
        return call.seconds(number) / number
    turns = repeat(None, number)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / number
