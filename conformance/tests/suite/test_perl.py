"""The implementation in Perl, a clean-room implementation (docs/clean-room.md)."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.adapter import agrees, surveyed
from conformance.tests.corpus import ROOT, cases
from conformance.tests.tools import need

pytestmark = pytest.mark.toolchain

SOURCE = ROOT / "conformance/implementations/perl"
HOW = "`apt-get install perl`"


def indistinct(value: Any) -> bool:
    """Whether Perl cannot tell a wrong value from a right one (docs/protocol.md)."""
    if not isinstance(value, dict):
        return False
    return "bytes" in value or ("float" in value and float(value["float"]).is_integer())


def test_it_agrees_at_grade_location(tmp_path: Path) -> None:
    need("perl", "prove", how=HOW)  # without the package there is a perl with few modules
    command = ["perl", str(SOURCE / "adapter.pl")]
    found = agrees(command, tmp_path, "--grade", "location")
    assert found.implementation.language == "Perl"
    others = {(each.id, each.outcome) for each in found.results if each.outcome != "pass"}
    unsupported = {
        (case.id, "unsupported")
        for case in cases("encode", "writer")
        if any(map(indistinct, case.document["input"]["record"].values()))
    }
    assert unsupported
    assert others == unsupported
    surveyed(command, "--grade", "location")


def test_its_own_tests_pass() -> None:
    need("perl", "prove", how=HOW)
    subprocess.run(["prove", "-w", "t"], cwd=SOURCE, check=True)
