"""The implementation in Rust, a clean-room implementation (docs/clean-room.md)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.tests.adapter import agrees, surveyed
from conformance.tests.corpus import ROOT
from conformance.tests.tools import need

pytestmark = pytest.mark.toolchain


def test_it_agrees_at_grade_location(tmp_path: Path) -> None:
    need("cargo", how="`apt-get install cargo`, or https://rustup.rs")
    # Cargo writes a lock file with the registry's address beside the manifest: not into ours.
    source = Path(shutil.copytree(ROOT / "conformance/implementations/rust", tmp_path / "rust"))
    subprocess.run(["cargo", "build", "-q", "--release"], cwd=source, check=True)
    command = [str(source / "target/release/adapter")]
    found = agrees(command, tmp_path, "--grade", "location")
    assert found.implementation.language == "Rust"
    assert {each.outcome for each in found.results} == {"pass"}
    surveyed(command, "--grade", "location")
