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
