"""Validating and decoding at every size: whether the time grows linearly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import rckp
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.files import hostile_files, write_file
from conformance.tools.bench.records import ASCII, MIXED
from conformance.tools.bench.rows import Row, Scale, Target
from conformance.tools.bench.spread import Effort, Spread, in_turn, ratios

VALIDATE = "validating in one process, against reading the file in pieces of 64 KiB"
DECODE = "decoding, against str(memoryview, 'utf-8') at the payload's place"
SIZES = (1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)  # bytes, and the large one
_PIECE = 65536
_HOSTILE = 20  # bytes
_LARGE = 50_000_000  # bytes; from here on a round takes tenths of seconds
_NANO = 1e9
_TENTH = 10  # of the largest file: neither stays in a processor's cache
_MIXED = Target(4.0)  # the large file that is not ASCII, to reading it
_AS_MUCH = Target(1.25)  # a byte of the largest file, to one of the tenth


def rows(effort: Effort, directory: Path, large: int, not_measured: list[str]) -> Iterator[Row]:
    """A row for each size, in nanoseconds a byte, and one for the hostile file."""
    hostile = hostile_files()["twenty-bytes.ckpt"]
    yield _validating("20 B that declare 4 GiB", hostile, _HOSTILE, effort, plotted=False)
    decoding = []
    sizes = (*(size for size in SIZES if size < large), large)
    for text, size in (*((ASCII, size) for size in sizes), (MIXED, large)):
        rounds = min(7, effort.slow_rounds) if size > _LARGE else effort.slow_rounds
        taken = effort._replace(slow_rounds=rounds)
        work = f"{size_of(size)}, {text}"
        path = write_file(directory / "sized.ckpt", size, text)
        try:
            row = _validating(work, path, size, taken, plotted=text == ASCII)
            yield row if text == ASCII else row._replace(target=_MIXED)
            if (text, size) == (ASCII, large):
                yield _constant(path, size, directory / "tenth.ckpt", taken)
            if text == ASCII:
                if _memory() > 4 * size:
                    decoding.append(_decoding(work, path, size, taken))
                else:
                    not_measured.append(f"decoding {work}: it takes more memory than there is")
        finally:
            path.unlink()
    yield from decoding


def _validating(work: str, path: Path, size: int, effort: Effort, *, plotted: bool) -> Row:
    valid = size > _HOSTILE
    if rckp.validate(path).valid is not valid:
        raise AssertionError(f"{work}: the verdict is wrong")
    ours, theirs = in_turn([lambda: rckp.validate(path), lambda: _read(path)], effort)
    unit, each = ("ns/B", _NANO / size) if valid else ("µs", 1e6)
    return Row(
        VALIDATE,
        work,
        "rckp.validate",
        "open, read, close",
        unit,
        Spread.of([t * each for t in ours]),
        Spread.of([t * each for t in theirs]),
        ratios(ours, theirs),
        "×",
        scale=Scale(size, "B") if plotted else None,
    )


def _constant(path: Path, size: int, other: Path, effort: Effort) -> Row:
    write_file(other, size // _TENTH, ASCII)

    def tenths() -> None:
        for _ in range(_TENTH):
            rckp.validate(other)

    ours, theirs = in_turn([lambda: rckp.validate(path), tenths], effort)
    other.unlink()
    return Row(
        VALIDATE,
        f"a byte of {size_of(size)}",
        "rckp.validate",
        "a byte of a tenth of it",
        "ns/B",
        Spread.of([t * _NANO / size for t in ours]),
        Spread.of([t * _NANO / size for t in theirs]),
        ratios(ours, theirs),
        "×",
        _AS_MUCH,
    )


def _decoding(work: str, path: Path, size: int, effort: Effort) -> Row:
    data = path.read_bytes()
    payload = rckp.decode(data).step_state_payload
    view, start = memoryview(data), data.index(payload[:100].encode())
    stop = start + len(payload)  # it is ASCII
    del payload
    calls = [lambda: rckp.decode(data), lambda: str(view[start:stop], "utf-8")]
    ours, theirs = in_turn(calls, effort)
    return Row(
        DECODE,
        work,
        "rckp.decode",
        "payload's text alone",
        "ns/B",
        Spread.of([t * _NANO / size for t in ours]),
        Spread.of([t * _NANO / size for t in theirs]),
        ratios(ours, theirs),
        "×",
        scale=Scale(size, "B"),
    )


def _read(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        while os.read(file, _PIECE):
            pass
    finally:
        os.close(file)


def _memory() -> float:
    """Return the free memory of this machine in bytes, or infinity if it is unknown."""
    names = getattr(os, "sysconf_names", {})
    if "SC_AVPHYS_PAGES" not in names:
        return float("inf")
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
