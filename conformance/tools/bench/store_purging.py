"""Purging, by the number of files and how many are older."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import rckp
from conformance.tools.bench import store_peers as peers
from conformance.tools.bench.naive import Naive
from conformance.tools.bench.rows import Row
from conformance.tools.bench.spread import Subject
from conformance.tools.bench.store_peers import NAIVE
from conformance.tools.bench.store_trees import Reserve, Tree, plant
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

PURGING = "purging what is older"
_ALL_LARGE = 0.5  # of large files, all of which are removed


def purging_rows(place: Place) -> Iterator[Row]:
    """Yield a row for each store and match. Removed files are restored between rounds."""
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


def _purged(place: Place, work: Work, tree: Tree, number: int) -> Row:
    store, naive = rckp.CheckpointStore(tree.base), Naive(tree.base, NAIVE[peers.DECODED])
    before = tree.before(number)
    reserve = Reserve(tree, number, place.directory / "reserve")
    subjects: dict[str, Subject] = {
        name: _purging(purger, before, number)
        for name, purger in (("ours", store), ("naive", naive))
    }
    try:
        rounds = min(work.rounds, 10 if work.files <= 10_000 else FEW)
        taken = by_turns(subjects, rounds, between=reserve.restore)
    finally:
        shutil.rmtree(place.directory / "reserve")
    return row(
        PURGING,
        work.says(number).replace("match", "older"),
        ("purge_older_than", taken["ours"]),
        (peers.DECODED, taken["naive"]),
        work.files,
        _ALL_LARGE if work.size > SMALL and number == work.files else None,
    )


def _purging(purger: Any, before: int, number: int) -> Callable[[], None]:
    def call() -> None:
        removed = purger.purge_older_than(before)
        if removed != number:
            raise AssertionError(f"{purger} removed {removed} of {number}")

    return call
