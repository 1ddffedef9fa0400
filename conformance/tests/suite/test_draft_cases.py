"""The cases of the draft layout: a class of their own, outside of the suite's manifest."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from conformance.tests.command import Result, rckp
from conformance.tests.corpus import FIXTURES, checks, draft_checks
from conformance.tests.format.differential import by_grammar, disagreement
from conformance.tests.format.drafts import DRAFTS
from conformance.tools.casegen.next_cases import drafts
from rckp.conformance.adapter_errors import AdapterError
from rckp.conformance.checks import Check
from rckp.conformance.hello import parse_hello
from rckp.conformance.results_file import load
from rckp.conformance.suite import DRAFT, Suite
from rckp.format.layouts import NEXT, codec
from rckp.format.record_json import to_json

REFERENCE = [sys.executable, "-m", "rckp.conformance.reference"]
CHECKS = draft_checks()


def run(*options: str | Path, adapter: list[str]) -> Result:
    return rckp("conformance", "run", *options, "--", *adapter)


def copied(tmp_path: Path) -> Path:
    """A suite that may be changed, with few cases."""
    fixtures = tmp_path / "fixtures"
    shutil.copytree(FIXTURES / DRAFT, fixtures / DRAFT)
    for name in ("cases/reader", "files"):
        (fixtures / name).mkdir(parents=True)
    for name in ("smallest", "example"):
        for suffix in ("json", "ckpt"):
            shutil.copy(FIXTURES / f"cases/reader/{name}.{suffix}", fixtures / "cases/reader")
    listed = json.loads((FIXTURES / "manifest.json").read_text())
    there = {p.relative_to(fixtures).as_posix() for p in (fixtures / "cases").rglob("*.*")}
    listed["sha256"] = {k: v for k, v in listed["sha256"].items() if k in there}
    (fixtures / "manifest.json").write_text(json.dumps(listed))
    shutil.copytree(FIXTURES.parent / "spec", tmp_path / "spec")
    return tmp_path


def test_the_cases_are_those_of_the_generator() -> None:
    assert len(CHECKS) >= 40
    assert {check.id for check in CHECKS} == {draft.id for draft in drafts()}
    assert {(check.class_, check.op, check.level) for check in CHECKS} == {
        ("draft-reader", "decode-next", "may")
    }
    assert sum("smoke" in check.tags for check in CHECKS) == 2
    codes = {check.case.expect.get("error", {}).get("code") for check in CHECKS}
    assert len(codes) == 8  # seven codes, and none


def test_they_are_not_part_of_the_suite() -> None:
    manifest = json.loads((FIXTURES / "manifest.json").read_text())
    assert not [name for name in manifest["sha256"] if name.startswith(f"{DRAFT}/")]
    assert not [check for check in checks() if check.op == "decode-next"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_grammar_codec_and_scanner_agree(check: Check) -> None:
    data, expect = check.case.data, check.case.expect
    assert disagreement(data, NEXT) is None
    assert disagreement(data) is None
    values, told = by_grammar(data, NEXT)
    if told is None:
        assert values is not None
        assert to_json(values, codec(NEXT).layout) == expect["record"]
    else:
        names = ("code", "field", "offset", "wanted", "available")
        known = zip(names, told, strict=True)
        assert {name: str(each) for name, each in known if each is not None} == expect["error"]


def test_the_files_of_the_tests_are_like_them() -> None:
    """Both come from one encoder, and no test file is in a layout of its own."""
    assert {name for name in DRAFTS if disagreement(DRAFTS[name], NEXT)} == set()


def test_the_reference_passes_if_it_claims_the_class(tmp_path: Path) -> None:
    results, junit, html = (tmp_path / name for name in ("r.jsonl", "j.xml", "m.html"))
    done = run(
        *("--grade", "location", "--class", "draft-reader", "--results", results),
        *("--junit", junit),
        adapter=[*REFERENCE, "--draft"],
    )
    assert done.status == 0, done.text
    assert f"  draft-reader     {len(CHECKS)} of {len(CHECKS)}  grade location" in done.text
    found = load(results)
    assert found.implementation.classes[-1] == "draft-reader"
    assert {each.outcome for each in found.results} == {"pass"}
    shown = rckp("conformance", "report", "--html", html, results)
    assert shown.status == 0
    assert "draft-reader" in html.read_text()
    assert "draft-reader" in junit.read_text()


def test_it_is_reported_as_not_claimed() -> None:
    minimal = [sys.executable, str(FIXTURES.parent / "docs/examples/minimal_adapter.py")]
    done = run(adapter=minimal)
    assert done.status == 0
    assert f"  draft-reader not claimed  {len(CHECKS)} cases of the draft layout\n" in done.text
    # Who asks for some cases does not ask for these.
    assert "not claimed" not in run("--id", "reader/s*", adapter=minimal).text
    only = run("--class", "draft-reader", adapter=REFERENCE)
    assert only.status == 2
    assert "None of the selected cases is of a class that the adapter claims" in only.err


def test_a_claim_does_not_change_with_the_draft(tmp_path: Path) -> None:
    claims = []
    for more in ([], ["--draft"]):
        claim = tmp_path / f"{len(more)}.json"
        ids = ("--id", "reader/s*", "--id", "draft/*") if more else ("--id", "reader/s*")
        assert run(*ids, "--claim", claim, adapter=[*REFERENCE, *more]).status == 0
        claims.append(json.loads(claim.read_text()) | {"whole": None})
    assert claims[0] == claims[1]
    assert [*claims[0]["classes"]] == ["reader", "writer"]


def test_a_reader_of_the_released_layout_alone_fails(tmp_path: Path) -> None:
    """An adapter that answers with the released decoder notices that it is wrong."""
    program = tmp_path / "adapter.py"
    program.write_text(
        "from rckp.conformance import reference\n"
        "reference._OPERATIONS['decode-next'] = reference._OPERATIONS['decode']\n"
        "reference.main()\n"
    )
    done = run("--id", "draft/*", adapter=[sys.executable, str(program), "--draft"])
    assert done.status == 1
    failed = done.text.rsplit("verdict: ", 1)[1]
    assert 10 < int(failed.split()[0]) < len(CHECKS)


def test_hello_takes_the_class() -> None:
    message = {"type": "hello", "name": "x", "version": "", "language": ""}
    assert parse_hello(message | {"classes": ["draft-reader", "reader"]}).classes == (
        *("reader", "draft-reader"),
    )
    with pytest.raises(AdapterError, match="selection, draft-reader"):
        parse_hello(message | {"classes": ["draft-writer"]})


def test_a_changed_draft_is_noticed(tmp_path: Path) -> None:
    suite = Suite.locate(copied(tmp_path))
    suite.verify()
    assert len(suite.draft_checks()) == len(CHECKS)
    path = suite.fixtures / DRAFT / "cases/draft/vns.ckpt"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ValueError, match=r"cases/draft/vns\.ckpt is not as its manifest has it"):
        suite.verify()
    with pytest.raises(ValueError, match="sha256"):
        suite.draft_checks()


def test_a_suite_without_the_draft(tmp_path: Path) -> None:
    root = copied(tmp_path)
    shutil.rmtree(root / "fixtures" / DRAFT)
    suite = Suite.locate(root)
    suite.verify()
    assert suite.draft_checks() == []
    done = run("--suite", root, adapter=REFERENCE)
    assert done.status == 0
    assert "draft-reader" not in done.text


def test_cases_do_not_stray(tmp_path: Path) -> None:
    suite = Suite.locate(copied(tmp_path))
    cases = suite.fixtures / "cases"
    (cases / "draft").mkdir()
    for suffix in ("json", "ckpt"):
        name = f"vns.{suffix}"
        shutil.copy(suite.fixtures / DRAFT / "cases/draft" / name, cases / "draft" / name)
    with pytest.raises(ValueError, match="draft/vns is a case of the draft layout"):
        suite.checks()
    stray = suite.fixtures / DRAFT / "cases/reader"
    stray.mkdir()
    for suffix in ("json", "ckpt"):
        shutil.copy(cases / f"reader/smallest.{suffix}", stray)
    with pytest.raises(ValueError, match="reader/smallest is not a case of the draft layout"):
        suite.draft_checks()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"requirements": ["DEC-1"]}, "only a case of the draft layout has no requirement"),
        ({"classes": ["reader"]}, "the classes are not those of decode-next"),
        ({"op": "decode"}, "the classes are not those of decode"),
    ],
)
def test_a_draft_case_has_the_form_of_one(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    suite = Suite.locate(copied(tmp_path))
    path = suite.fixtures / DRAFT / "cases/draft/vns.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        suite.draft_checks()
