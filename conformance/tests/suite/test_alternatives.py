"""Cases with several right responses (`or`): any of them passes, and no mixture of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.corpus import checks, corpus
from rckp.conformance.checks import Check, Expectation
from rckp.conformance.runner import grade_response
from rckp.conformance.trees import Snapshot, create_tree, snapshot

CHECKS = [check for check in checks() if len(check.alternatives()) > 1]
DEEP = "d/" * 101


def planted(check: Check, root: Path, removed: list[str]) -> tuple[Path, Snapshot]:
    """The tree of the case, without what an operation has removed."""
    create_tree(root, check.case.document["input"]["tree"])
    before = snapshot(root)
    for path in removed:
        (root / path).unlink()
    return root, before


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_right_answer_passes(check: Check, tmp_path: Path) -> None:
    for number, (expected, changes) in enumerate(check.alternatives()):
        (root := tmp_path / str(number)).mkdir()
        tree = planted(check, root, changes["removed"])
        assert grade_response(check, expected, tree) == ("location", ())


def test_a_mixture_does_not_pass(tmp_path: Path) -> None:
    (check,) = (each for each in CHECKS if each.id == "store/purge/too-deep")
    (first, changes), (second, fewer) = check.alternatives()
    mixtures: list[tuple[Expectation, Mapping[str, Any]]] = [(first, fewer), (second, changes)]
    silent = {"removed": str(len(fewer["removed"]))}
    for number, (response, changed) in enumerate([*mixtures, (silent, fewer)]):
        (root := tmp_path / str(number)).mkdir()
        graded = grade_response(check, response, planted(check, root, changed["removed"]))
        assert graded.grade == "none"
        assert graded.differences


@pytest.mark.parametrize("id_", ["store/files/too-deep", "selection/list/too-deep"])
def test_a_directory_that_is_skipped_silently_is_noticed(id_: str, tmp_path: Path) -> None:
    (check,) = (each for each in CHECKS if each.id == id_)
    paths = [path for path in check.expected()["paths"] if not path.startswith(DEEP)]
    tree = planted(check, tmp_path, [])
    assert grade_response(check, {"paths": paths, "reported": []}, tree).grade == "verdict"
    assert (
        grade_response(check, {"paths": paths, "reported": [DEEP[:-1]]}, tree).grade == "location"
    )


def test_only_cases_about_permissions_have_several_answers() -> None:
    assert CHECKS
    for check in CHECKS:
        assert "STORE-9" in corpus()[check.case.id].requirements, check.id
