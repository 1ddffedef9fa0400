"""Saving over the save before, beside the bare system calls."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import rckp
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.records import record_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Spread, in_turn, ratios

GROUP = "saving over the save before, against the bare system calls"
LEAST = "write, fsync, rename, fsync"
SAME = "every call that a save makes"
_SIZES = (500, 1_000_000)  # bytes, of which the state is 200 or nearly all
_DURABILITIES = {"full": 1.1, "none": None}
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def rows(effort: Effort, directory: Path) -> Iterator[Row]:
    """Two rows for each size and durability: the least calls, and all that a save makes."""
    for size in _SIZES:
        for durability, at_most in _DURABILITIES.items():
            base = directory / "saved"
            try:
                yield from _row(effort, base, size, durability, at_most)
            finally:
                shutil.rmtree(base)


def _row(
    effort: Effort, base: Path, size: int, durability: str, at_most: float | None
) -> Iterator[Row]:
    store = rckp.CheckpointStore(base, durability=durability)
    record = record_of(size)
    path = store.write(record)
    data = rckp.encode(record)
    held = os.open(path.parent, os.O_RDONLY)
    calls: dict[str, Callable[[], object]] = {
        "ours": lambda: store.write(record),
        LEAST: lambda: _least(held, data, durability),
        SAME: lambda: _same(path.with_name("same"), data, durability),
    }
    try:
        ours, *theirs = in_turn(list(calls.values()), effort)
    finally:
        os.close(held)
    for name, taken in zip(list(calls)[1:], theirs, strict=True):
        yield Row(
            GROUP,
            f"save {size_of(size)}, durability {durability}",
            "CheckpointStore.write",
            name,
            "µs",
            Spread.of([1e6 * t for t in ours]),
            Spread.of([1e6 * t for t in taken]),
            ratios(ours, taken),
            "×",
            # Safety costs calls: the target is about what is added to them.
            Target(at_most) if at_most and name == SAME else None,
        )


def _least(directory: int, data: bytes, durability: str) -> None:
    """What no safe save can do without, in a directory that is open already."""
    file = os.open("least.tmp", _NEW, 0o666, dir_fd=directory)
    os.write(file, data)
    if durability != "none":
        os.fsync(file)
    os.close(file)
    os.rename("least.tmp", "least", src_dir_fd=directory, dst_dir_fd=directory)
    if durability == "full":
        os.fsync(directory)


def _same(path: Path, data: bytes, durability: str) -> None:
    """As a save does: the directories one by one, the lock, and whose file it is to replace."""
    base = os.open(path.parents[2], _DIRECTORY)
    algorithm = os.open(path.parents[1].name, _DIRECTORY, dir_fd=base)
    directory = os.open(path.parent.name, _DIRECTORY, dir_fd=algorithm)
    os.close(algorithm)
    os.close(base)
    fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    temporary = os.urandom(8).hex()
    there = _status(path.name, directory)
    file = os.open(temporary, _NEW, 0o666, dir_fd=directory)
    os.writev(file, [data])
    os.fstat(file)
    if durability != "none":
        os.fsync(file)
    os.close(file)
    if there:
        _status(path.name, directory)
        before = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
        os.pread(before, 4096, 0)
        os.close(before)
    os.rename(temporary, path.name, src_dir_fd=directory, dst_dir_fd=directory)
    if durability == "full":
        os.fsync(directory)
    fcntl.flock(directory, fcntl.LOCK_UN)
    os.close(directory)


def _status(name: str, directory: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
