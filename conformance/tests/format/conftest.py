"""Fixtures of the tests of `validate_many`: paths of every kind, and executors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest

from conformance.tests.format.many_files import CONTENTS, GOOD, MAKERS, files


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("many")


@pytest.fixture(scope="module")
def everything(directory: Path) -> list[str]:
    """All cases of the suite, a thousand good files, and paths that lead to no file."""
    assert len(CONTENTS) > 100
    paths = files(directory / "everything", [*CONTENTS, *([GOOD] * 1000)])
    (directory / "link").symlink_to(paths[0])
    (directory / "loop").symlink_to("loop")
    strange = os.fsdecode(os.fsencode(directory) + b"/\xff.ckpt")
    Path(strange).write_bytes(GOOD)
    return [
        *paths[::2],
        str(directory),
        "nowhere",
        "a\0b",
        str(directory / "link"),
        *paths[1::2],
        strange,
    ]


@pytest.fixture(scope="module", params=MAKERS)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with MAKERS[request.param]() as made:
        yield made
