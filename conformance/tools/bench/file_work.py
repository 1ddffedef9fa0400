"""Reading and writing a file in a store, compared with the compiled functions of `roma_lib`.

`read_snapshot` and `write_snapshot` do the file too, and so what is measured is the like of
ours: `CheckpointStore.read` and `write`. The original writes in place and flushes nothing;
ours is measured at durability `none`, which flushes nothing either, but locks the directory,
writes beside the file and renames. Both work in a file system in memory, where there is one:
elsewhere the kernel's own work on the file is most of what is measured.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

import rckp
from conformance.tools.bench import machine
from conformance.tools.bench.build import NotBuiltError, roma_lib_program
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.records import ASCII, MIXED, record_of
from conformance.tools.bench.rows import Row
from conformance.tools.bench.spread import Effort, Spread, Subject, in_turn, ratios

GROUP = "a file read and written, against the original"
_ROOM = 1 << 28  # bytes
_NAMES = {"read": "read_snapshot", "write": "write_snapshot"}


class Work(NamedTuple):
    """A function of the store, by name."""

    operation: str
    size: int
    text: str


WORK = tuple(
    Work(operation, size, text)
    for size, text in ((300, ASCII), (10_000, ASCII), (10_000_000, ASCII), (10_000_000, MIXED))
    for operation in _NAMES
)
_MICRO = 1e6


class _RomaLib(NamedTuple):
    """The compiled program, asked for one thing."""

    requests: IO[str]
    responses: IO[str]
    request: tuple[str, ...]

    def seconds(self, number: int) -> float:
        """As the program itself says."""
        print(*self.request, number, sep="\t", file=self.requests, flush=True)
        return int(self.responses.readline()) / 1e9


def rows(
    effort: Effort, directory: Path, build: Path | None, not_measured: list[str]
) -> Iterator[Row]:
    """Yield a row for each work item, or add a line with its requirements."""
    try:
        program = roma_lib_program(build)
    except NotBuiltError as error:
        not_measured.append(f"reading and writing against the original: {error}")
        return
    with (
        TemporaryDirectory(
            prefix="rckp-bench-", dir=machine.in_memory(_ROOM) or directory
        ) as there,
        subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        for work in WORK:
            record = record_of(work.size, work.text)
            store = rckp.CheckpointStore(Path(there, "ours"), durability="none")
            path, theirs = store.write(record), Path(there, "theirs")
            paths = (str(path),) if work.operation == "read" else (str(path), str(theirs))
            subject = _RomaLib(process.stdin, process.stdout, (work.operation, *paths))
            subject.seconds(1)
            if work.operation == "write" and not _same(store.base_dir, path, theirs):
                raise AssertionError("the original writes another file")
            yield _row(work, store, record, path, subject, effort)


def _same(base: Path, path: Path, other: Path) -> bool:
    return path.read_bytes() == (other / path.relative_to(base)).read_bytes()


def _row(
    work: Work,
    store: rckp.CheckpointStore,
    record: rckp.CheckpointRecord,
    path: Path,
    subject: _RomaLib,
    effort: Effort,
) -> Row:
    calls: dict[str, Subject] = {
        "read": lambda: store.read(path),
        "write": lambda: store.write(record),
    }
    ours, theirs = in_turn([calls[work.operation], subject], effort)
    return Row(
        GROUP,
        f"{work.operation}, {size_of(work.size)}, {work.text}",
        f"CheckpointStore.{work.operation}",
        f"roma_lib, {_NAMES[work.operation]}",
        "µs",
        Spread.of([_MICRO * t for t in ours]),
        Spread.of([_MICRO * t for t in theirs]),
        ratios(ours, theirs),
        "×",
    )
