"""Programs that some tests need: without them the tests are skipped, but never in CI."""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

EVERYTHING = os.environ.get("RCKP_REQUIRE_ALL") == "1"
_ROOT = str(Path(__file__).resolve().parents[2])


def with_tests_importable() -> dict[str, str]:
    """The environment for a Python process that imports from these tests."""
    paths = filter(None, [_ROOT, os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def need(*programs: str, how: str) -> None:
    """Skips the test, saying `how` to get what is missing; fails it if RCKP_REQUIRE_ALL=1."""
    missing = [program for program in programs if shutil.which(program) is None]
    require(not missing, f"{' and '.join(missing)} not found: {how}")


def require(available: bool, reason: str) -> None:
    """Skips the test for a `reason` that says what to do, or fails it if RCKP_REQUIRE_ALL=1."""
    if available:
        return
    if EVERYTHING:
        pytest.fail(f"{reason} (RCKP_REQUIRE_ALL=1)", pytrace=False)
    pytest.skip(reason)


def module_or_skip(name: str, *, how: str) -> Any:
    """Return a module. Skips the tests of the caller's module without it, or fails them in CI."""
    try:
        return importlib.import_module(name)
    except ImportError:
        reason = f"{name} is not installed: {how}"
        if EVERYTHING:
            raise RuntimeError(f"{reason} (RCKP_REQUIRE_ALL=1)") from None
        pytest.skip(reason, allow_module_level=True)
