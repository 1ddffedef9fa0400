"""`rckp validate DIR` and `rckp.validate`, against the calls that read a file in Python."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import rckp
from conformance.tools.bench import machine
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.installed import Installed, Run
from conformance.tools.bench.rows import Row, Scale, Target
from conformance.tools.bench.spread import Effort, Spread, in_turn, ratios
from conformance.tools.bench.store_trees import plant

GROUP = "validating the files of a directory"
MEMORY = "memory of rckp validate DIR, by the number of files"
CALLS = "open, fstat, read, close"
_SIZE = 400  # bytes of a file
_CACHES = Path("/proc/sys/vm/drop_caches")
_SETTLED = 2.5  # seconds after which a file is not taken for one that is being written
_MEBI = 1 << 20
_COLD_ROUNDS = 5
_COLD_FILES = 10_000

# Reads the paths that a list names; what a user would write to read the files, and nothing else.
_READS = """
import os, sys
for path in open(sys.argv[1]).read().split("\\0"):
    descriptor = os.open(path, os.O_RDONLY)
    data = os.read(descriptor, os.fstat(descriptor).st_size)
    os.close(descriptor)
"""


class Work(NamedTuple):
    """A number of files, validated in `rounds` rounds. `at_most` is a multiple of the calls."""

    files: int
    rounds: int
    at_most: float | None = None


WORK = (
    Work(100, 30),
    Work(1000, 30),
    Work(10_000, 20),
    Work(20_000, 20, 2.5),
    Work(100_000, 7),
    Work(1_000_000, 3),
)
WORK_QUICK = (Work(100, 2), Work(300, 2, 2.5))
_IN_PROCESS = 3.0


def name_of(files: int) -> str:
    """Return the name of the work on a number of files."""
    return f"{files:,} files of {size_of(_SIZE)}"


def rows(
    effort: Effort,
    installed: Installed,
    directory: Path,
    not_measured: list[str],
    *,
    quick: bool,
) -> Iterator[Row]:
    """Yield the rows of each number of files, in a file system in memory if there is room."""
    memory: list[tuple[Work, list[Run]]] = []
    for work in WORK_QUICK if quick else WORK:
        place = machine.in_memory(2 * work.files * 4096) or directory
        if shutil.disk_usage(place).free < 2 * work.files * 4096:
            not_measured.append(f"validating {work.files:,} files: there is no room for them")
            continue
        tree, listed = place / f"rckp-bench-{os.getpid()}", directory / "list"
        try:
            plant(tree, work.files, _SIZE, 1)
            paths = [str(path) for path in rckp.CheckpointStore(tree).files()]
            listed.write_text("\0".join(paths), "utf-8")
            time.sleep(0 if quick else _SETTLED)
            ours, theirs = _whole(installed, tree, listed, work.rounds)
            memory.append((work, ours))
            yield _row(work, ours, theirs)
            if work.at_most is not None:
                yield _in_process(paths, work, effort)
        finally:
            shutil.rmtree(tree, ignore_errors=True)
    yield from _memory(memory)
    yield from _cold(installed, directory, not_measured, quick=quick)


def _commands(installed: Installed, tree: Path, listed: Path) -> tuple[list[str], list[str]]:
    return (
        [installed.command, "validate", str(tree)],
        [installed.python, "-c", _READS, str(listed)],
    )


def _whole(
    installed: Installed,
    tree: Path,
    listed: Path,
    rounds: int,
    before: Callable[[], object] = lambda: None,
    warm: int = 1,
) -> tuple[list[Run], list[Run]]:
    commands = _commands(installed, tree, listed)
    taken: tuple[list[Run], list[Run]] = ([], [])
    for turn in range(rounds + warm):
        for i in (0, 1) if turn % 2 else (1, 0):
            before()
            taken[i].append(installed.run(commands[i]))
    return taken[0][warm:], taken[1][warm:]


def _row(work: Work, ours: list[Run], theirs: list[Run], how: str = "") -> Row:
    each = 1e6 / work.files
    return Row(
        GROUP,
        f"{name_of(work.files)}, whole process{how}",
        "rckp validate",
        f"{CALLS}, whole process",
        "µs/file",
        Spread.of([each * run.seconds for run in ours]),
        Spread.of([each * run.seconds for run in theirs]),
        ratios([run.seconds for run in ours], [run.seconds for run in theirs]),
        "×",
        None if work.at_most is None else Target(work.at_most),
        None if how else Scale(work.files, "files"),
    )


def _in_process(paths: list[str], work: Work, effort: Effort) -> Row:
    def validate() -> None:
        for path in paths:
            if rckp.validate(path).findings:
                raise AssertionError(path)

    def read() -> None:
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY)
            os.read(descriptor, os.fstat(descriptor).st_size)
            os.close(descriptor)

    ours, theirs = in_turn([validate, read], effort)
    each = 1e6 / work.files
    return Row(
        GROUP,
        f"{name_of(work.files)}, in one process, by path",
        "rckp.validate",
        CALLS,
        "µs/file",
        Spread.of([each * t for t in ours]),
        Spread.of([each * t for t in theirs]),
        ratios(ours, theirs),
        "×",
        Target(_IN_PROCESS),
    )


def _memory(measured: list[tuple[Work, list[Run]]]) -> Iterator[Row]:
    """Yield a row for each number of files, compared with the smallest."""
    known = [(work, [r.memory / _MEBI for r in runs if r.memory]) for work, runs in measured]
    for work, taken in known[1:]:
        base = Spread.of(known[0][1])
        yield Row(
            MEMORY,
            f"{work.files:,} files",
            "rckp validate",
            f"{known[0][0].files:,} files",
            "MiB",
            Spread.of(taken),
            base,
            Spread.of([(t - base.median) * _MEBI / work.files for t in taken]),
            "B/file",
        )


def _cold(
    installed: Installed, directory: Path, not_measured: list[str], *, quick: bool
) -> Iterator[Row]:
    """Yield a row for files that are not in the page cache, if this process may empty it."""
    if not os.access(_CACHES, os.W_OK):
        not_measured.append("files that are not in the page cache: only root can empty it")
        return
    work = Work(100 if quick else _COLD_FILES, 1 if quick else _COLD_ROUNDS)
    tree, listed = directory / "cold", directory / "list"
    try:
        plant(tree, work.files, _SIZE, 1)
        paths = rckp.CheckpointStore(tree).files()
        listed.write_text("\0".join(map(str, paths)), "utf-8")
        ours, theirs = _whole(installed, tree, listed, work.rounds, _empty_caches, warm=0)
        yield _row(work, ours, theirs, f", not in the page cache ({machine.file_system(tree)})")
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def _empty_caches() -> None:
    os.sync()
    _CACHES.write_text("3", "ascii")
