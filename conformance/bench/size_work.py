"""Validating files of every size: whether the time grows with the size, and no faster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import rckp
from bench.codec_work import size_of
from bench.files import hostile_files, write_file
from bench.records import ASCII, MIXED
from bench.rows import Row
from bench.spread import Effort, Spread, in_turn, ratios

GROUP = "validating in one process, against reading the file in pieces of 64 KiB"
SIZES = (1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)  # bytes, and the large one
_PIECE = 65536
_LARGE = 50_000_000  # bytes; from here on a round takes tenths of seconds
_NANO = 1e9


def rows(effort: Effort, folder: Path, large: int) -> Iterator[Row]:
    """A row for each size, in nanoseconds a byte, and one for the hostile file."""
    hostile = hostile_files()["twenty-bytes.ckpt"]
    yield _row("20 B that declare 4 GiB", hostile, 20, effort, valid=False)
    for text, sizes in ((ASCII, SIZES), (MIXED, ())):
        for size in (*(s for s in sizes if s < large), large):
            few = effort._replace(slow_rounds=min(3, effort.slow_rounds))
            path = write_file(folder / "sized.ckpt", size, text)
            try:
                yield _row(f"{size_of(size)}, {text}", path, size, few if size > _LARGE else effort)
            finally:
                path.unlink()


def _row(work: str, path: Path, size: int, effort: Effort, *, valid: bool = True) -> Row:
    if rckp.validate(path).valid is not valid:
        raise AssertionError(f"{work}: the verdict is wrong")
    ours, theirs = in_turn([lambda: rckp.validate(path), lambda: _read(path)], effort)
    unit, each = ("ns/B", _NANO / size) if valid else ("µs", 1e6)
    return Row(
        GROUP,
        work,
        "rckp.validate",
        "open, read, close",
        unit,
        Spread.of([t * each for t in ours]),
        Spread.of([t * each for t in theirs]),
        ratios(ours, theirs),
        "×",
    )


def _read(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        while os.read(file, _PIECE):
            pass
    finally:
        os.close(file)
