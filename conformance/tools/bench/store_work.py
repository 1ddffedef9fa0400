"""Listing and purging, by the number of files, their size, and how many match."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tools.bench import store_peers as peers
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.rows import Row, Scale, Target
from conformance.tools.bench.spread import Spread, Subject, Timed, ratios
from conformance.tools.bench.store_peers import IDENTITY, NAIVE, NOBODY
from conformance.tools.bench.store_trees import Reserve, Tree, plant

LISTING = "listing what can be resumed"
CALLS = "system calls of a listing, a file"
PURGING = "purging what is older"
SIZES = "listing, by the number of files"

_SMALL, _LARGE = 400, 1_000_000  # bytes
_FEW = 2  # rounds of the slowest work
_OURS = "list_resumable"

# At most so many times as long as that one, for small files, of large stores.
_SMALL_TARGETS = {peers.PARSED: 0.1, peers.ORIGINAL: 1.0, peers.WALK: 1.7}
_LARGE_TARGETS = {peers.ORIGINAL: 0.05}


class Work(NamedTuple):
    """A store of so many files, some of them ours, listed in so many rounds."""

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
    Work(1000, _SMALL, 10, {}, 30),
    Work(1000, _SMALL, 1000, {}, 30),
    Work(10_000, _SMALL, 10_000, {}, 5),
    Work(100_000, _SMALL, 1000, _SMALL_TARGETS, 7),
    Work(2000, _LARGE, 20, _LARGE_TARGETS, 4),
)
WORK_QUICK = (
    Work(300, _SMALL, 3, _SMALL_TARGETS, 2),
    Work(300, _SMALL, 300, {}, 2),
    Work(4, 100_000, 2, _LARGE_TARGETS, 2),
)
NUMBERS = (100, 1000, 10_000, 100_000)
NUMBERS_QUICK = (100, 316)


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


def listing_rows(place: Place) -> Iterator[Row]:
    """For each store a row for each peer; the unit is microseconds a file."""
    for work in WORK_QUICK if place.quick else WORK:
        if not place.room_for(work):
            continue
        tree = plant(place.directory / "tree", work.files, work.size, work.ours)
        try:
            if work.ours < work.files:
                yield from _listed(place, work, tree, 0, without=_too_slow(work, 0))
            without = _too_slow(work, work.ours)
            yield from _listed(place, work, tree, work.ours, without=without)
            if work.size == _SMALL and work.ours < work.files:
                yield _direct(work, tree)
                yield from _memory(work, tree)
        finally:
            shutil.rmtree(tree.base)


def calls_rows(place: Place) -> Iterator[Row]:
    """A row: the system calls, counted by strace."""
    if shutil.which("strace") is None:
        line = "system calls of a listing: they need strace (apt install strace)"
        place.not_measured.append(line)
        return
    work = WORK_QUICK[0] if place.quick else WORK[0]
    tree = plant(place.directory / "tree", work.files, work.size, work.ours)
    program = peers.compiled_walk(place.directory, place.not_measured)
    try:
        ours = _system_calls(place.directory, [sys.executable, "-c", _LISTS, str(tree.base)])
        theirs = None
        if program:
            walk = [str(program), *peers.walk_arguments(tree.base, NOBODY)]
            theirs = _system_calls(place.directory, walk)
    finally:
        shutil.rmtree(tree.base)
    each = [Spread.of([n / work.files]) for n in (ours, theirs or ours)]
    yield Row(
        CALLS,
        work.says(0),
        "list_resumable",
        peers.WALK if program else None,
        "calls",
        each[0],
        each[1] if program else None,
        Spread.of([each[0].median / each[1].median if program else each[0].median]),
        "×" if program else "calls",
    )


def size_rows(place: Place) -> Iterator[Row]:
    """A row for each number of small files, against each peer that can be had."""
    for number in NUMBERS_QUICK if place.quick else NUMBERS:
        rounds = 2 if place.quick else max(3, min(30, 200_000 // number))
        work = Work(number, _SMALL, 1, {}, rounds)
        if not place.room_for(work):
            continue
        tree = plant(place.directory / "tree", number, _SMALL, 1)
        try:
            for row in _listed(place, work, tree, 0, without=(peers.PARSED, peers.DECODED)):
                name = f"{number:,} files of {size_of(_SMALL)}"
                yield row._replace(group=SIZES, work=name, scale=Scale(number, "files"))
        finally:
            shutil.rmtree(tree.base)


def purging_rows(place: Place) -> Iterator[Row]:
    """A row for each store and match; what was removed gets its names again in between."""
    for work in WORK_QUICK if place.quick else WORK:
        if work.ours == work.files or not place.room_for(work):
            continue
        tree = plant(place.directory / "tree", work.files, work.size, 1)
        try:
            # All of 100,000 would take a minute, most of it to give them their names again.
            all_ = [work.files] if work.files <= 10_000 else []
            for number in (0, work.ours, *all_):
                yield _purged(place, work, tree, number)
        finally:
            shutil.rmtree(tree.base)
    place.not_measured.append("purging against the original: no run of it purges")


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


def _listed(
    place: Place, work: Work, tree: Tree, matching: int, *, without: Collection[str] = ()
) -> Iterator[Row]:
    """Lists for our identity, or for one of nobody. All must find as many."""
    identity = IDENTITY if matching else NOBODY
    ours = _finding(rckp.CheckpointStore(tree.base), identity, matching)
    with ExitStack() as running:
        programs: dict[str, Subject] = {_OURS: ours}
        where = (tree.base, identity)
        if program := peers.compiled_walk(place.directory, place.not_measured):
            walk = peers.walking(program, *where, tree.files, matching)
            programs[peers.WALK] = running.enter_context(walk)
        if program := peers.compiled_original(place.build, place.not_measured):
            listing = peers.original_listing(program, *where, matching, place.directory)
            programs[peers.ORIGINAL] = running.enter_context(listing)
        taken = [by_turns(programs, work.rounds)]
    # In rounds of their own, as few as can be of large work: they take the longest by far.
    naive: dict[str, Subject] = {_OURS: ours}
    for name, read in NAIVE.items():
        if name not in without:
            naive[name] = _finding(peers.Naive(tree.base, read), identity, matching)
    if len(naive) > 1:
        few = work.files * work.size > 20_000_000
        taken.append(by_turns(naive, _FEW if few else work.rounds, warm=False))
    for of_each in reversed(taken):
        for name, seconds in of_each.items():
            if name != _OURS:
                yield _row(
                    LISTING,
                    work.says(matching),
                    (_OURS, of_each[_OURS]),
                    (name, seconds),
                    work.files,
                    work.targets.get(name),
                )


def _too_slow(work: Work, matching: int) -> list[str]:
    """To parse 100,000 files takes ten seconds: done once, where there is a target for it."""
    wanted = work.files <= 1000 or (peers.PARSED in work.targets and not matching)
    return [] if wanted else [peers.PARSED]


def _finding(lister: Any, identity: rckp.Identity, number: int) -> Callable[[], None]:
    def call() -> None:
        found = len(lister.list_resumable(identity))
        if found != number:
            raise AssertionError(f"{lister} found {found} of {number}")

    return call


def _direct(work: Work, tree: Tree) -> Row:
    identity = tree.one_of_others
    scope = rckp.scope_path(identity[0], identity[2], *identity.signature_hashes)
    found = len(rckp.CheckpointStore(tree.base).list_resumable(identity))
    subjects: dict[str, Subject] = {
        where: _finding(rckp.CheckpointStore(base), identity, found)
        for where, base in (("scope", tree.base / scope), ("base", tree.base))
    }
    taken = by_turns(subjects, work.rounds)
    return _row(
        LISTING,
        f"{work.files:,} files of {size_of(work.size)}, the scope of {found} by name",
        ("list_resumable of the scope", taken["scope"]),
        ("list_resumable of all", taken["base"]),
        1,
        1 / 300 if work.targets else None,
        unit="ms",
        factor=1000,
    )


def _memory(work: Work, tree: Tree) -> Iterator[Row]:
    store = rckp.CheckpointStore(tree.base)
    tracemalloc.start()
    store.list_resumable(NOBODY)
    peak = tracemalloc.get_traced_memory()[1] / 1024
    tracemalloc.stop()
    spread = Spread.of([peak])
    what = f"{work.says(0)}, memory"
    yield Row(LISTING, what, "list_resumable", None, "KiB", spread, None, spread, "KiB")


def _purged(place: Place, work: Work, tree: Tree, number: int) -> Row:
    store, naive = rckp.CheckpointStore(tree.base), peers.Naive(tree.base, NAIVE[peers.DECODED])
    reserve = Reserve(tree, number, place.directory / "reserve")
    subjects: dict[str, Subject] = {
        name: _purging(purger, tree.before(number), number)
        for name, purger in (("ours", store), ("naive", naive))
    }
    try:
        rounds = min(work.rounds, 10 if work.files <= 10_000 else _FEW)
        taken = by_turns(subjects, rounds, between=reserve.restore)
    finally:
        shutil.rmtree(place.directory / "reserve")
    return _row(
        PURGING,
        work.says(number).replace("match", "older"),
        ("purge_older_than", taken["ours"]),
        (peers.DECODED, taken["naive"]),
        work.files,
        None,
    )


def _purging(purger: Any, before: int, number: int) -> Callable[[], None]:
    def call() -> None:
        removed = purger.purge_older_than(before)
        if removed != number:
            raise AssertionError(f"{purger} removed {removed} of {number}")

    return call


def _row(
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


_LISTS = f"""
import sys, rckp
store = rckp.CheckpointStore(sys.argv[1])
for line in sys.stdin:
    store.list_resumable(rckp.Identity{tuple(NOBODY)!r})
"""


def _system_calls(directory: Path, command: list[str]) -> int:
    """Those of one listing: of a program that lists twice, less those of one that lists once."""
    counts = []
    for times in (1, 2):
        trace = directory / "trace"
        subprocess.run(
            ["strace", "-f", "-o", trace, *command],
            input="list\n" * times,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        counts.append(len(trace.read_text("utf-8", "replace").splitlines()))
        trace.unlink()
    return counts[1] - counts[0]
