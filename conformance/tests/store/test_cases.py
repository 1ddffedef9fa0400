"""Every case of the classes identity, store and selection, against the reference.

The code is that of the adapter (rckp.conformance.reference), called in this process, so that
a failure shows where it comes from.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.tests.corpus import checks, listed
from rckp.conformance.case_paths import path_bytes, path_text
from rckp.conformance.checks import Check
from rckp.conformance.reference import respond
from rckp.conformance.runner import grade_response
from rckp.conformance.trees import create_tree, snapshot

CLASSES = {"identity", "store", "selection"}
CHECKS = [check for check in checks() if check.class_ in CLASSES]


def test_the_cases_are_there() -> None:
    expected = {each for each in listed() if each.split("/")[0] in CLASSES}
    assert {check.case.id for check in CHECKS} == expected
    assert {each.split("/")[0] for each in expected} == CLASSES


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_case(check: Check, tmp_path: Path) -> None:
    create_tree(tmp_path, check.case.document["input"].get("tree", ()))
    before = snapshot(tmp_path)
    heard = check.parse_response(
        respond(check.message(tmp_path)), tmp_path if check.has_tree else None
    )
    graded = grade_response(check, heard, (tmp_path, before))
    assert graded == ("location", ())


def test_paths_survive() -> None:
    for path in (b"a/b", "é".encode(), b"\xff/x"):
        assert path_bytes(path_text(path)) == path
