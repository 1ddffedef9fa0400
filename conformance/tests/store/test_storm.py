"""Eight writers, four readers, a purger and a deleter on one directory at once.

RCKP_STORM_READS=1000000 makes it longer; docs/store.md has the figures.
"""

from __future__ import annotations

import collections
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.store.examples import IDENTITY, record, temporaries

WRITERS, READERS, RUNS = 8, 4, 4
READS = int(os.environ.get("RCKP_STORM_READS", "100000"))
FAR_FUTURE = 1 << 62
ENOUGH = {"read": READS, "written": 500, "purged": 20, "deleted": 20}

Notes = collections.Counter[str]
Counts = dict[str, "Synchronized[int]"]  # what has been done so far, by all processes together


def written(run: int, generation: int, writer: int, *, fresh: bool) -> rckp.CheckpointRecord:
    """A record of which every part says which write it is of; a mixture would not agree."""
    mark = f"{run}.{generation}.{writer}"
    payload = f"{mark};" * (1 + generation % 700)  # 6 bytes to several times the first reading
    return record(f"x-{run}", payload, at=FAR_FUTURE if fresh else 1)._replace(
        random_seed=generation, elapsed_millis=writer, error_message=mark, seed_payload=mark
    )


def is_whole(found: rckp.CheckpointRecord) -> bool:
    """Whether all parts are of one write."""
    run = int(found.run_id.removeprefix("x-"))
    fresh = found.created_at_ms == FAR_FUTURE
    return found == written(run, found.random_seed, found.elapsed_millis, fresh=fresh)


def add(counts: Counts, what: str, number: int) -> None:
    """Counts for all processes."""
    with counts[what].get_lock():
        counts[what].value += number


def writer(number: int, base: str, stop: Event, counts: Counts) -> Notes:
    """Overwrites its runs; each run has two writers. Every other run is always fresh."""
    store = rckp.CheckpointStore(base, durability="none")
    notes: Notes = collections.Counter()
    generation = 0
    while not stop.is_set():
        run = number % RUNS
        store.write(written(run, generation, number, fresh=run % 2 == 0))
        generation += 1
        notes["written"] += 1
        add(counts, "written", 1)
    return notes


def reader(number: int, base: str, stop: Event, counts: Counts) -> Notes:
    """Reads single files and lists, and looks whether all that it gets is whole."""
    store = rckp.CheckpointStore(base)
    paths = [store.write(written(run, 0, number, fresh=True)) for run in range(RUNS)]
    notes: Notes = collections.Counter()

    def skipped(_: Path, error: rckp.RckpError) -> None:
        notes["torn" if isinstance(error, rckp.DecodeError) else error.code] += 1

    while not stop.is_set():
        before = notes["read"]
        for run, path in enumerate(paths):
            try:
                notes["read"] += 1
                if not is_whole(rckp.decode(path.read_bytes())):
                    notes["mixed"] += 1
            except rckp.DecodeError:
                notes["torn"] += 1
            except FileNotFoundError:
                notes["gone"] += 1
                if run == 0:
                    notes["fresh one gone"] += 1
        for entry in store.list_resumable(IDENTITY, on_error=skipped):
            notes["read"] += 1
            if not is_whole(entry.record):
                notes["mixed"] += 1
        add(counts, "read", notes["read"] - before)
    return notes


def purger(_number: int, base: str, stop: Event, counts: Counts) -> Notes:
    """Purges everything but what is fresh: run 0 is fresh whenever it is written."""
    store = rckp.CheckpointStore(base)
    notes: Notes = collections.Counter()
    while not stop.is_set():
        removed = store.purge_older_than(FAR_FUTURE)
        notes["purged"] += removed
        add(counts, "purged", removed)
    return notes


def deleter(_number: int, base: str, stop: Event, counts: Counts) -> Notes:
    """Deletes runs 2 and 3, again and again."""
    store = rckp.CheckpointStore(base)
    notes: Notes = collections.Counter()
    directory = Path(base, rckp.scope_path("HC", "TSP", *IDENTITY.signature_hashes))
    while not stop.is_set():
        path = directory / rckp.checkpoint_file_name(f"x-{random.choice((2, 3))}")
        removed = store.delete_on_success(path)
        notes["deleted"] += removed
        add(counts, "deleted", removed)
        time.sleep(0.001)
    return notes


def work(
    role: Callable[..., Notes],
    number: int,
    base: str,
    stop: Event,
    counts: Counts,
    results: Queue[Any],
) -> None:
    """One process of the storm."""
    try:
        results.put((role.__name__, role(number, base, stop, counts)))
    except BaseException as error:
        results.put((role.__name__, collections.Counter({f"{type(error).__name__}: {error}": 1})))


@pytest.mark.slow
def test_a_storm(tmp_path: Path) -> None:
    base = tmp_path / "base"
    store = rckp.CheckpointStore(base, durability="none")
    for run in range(RUNS):
        store.write(written(run, 0, 0, fresh=True))
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    counts = {what: context.Value("q", 0) for what in ENOUGH}
    roles = [writer] * WRITERS + [reader] * READERS + [purger, deleter]
    processes = [
        context.Process(target=work, args=(role, number, str(base), stop, counts, results))
        for number, role in enumerate(roles)
    ]
    for process in processes:
        process.start()
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and any(counts[what].value < ENOUGH[what] for what in ENOUGH):
        time.sleep(0.05)
    stop.set()
    notes: collections.defaultdict[str, Notes] = collections.defaultdict(collections.Counter)
    for _ in processes:
        role, counted = results.get(timeout=120)
        notes[role] += counted
    for process in processes:
        process.join()
    print({role: dict(counted) for role, counted in notes.items()})
    assert set(notes["writer"]) == {"written"}, notes["writer"]
    assert set(notes["reader"]) <= {"read", "gone", "missing"}, notes["reader"]
    assert set(notes["purger"]) == {"purged"}, notes["purger"]
    assert set(notes["deleter"]) == {"deleted"}, notes["deleter"]
    total = sum(notes.values(), collections.Counter[str]())
    assert all(total[what] >= least for what, least in ENOUGH.items()), total
    assert temporaries(base) == []
