"""The compiled module of `rckp[fast]` against the code in Python, if it is installed."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import rckp
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.files import write_file
from conformance.tools.bench.installed import Installed
from conformance.tools.bench.many_work import Work, make_tree
from conformance.tools.bench.records import ASCII, MIXED, record_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Spread, in_turn, ratios

GROUP = "with rckp[fast], against the code in Python"
READ = "reading it in a process"
_ROUNDS = 7  # of work that takes tenths of seconds and more
_MIXED = Target(4.0)  # the file that is not ASCII, to reading it
_TREES = (Work(100_000, 300, 1), Work(2000, 1_000_000, 1))
_TREES_QUICK = (Work(200, 300, 1), Work(5, 100_000, 1))
_READING = """
import os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
while os.read(file, 65536):
    pass
"""


def rows(
    effort: Effort,
    installed: Installed,
    directory: Path,
    large: int,
    not_measured: list[str],
    *,
    quick: bool,
) -> Iterator[Row]:
    """Yield the rows of whole processes and of decoding, or add a line with what is missing."""
    try:
        module = importlib.import_module("rckp_fast")
    except ImportError:
        not_measured.append("rckp[fast]: `pip install ./src/rckp-fast`")
        return
    for text in (MIXED, ASCII):
        work = f"{size_of(large)}, {text}, rckp[fast]"
        with _file(directory / "large.ckpt", large, text) as path:
            yield _process(work, installed, path, effort)
            if text == MIXED:
                reading = [installed.python, "-c", _READING, str(path)]
                yield _process(work, installed, path, effort, READ, reading)._replace(target=_MIXED)
    for tree in _TREES_QUICK if quick else _TREES:
        work = f"{tree.files:,} files of {size_of(tree.size)}, rckp[fast]"
        made = make_tree(directory / "many", tree)
        try:
            yield _process(work, installed, made, effort)
        finally:
            shutil.rmtree(made)
    data = rckp.encode(record_of(300, ASCII))
    calls = [partial(decode, data) for decode in (module.decode, rckp.decode)]
    ours, theirs = in_turn(calls, effort)
    yield _row("decode, 300 B, rckp[fast]", "rckp_fast.decode", "rckp.decode", "µs", ours, theirs)


@contextmanager
def _file(path: Path, size: int, text: str) -> Iterator[Path]:
    write_file(path, size, text)
    try:
        yield path
    finally:
        path.unlink()


def _process(
    work: str,
    installed: Installed,
    path: Path,
    effort: Effort,
    against: str = "rckp validate in Python",
    other: Sequence[str] = (),
) -> Row:
    command = [installed.command, "validate", str(path)]
    taken: tuple[list[float], list[float]] = ([], [])
    measured: list[Callable[[], float]] = [
        lambda: installed.run(command, fast=True).seconds,
        lambda: installed.run(other or command).seconds,
    ]
    for _ in range(min(_ROUNDS, effort.slow_rounds) + 1):
        for seconds, run in zip(taken, measured, strict=True):
            seconds.append(run())
    for seconds in taken:
        del seconds[0]  # the files were not in memory yet
    return _row(work, "rckp validate", against, "ms", *taken)


def _row(
    work: str,
    subject: str,
    against: str,
    unit: str,
    ours: Sequence[float],
    theirs: Sequence[float],
) -> Row:
    scale = {"ms": 1e3, "µs": 1e6}[unit]
    return Row(
        GROUP,
        work,
        subject,
        against,
        unit,
        Spread.of([scale * each for each in ours]),
        Spread.of([scale * each for each in theirs]),
        ratios(ours, theirs),
        "×",
    )
