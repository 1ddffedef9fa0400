"""Reading and writing a file in a store, against the original's own functions, compiled.

`read_snapshot` and `write_snapshot` do the file too, and so what is measured is the like of
ours: `CheckpointStore.read` and `write`. The original writes in place and flushes nothing;
ours is measured at durability `none`, which flushes nothing either, but locks the directory,
writes beside the file and renames.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import rckp
from bench.build import NotBuiltError, original
from bench.codec_work import size_of
from bench.records import ASCII, MIXED, record_of
from bench.rows import Row
from bench.spread import Effort, Spread, Subject, in_turn, ratios

GROUP = "reading and writing a file in memory or in the page cache, against the original"
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


class _Original(NamedTuple):
    """The compiled program, asked for one thing."""

    questions: IO[str]
    answers: IO[str]
    question: tuple[str, ...]

    def seconds(self, number: int) -> float:
        """As the program itself says."""
        print(*self.question, number, sep="\t", file=self.questions, flush=True)
        return int(self.answers.readline()) / 1e9


def rows(effort: Effort, folder: Path, build: Path | None, left_out: list[str]) -> Iterator[Row]:
    """A row for each work item, or a line on what it takes."""
    try:
        program = original(build)
    except NotBuiltError as error:
        left_out.append(f"reading and writing against the original: {error}")
        return
    with subprocess.Popen(
        [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin
        assert process.stdout
        for work in WORK:
            record = record_of(work.size, work.text)
            store = rckp.CheckpointStore(folder / "ours", durability="none")
            path = store.write(record)
            theirs = folder / "theirs"
            template = (str(path),) if work.operation == "read" else (str(path), str(theirs))
            subject = _Original(process.stdin, process.stdout, (work.operation, *template))
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
    subject: _Original,
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
