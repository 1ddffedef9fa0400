"""The stores that are listed and purged, and the time that it takes, by turns."""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from conformance.tools.bench import store_peers as peers
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Spread, Subject, Timed, ratios

SMALL, LARGE = 400, 1_000_000  # bytes
FEW = 2  # rounds of the slowest work

# At most so many times as long as that one, for small files, of large stores.
SMALL_TARGETS = {peers.PARSED: 0.1, peers.ROMA_LIB: 1.0, peers.WALK: 1.7}
# If every file matches.
ALL_TARGETS = {peers.ROMA_LIB: 1.0, peers.DECODED: 0.5}
LARGE_TARGETS = {peers.ROMA_LIB: 0.05}


class Work(NamedTuple):
    """A store of `files` files, of which `ours` match, listed in `rounds` rounds."""

    files: int
    size: int
    ours: int
    targets: Mapping[str, float]
    rounds: int

    def says(self, matching: int) -> str:
        """The work, in words."""
        percent = 100 * matching / self.files
        return f"{self.files:,} files of {size_of(self.size)}, {percent:g} % match"


WORK = (
    Work(1000, SMALL, 10, {}, 30),
    Work(1000, SMALL, 1000, ALL_TARGETS, 30),
    Work(10_000, SMALL, 10_000, ALL_TARGETS, 9),
    Work(100_000, SMALL, 1000, SMALL_TARGETS, 7),
    Work(2000, LARGE, 20, LARGE_TARGETS, 4),
)
WORK_QUICK = (
    Work(300, SMALL, 3, SMALL_TARGETS, 2),
    Work(300, SMALL, 300, ALL_TARGETS, 2),
    Work(4, 100_000, 2, LARGE_TARGETS, 2),
)


class Place(NamedTuple):
    """Where to work, and where to build; `not_measured` takes lines."""

    directory: Path
    build: Path | None
    not_measured: list[str]
    quick: bool

    def room_for(self, work: Work) -> bool:
        """Whether there is twice the room that a store takes; else there is a line."""
        block = 4096
        needed = 2 * work.files * max(block, work.size)
        if shutil.disk_usage(self.directory).free > needed:
            return True
        self.not_measured.append(
            f"{work.files:,} files of {size_of(work.size)}: they take {needed >> 20} MiB of room"
        )
        return False


def by_turns(
    subjects: Mapping[str, Subject],
    rounds: int,
    *,
    warm: bool = True,
    between: Callable[[], object] = lambda: None,
) -> dict[str, list[float]]:
    """Seconds of each subject in each round.

    With `warm` all go through a round before, which brings the files into memory. `between`
    is done after each.
    """
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    order = list(subjects)
    collects = gc.isenabled()
    gc.disable()
    try:
        for turn in range(-1 if warm else 0, rounds):
            for name in order:
                took = _seconds(subjects[name])
                between()
                if turn >= 0:
                    taken[name].append(took)
            order.append(order.pop(0))
            if turn % 2:
                order.reverse()
    finally:
        if collects:
            gc.enable()
    return taken


def _seconds(subject: Subject) -> float:
    if isinstance(subject, Timed):
        return subject.seconds(1)
    start = time.perf_counter()
    subject()
    return time.perf_counter() - start


def row(
    group: str,
    work: str,
    ours: tuple[str, list[float]],
    theirs: tuple[str, list[float]],
    number: int,
    at_most: float | None,
    *,
    unit: str = "µs/file",
    factor: float = 1e6,
) -> Row:
    """A row from the seconds of ours and theirs, each for `number` files."""
    return Row(
        group,
        work,
        ours[0],
        theirs[0],
        unit,
        Spread.of([t * factor / number for t in ours[1]]),
        Spread.of([t * factor / number for t in theirs[1]]),
        ratios(ours[1], theirs[1]),
        "×",
        None if at_most is None else Target(at_most),
    )
