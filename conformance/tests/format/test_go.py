"""The implementation in Go, written from the chapters alone, against every case.

It was the first clean-room test of the specification (docs/clean-room.md), and agrees at
grade location.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.tests import implementations
from conformance.tests.adapter import agrees, surveyed
from conformance.tests.corpus import ROOT
from conformance.tests.tools import need

pytestmark = pytest.mark.toolchain

SOURCE = ROOT / "conformance/implementations/go"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(implementations.command(tmp_path_factory, "go")[0])


def test_it_agrees_at_grade_location(program: Path, tmp_path: Path) -> None:
    found = agrees([str(program)], tmp_path, "--grade", "location")
    assert found.implementation.language == "Go"
    assert {"reader", "writer"} <= set(found.implementation.classes)
    assert {each.outcome for each in found.results} == {"pass"}
    surveyed([str(program)], "--grade", "location")


def test_its_own_tests() -> None:
    need("go", how="Go 1.22 or later, from Debian's golang packages or from go.dev")
    for command in (["go", "vet", "./..."], ["go", "test", "-short", "./..."]):
        done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
