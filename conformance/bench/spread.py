"""Measuring several things in turn, so that what disturbs one disturbs all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import NamedTuple


class Effort(NamedTuple):
    """How long to measure: rounds of fast work, rounds of slow work, seconds for one batch."""

    rounds: int
    slow_rounds: int
    batch: float


FULL = Effort(rounds=300, slow_rounds=30, batch=0.0005)
QUICK = Effort(rounds=5, slow_rounds=2, batch=0.0001)

_SLOW = 0.0002  # seconds; a call that takes longer is slow work


class Spread(NamedTuple):
    """A median with its quartiles and extremes, over so many rounds."""

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


def in_turn(calls: Sequence[Callable[[], object]], effort: Effort) -> list[list[float]]:
    """Seconds that a call takes, for each of the calls a list with an entry for each round.

    In each round every call gets one batch; the batches of all take about the same time, and
    their order turns from round to round.
    """
    once = [_seconds(call, 1) for call in calls for _ in range(2)][1::2]
    numbers = [max(1, round(effort.batch / max(seconds, 1e-7))) for seconds in once]
    rounds = effort.slow_rounds if max(once) > _SLOW else effort.rounds
    results: list[list[float]] = [[] for _ in calls]
    order = list(range(len(calls)))
    collects = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for i in order:
                results[i].append(_seconds(calls[i], numbers[i]))
            order.append(order.pop(0))
    finally:
        if collects:
            gc.enable()
    return results


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The ratio round by round: of its median one can say how sure it is."""
    return Spread.of([a / b for a, b in zip(ours, theirs, strict=True)])


def _seconds(call: Callable[[], object], number: int) -> float:
    turns = repeat(None, number)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / number
