"""Many writers in one scope, against one writer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from conformance.tools.bench import machine
from conformance.tools.bench.fairness import Outcome, in_processes, in_threads, rate, start_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Spread, ratios

GROUP = "saving by many writers in one scope, durability none"
WRITERS = 500
_SECONDS, _ROUNDS = 3.0, 5
_WRITERS_QUICK, _SECONDS_QUICK, _ROUNDS_QUICK = 5, 0.1, 2
_SLOWER = Target(2.0)  # half as many saves a second take twice the time each
_ROOM = 1 << 28  # bytes

Run = Callable[[str, int, float, float], list[Outcome]]


def rows(directory: Path, *, quick: bool) -> Iterator[Row]:
    """Yield a row for threads and one for processes: the time from one save to the next."""
    writers, seconds, rounds = (
        (_WRITERS_QUICK, _SECONDS_QUICK, _ROUNDS_QUICK) if quick else (WRITERS, _SECONDS, _ROUNDS)
    )
    place = machine.in_memory(_ROOM) or directory
    kinds: tuple[tuple[str, Run], ...] = (("threads", in_threads), ("processes", in_processes))
    for kind, run in kinds:
        taken: dict[int, list[float]] = {writers: [], 1: []}
        for turn in range(rounds):
            for number in sorted(taken, reverse=bool(turn % 2)):
                taken[number].append(_interval(run, number, seconds, place))
        ours, theirs = taken[writers], taken[1]
        yield Row(
            GROUP,
            f"{writers} {kind}",
            "CheckpointStore.write",
            "one writer",
            "µs/save",
            Spread.of([1e6 * t for t in ours]),
            Spread.of([1e6 * t for t in theirs]),
            ratios(ours, theirs),
            "×",
            _SLOWER,
        )


def _interval(run: Run, writers: int, seconds: float, place: Path) -> float:
    """Return the mean seconds from one save of anybody to the next."""
    with tempfile.TemporaryDirectory(prefix="rckp-bench-", dir=place) as base:
        start = start_of(writers)
        found = run(base, writers, start, seconds)
    if any(each.locked for each in found):
        raise AssertionError(f"of {writers} writers, some did not get the lock")
    return 1 / rate(found, start)
