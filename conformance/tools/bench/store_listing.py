"""Listing, by the number of files, their size, and how many match."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from typing import Any

import rckp
from conformance.tools.bench import store_peers as peers
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.naive import Naive
from conformance.tools.bench.rows import Row, Scale
from conformance.tools.bench.spread import Spread, Subject
from conformance.tools.bench.store_peers import IDENTITY, NAIVE, NOBODY
from conformance.tools.bench.store_trees import Tree, plant
from conformance.tools.bench.store_work import (
    FEW,
    SMALL,
    WORK,
    WORK_QUICK,
    Place,
    Work,
    by_turns,
    row,
)

LISTING = "listing what can be resumed"


SIZES = "listing, by the number of files"


_OURS = "list_resumable"


NUMBERS = (100, 1000, 10_000, 100_000)


NUMBERS_QUICK = (100, 316)


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
            if work.size == SMALL and work.ours < work.files:
                yield _direct(work, tree)
                yield from _memory(work, tree)
        finally:
            shutil.rmtree(tree.base)


def size_rows(place: Place) -> Iterator[Row]:
    """A row for each number of small files, against each peer that can be had."""
    for number in NUMBERS_QUICK if place.quick else NUMBERS:
        rounds = 2 if place.quick else max(3, min(30, 200_000 // number))
        work = Work(number, SMALL, 1, {}, rounds)
        if not place.room_for(work):
            continue
        tree = plant(place.directory / "tree", number, SMALL, 1)
        try:
            for each in _listed(place, work, tree, 0, without=(peers.PARSED, peers.DECODED)):
                name = f"{number:,} files of {size_of(SMALL)}"
                yield each._replace(group=SIZES, work=name, scale=Scale(number, "files"))
        finally:
            shutil.rmtree(tree.base)


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
        if program := peers.compiled_roma_lib(place.build, place.not_measured):
            listing = peers.roma_lib_listing(program, *where, matching, place.directory)
            programs[peers.ROMA_LIB] = running.enter_context(listing)
        taken = [by_turns(programs, work.rounds)]
    # Each in rounds of its own, as few as can be of large work: they take the longest by far, and
    # what they leave in the caches of the processor differs.
    few = work.files * work.size > 20_000_000
    for name, read in NAIVE.items():
        if name not in without:
            naive = {_OURS: ours, name: _finding(Naive(tree.base, read), identity, matching)}
            taken.append(by_turns(naive, FEW if few else work.rounds, warm=False))
    for of_each in reversed(taken):
        for name, seconds in of_each.items():
            if name != _OURS:
                yield row(
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
    return row(
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
