"""The published crate, built once in a test run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.shared import shared
from conformance.tests.tools import need, require


def roma_programs(factory: pytest.TempPathFactory) -> Path:
    """The directory with the programs of conformance/implementations/roma."""
    need("cargo", how="install Rust (rustup.rs)")
    given = os.environ.get("RCKP_ROMA_TARGET")
    made = shared(factory, "roma", lambda directory: _build(directory, given))
    return (Path(given) if given else made / "target") / "release"


def _build(directory: Path, target: str | None) -> None:
    # Cargo writes a lock file with the registry's address beside the manifest: not into ours.
    source = shutil.copytree(ROOT / "conformance/implementations/roma", directory / "source")
    built = subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--target-dir", target or directory / "target"],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    require(
        built.returncode == 0 or "error[" in built.stderr,
        f"let cargo fetch roma_lib 0.1.2: {built.stderr[-300:]}",
    )
    assert built.returncode == 0, built.stderr
