"""The implementation in Rust, a clean-room implementation (docs/clean-room.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests import implementations
from conformance.tests.adapter import agrees, surveyed

pytestmark = pytest.mark.toolchain


def test_it_agrees_at_grade_location(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    command = implementations.command(tmp_path_factory, "rust")
    found = agrees(command, tmp_path, "--grade", "location")
    assert found.implementation.language == "Rust"
    assert {each.outcome for each in found.results} == {"pass"}
    surveyed(command, "--grade", "location")
