"""What the tests of `rckp conformance` share: a run of the reference or of a wrong adapter."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.tests.command import Result, rckp
from conformance.tests.corpus import checks

REFERENCE = [sys.executable, "-m", "rckp.conformance.reference"]
MISBEHAVING = [sys.executable, str(Path(__file__).with_name("misbehaving.py"))]
CHECKS = checks()


def run(*options: str | Path, adapter: list[str] = REFERENCE) -> Result:
    return rckp("conformance", "run", *options, "--", *adapter)
