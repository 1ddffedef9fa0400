"""The implementation in C, written from the specification alone, against every case.

It was a clean-room test of all classes (docs/clean-room.md), and agrees at grade location,
also under the sanitizers.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.tests import implementations
from conformance.tests.adapter import agrees, surveyed

pytestmark = pytest.mark.toolchain


@pytest.mark.parametrize(
    "target", ["rckp-adapter", pytest.param("rckp-adapter-asan", marks=pytest.mark.slow)]
)
def test_it_agrees_at_grade_location(
    target: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = Path(implementations.command(tmp_path_factory, "c")[0]).parent
    subprocess.run(["make", "-s", "CC=cc", target], cwd=source, check=True)
    command = [str(source / target)]
    found = agrees(command, tmp_path, "--grade", "location")
    assert found.implementation.language == "C"
    assert {each.outcome for each in found.results} == {"pass"}
    surveyed(command, "--grade", "location")
