"""The descriptors of this process that lead below a directory.

The whole number of them says nothing: other tests, pytest and the interpreter open files too.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_OWN = Path("/proc/self/fd")


def open_below(directory: Path) -> list[str]:
    """Return the paths of open files at `directory` or below it, also of removed ones."""
    if not _OWN.is_dir():
        pytest.skip("no /proc here: run this test on Linux")
    found = []
    for each in os.listdir(_OWN):
        try:
            target = os.readlink(_OWN / each)
        except FileNotFoundError:  # the listing's own, which is closed by now
            continue
        if target == str(directory) or target.startswith(f"{directory}/"):
            found.append(target)
    return found
