"""Temporary directories that are removed whatever an adapter has left in them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    """A new directory, with links in its path resolved; removed at the end."""
    directory = tempfile.mkdtemp(prefix="rckp-")
    try:
        yield Path(directory).resolve()
    finally:
        remove(directory)


def remove(directory: str) -> None:
    """Remove a directory of ours with everything in it; links in it are not followed."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(directory, ignore_errors=True)
    if os.path.lexists(directory):
        # Directories without permissions, or thousands of them in each other.
        for at, directories, _ in os.walk(directory):
            for each in directories:
                path = os.path.join(at, each)
                with contextlib.suppress(OSError):
                    if stat.S_ISDIR(os.lstat(path).st_mode):
                        os.chmod(path, 0o700)
        with contextlib.suppress(OSError, RecursionError):
            shutil.rmtree(directory, ignore_errors=True)
