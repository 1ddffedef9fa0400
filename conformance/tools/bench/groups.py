"""What is measured, in groups, each of them in a process of its own."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from conformance.tools.bench import (
    codec_work,
    command_work,
    directory_work,
    fast_work,
    file_work,
    many_work,
    memory_work,
    size_work,
    store_calls,
    store_listing,
    store_purging,
    store_work,
    suite_work,
    writers_work,
)
from conformance.tools.bench.files import hostile_files, write_file
from conformance.tools.bench.installed import Installed, can_measure
from conformance.tools.bench.records import ASCII
from conformance.tools.bench.rows import Row
from conformance.tools.bench.spread import FULL, QUICK, Effort

_LARGE = 1 << 30  # bytes
_LARGE_QUICK = 1 << 22

STORE = {
    "listing": store_listing.listing_rows,
    "listing-calls": store_calls.calls_rows,
    "purging": store_purging.purging_rows,
    "store-size": store_listing.size_rows,
}

# These share an installed copy of rckp.
_INSTALLED = ("start", "command-memory", "many", "directory", "fast")
# Each of these is measured in a process of its own, so that what one leaves in memory does not
# change the next.
_PROCESSES = (
    *(("codec",), ("file",), ("memory",), _INSTALLED, ("size",)),
    *((name,) for name in STORE),
    *(("saving",), ("writers",), ("suite",)),
)
GROUPS = tuple(group for groups in _PROCESSES for group in groups)

# What a call on 10 MB takes must not depend on whether the C library has just given memory back
# to the system: here it keeps nearly all. Not for stores: the original would inherit this.
_KEEPING = {
    "codec": {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
}


class Work(NamedTuple):
    only: Sequence[str]
    quick: bool
    directory: Path
    build: Path | None
    not_measured: list[str]


def rows_of_groups(work: Work) -> Iterator[Row]:
    """Measure the groups `only`, and print a dot for each row."""
    context = multiprocessing.get_context("spawn")
    for groups in _PROCESSES:
        if wanted := [group for group in groups if group in work.only]:
            keeping = _KEEPING.get(groups[0], {})
            os.environ.update(keeping)
            try:
                with ProcessPoolExecutor(1, context) as process:
                    done = process.submit(_measured, work._replace(only=wanted)).result()
            finally:
                for name in keeping:
                    del os.environ[name]
            rows, not_measured = done
            already = work.not_measured
            already += [each for each in not_measured if each not in already]
            yield from rows


def _measured(work: Work) -> tuple[list[Row], list[str]]:
    # A program that uses rckp has a seventh of the objects of this one. Without this, collecting
    # garbage would take that much longer.
    gc.collect()
    gc.freeze()
    rows = []
    for row in _rows_of(work):
        rows.append(row)
        print(".", end="", file=sys.stderr, flush=True)
    return rows, work.not_measured


def _rows_of(work: Work) -> Iterator[Row]:
    only, quick, directory, build, not_measured = work
    effort: Effort = QUICK if quick else FULL
    large = _LARGE_QUICK if quick else _LARGE
    if shutil.disk_usage(directory).free < 2 * large:
        not_measured.append("files of 1 GiB: there is no room for them in the temporary directory")
        large = _LARGE_QUICK
    if "codec" in only:
        yield from codec_work.rows(effort, build, not_measured)
    if "file" in only:
        yield from file_work.rows(effort, directory, build, not_measured)
    if "memory" in only:
        yield from memory_work.rows(effort)
    if not can_measure():
        not_measured.append("start-up and memory of the command, many files: only on Linux")
    elif set(_INSTALLED) & set(only):
        installed = Installed(directory / "installed")
        small = write_file(directory / "small.ckpt", 300, ASCII)
        files = {"300 B": small, "twenty-bytes.ckpt": hostile_files()["twenty-bytes.ckpt"]}
        if "start" in only:
            yield from command_work.start_rows(effort, installed, files)
        if "command-memory" in only:
            yield from command_work.memory_rows(effort, installed, files, directory, large)
        if "many" in only:
            yield from many_work.rows(effort, installed, directory, quick=quick)
        if "directory" in only:
            yield from directory_work.rows(effort, installed, directory, not_measured, quick=quick)
        if "fast" in only:
            yield from fast_work.rows(
                effort, installed, directory, large, not_measured, quick=quick
            )
    if "size" in only:
        yield from size_work.rows(effort, directory, large, not_measured)
    if not can_measure():
        not_measured.append("listing, purging and saving: only on Linux")
    else:
        place = store_work.Place(directory, build, not_measured, quick)
        for name in [name for name in STORE if name in only]:
            yield from STORE[name](place)
        if "saving" in only:
            from conformance.tools.bench import store_save

            yield from store_save.rows(effort, directory)
        if "writers" in only:
            yield from writers_work.rows(directory, quick=quick)
    if "suite" in only:
        yield from suite_work.rows(effort)
