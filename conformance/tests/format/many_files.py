"""Lists of files of every kind, and executors, for the tests of `validate_many`."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from conformance.tests.corpus import cases, corpus
from rckp.format.layout import LENGTH
from rckp.format.scan import ByteReader, Event, scan
from rckp.validation.worker_pool import WorkerPool

NOW = 1767225700000  # ms


GOOD = corpus()["reader/full"].data


CONTENTS = sorted({case.data for case in cases("decode", "reader") if len(case.data) < 5000})


def files(directory: Path, contents: Sequence[bytes]) -> list[str]:
    """Write files with these contents, and return their paths."""
    directory.mkdir(exist_ok=True)
    paths = []
    for i, content in enumerate(contents):
        path = directory / f"{i:05}.ckpt"
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def deep_files(base: Path, contents: Sequence[bytes]) -> list[str]:
    """As `files`, in a directory whose path is longer than the system allows."""
    directory = str(base)
    base.mkdir()
    descriptor = os.open(base, os.O_RDONLY)
    for _ in range(1 + os.pathconf("/", "PC_PATH_MAX") // 250):
        directory = f"{directory}/{'d' * 250}"
        above = descriptor
        os.mkdir("d" * 250, dir_fd=above)
        descriptor = os.open("d" * 250, os.O_RDONLY, dir_fd=above)
        os.close(above)
    names = [f"{i:05}.ckpt" for i in range(len(contents))]
    for name, content in zip(names, contents, strict=True):
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=descriptor)
        os.write(file, content)
        os.close(file)
    os.close(descriptor)
    return [f"{directory}/{name}" for name in names]


MAKERS: dict[str, Callable[[], Executor]] = {
    "threads": lambda: ThreadPoolExecutor(4),
    "process pool": lambda: ProcessPoolExecutor(2, multiprocessing.get_context("spawn")),
    "processes": lambda: WorkerPool(2),
}


def large(path: Path, size: int) -> None:
    """A valid beginning, and then a payload of NULs that takes a while to read and no room."""
    length = next(
        event
        for event in scan(ByteReader.from_bytes(GOOD))
        if isinstance(event, Event) and (event.field, event.role) == ("step_state_payload", LENGTH)
    )
    path.write_bytes(GOOD[: length.start] + size.to_bytes(4, "little"))
    os.truncate(path, length.stop + size)
