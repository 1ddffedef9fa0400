"""What all of these tests need: strace, and a room in which processes may come to grief."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.tests import implementations
from conformance.tests.crash.tracing import Bench
from conformance.tests.tools import need
from conformance.tools.bench.machine import in_memory

DISK = Path("/var/tmp")  # noqa: S108 - the full run may have its temporary directory in memory


def _bench(place: Path | None) -> Iterator[Bench]:
    need("strace", how="apt install strace (Linux only)")
    room = Path(tempfile.mkdtemp(prefix="rckp-crash-", dir=place))
    made = Bench(room)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(room)


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """Two processes that act out scenarios, in memory, since nothing is asked of a disk."""
    yield from _bench(in_memory(0))


@pytest.fixture(scope="session")
def disk_bench() -> Iterator[Bench]:
    """The same on a disk."""
    yield from _bench(DISK if os.access(DISK, os.W_OK) else None)


@pytest.fixture(scope="session")
def c_adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter of the implementation in C, built once in a test run."""
    return Path(implementations.command(tmp_path_factory, "c")[0])
