"""Level of a case, grade and the sentence about both agree (Conformance, "Levels of the cases")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.corpus import ROOT, checks, corpus
from rckp.conformance.checks import Check
from rckp.conformance.comparison import Comparison, grade
from rckp.conformance.reference import respond
from rckp.conformance.runner import grade_response
from rckp.conformance.suite import CheckFilter
from rckp.conformance.trees import create_tree, snapshot
from rckp.derive.chapters import SpecError, read
from rckp.derive.corpus import Corpus
from rckp.derive.requirements import extract

CHECKS = checks()
ROWS: dict[str, dict[str, Any]] = {
    row["id"]: row
    for row in json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
}
REPORTED = [check for check in CHECKS if "reported" in check.expected()]


def test_each_level_is_that_of_the_weakest_requirement_that_the_verdict_rests_on() -> None:
    for case in corpus().values():
        judged = {
            ROWS[each]["level"].removesuffix(" NOT").lower()
            for each in case.requirements
            if ROWS[each]["judged"] == "verdict"
        }
        assert judged, case.id
        weakest = next(each for each in ("may", "should", "must") if each in judged)
        assert case.document["level"] == weakest, case.id


def test_what_is_not_judged_at_verdict_is_no_must_and_is_listed_once() -> None:
    other = {each for each, row in ROWS.items() if row["judged"] != "verdict"}
    assert other
    assert not [each for each in other if ROWS[each]["level"].startswith("MUST")]
    text = (ROOT / "spec/conformance.md").read_text("utf-8").partition("## Levels of the cases")[2]
    assert all(f"[{each}](" in text for each in other)


def test_a_case_with_another_level_is_refused() -> None:
    found = extract(read(ROOT))
    one = corpus()["store/write/first"]
    wrong = one._replace(document=one.document | {"level": "should"})
    whole = Corpus.read(ROOT, found)
    with pytest.raises(SpecError, match=r"store/write/first.json.*the level is should"):
        whole._replace(cases=[wrong]).check_levels()


def asked(check: Check, root: Path, *, with_should: bool) -> Comparison:
    """Ask the reference, with or without what only a SHOULD asks of it."""
    create_tree(root, check.case.document["input"].get("tree", ()))
    before = snapshot(root)
    temporary = {path: path.read_bytes() for path in root.rglob(".rckp-*.tmp") if path.is_file()}
    reply: Mapping[str, Any] = respond(check.message(root))
    if not with_should:
        reply = without_should(reply)
        for path, data in temporary.items():  # SAFE-7: nothing is swept
            if not path.exists():
                path.write_bytes(data)
        if check.op == "write" and reply["type"] == "ok":  # SAFE-16: as a new file
            Path(bytes.fromhex(reply["path"]).decode()).chmod(0o644)
    heard = check.parse_response(reply, root if check.has_tree else None)
    return grade_response(check, heard, (root, before))


def without_should(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a response that says nothing beside its verdict."""
    dropped = ("reported", "code", "field", "offset", "wanted", "available")
    return {name: value for name, value in reply.items() if name not in dropped}


@pytest.mark.parametrize("class_", ["reader", "writer", "identity", "store", "selection"])
def test_who_meets_each_must_agrees_at_verdict_on_each_case_of_level_must(
    class_: str, tmp_path: Path
) -> None:
    asked_for = CheckFilter(classes=(class_,), levels=("must",)).of(CHECKS)
    assert asked_for
    for number, check in enumerate(asked_for):
        root = tmp_path / str(number)
        root.mkdir()
        got = asked(check, root, with_should=False)
        assert got.grade != "none", (check.id, got.differences)


def test_the_other_levels_are_needed(tmp_path: Path) -> None:
    """Each case of level should fails without its SHOULD: it would be no must otherwise."""
    others = [check for check in CHECKS if check.level != "must"]
    assert others
    for number, check in enumerate(others):
        for with_should in (True, False):
            root = tmp_path / f"{number}-{with_should}"
            root.mkdir()
            got = asked(check, root, with_should=with_should)
            assert got.grade == ("location" if with_should else "none"), check.id


@pytest.mark.parametrize("check", REPORTED, ids=lambda check: check.id)
def test_what_is_reported_counts_from_grade_code_on(check: Check) -> None:
    expected = check.expected()
    assert grade(expected, expected).grade == "location"
    silent = {name: value for name, value in expected.items() if name != "reported"}
    assert grade(expected, silent).grade == "verdict"
    wrong = expected | {"reported": [*expected["reported"], "another.ckpt"]}
    assert grade(expected, wrong).grade == "verdict"
    assert "reported" in grade(expected, wrong).differences[0]
    assert grade(expected, wrong | {"paths": ["x"]}).grade == "none"


def test_there_are_cases_about_what_is_reported() -> None:
    assert REPORTED
    assert {check.level for check in REPORTED} == {"must"}
