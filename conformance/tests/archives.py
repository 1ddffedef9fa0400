"""Archives that the tests have made themselves."""

from __future__ import annotations

import tarfile
from pathlib import Path


def extract(archive: tarfile.TarFile, directory: Path) -> None:
    """Extract all of an archive, with the filter for data where Python has it (3.11.4)."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(directory, filter="data")
    else:
        archive.extractall(directory)  # noqa: S202 - it is our own
