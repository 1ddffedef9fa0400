"""Resources that are made once for all workers: a built program, an exported suite, a site."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

LIMIT = 900  # seconds that one worker waits for what another one makes


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a directory that `make` has filled, once in a test run however many workers it has.

    `make` gets an empty directory. If it raises, the next one that asks tries again.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # each worker has a directory of its own in it
    directory, done = base / f"shared-{name}", base / f"shared-{name}.done"
    with FileLock(base / f"shared-{name}.lock", timeout=LIMIT):
        if not done.exists():
            number = len(list(base.glob(f"shared-{name}*")))
            if directory.exists():  # half made
                directory.rename(base / f"shared-{name}-failed-{number}")
            directory.mkdir()
            make(directory)
            done.touch()
    return directory


@contextmanager
def cache(config: pytest.Config, name: str) -> Iterator[Path]:
    """A directory that stays from one test run to the next, for one process at a time.

    It is below RCKP_CACHE, or else in pytest's own cache.
    """
    given = os.environ.get("RCKP_CACHE")
    root = Path(given) if given else config.cache.mkdir("rckp")
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f"{name}.lock", timeout=LIMIT):
        directory = root / name
        directory.mkdir(exist_ok=True)
        yield directory
