"""The implementation in C, written from the specification alone, against every case.

It was a clean-room test of all classes (docs/clean-room.md), and agrees at grade location,
also under the sanitizers.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.tests.adapter import agrees, surveyed
from conformance.tests.corpus import ROOT
from conformance.tests.tools import need

pytestmark = pytest.mark.toolchain


@pytest.mark.parametrize(
    "target", ["rckp-adapter", pytest.param("rckp-adapter-asan", marks=pytest.mark.slow)]
)
def test_it_agrees_at_grade_location(target: str, tmp_path: Path) -> None:
    need("cc", "make", how="`apt-get install gcc make libc6-dev`")
    source = shutil.copytree(ROOT / "conformance/implementations/c", tmp_path / "c")
    subprocess.run(["make", "-s", "CC=cc", target], cwd=source, check=True)
    found = agrees([str(source / target)], tmp_path, "--grade", "location")
    assert found.implementation.language == "C"
    assert {each.outcome for each in found.results} == {"pass"}
    surveyed([str(source / target)], "--grade", "location")
