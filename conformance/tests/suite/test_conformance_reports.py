"""The reports of a run: results, claim, JUnit XML, matrix and badge."""

from __future__ import annotations

import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES
from conformance.tests.shared import shared
from conformance.tests.suite.conformance_run import CHECKS, MISBEHAVING, run
from rckp.conformance.checks import CLASSES
from rckp.conformance.results import Results, digest
from rckp.conformance.results_file import load

FLAGS = sum(each.id.startswith("reader/flag/") for each in CHECKS)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everything that a run of the reference writes."""

    def make(directory: Path) -> None:
        done = run(
            "--grade",
            "location",
            *("--results", directory / "results.jsonl"),
            *("--junit", directory / "junit.xml"),
            *("--claim", directory / "claim.json"),
        )
        assert done.status == 0, done.text
        assert done.text.endswith(f"{len(CHECKS):,} checks at grade location, all as expected.\n")
        assert done.text.count("\n") == 3 + len(CLASSES)  # one for the draft layout

    return shared(tmp_path_factory, "reference-results", make)


@pytest.fixture(scope="module")
def invalid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an implementation with failures of several kinds."""

    def make(directory: Path) -> None:
        known = directory / "known.json"
        known.write_text('{"reader/flag/error_message-ff": "<b>known</b>", "gone/case": "?"}')
        options = ("--id", "reader/flag/*", "--known-failures", known)
        done = run(
            *options, "--results", directory / "r.jsonl", adapter=[*MISBEHAVING, "dying_at", "-ff"]
        )
        assert done.status == 1

    return shared(tmp_path_factory, "failing-results", make) / "r.jsonl"


def test_the_reference_agrees_in_everything(reference: Path) -> None:
    found = load(reference / "results.jsonl")
    assert [each.id for each in found.results] == [check.id for check in CHECKS]
    assert {each.grade for each in found.results} == {"location"}
    assert {each.outcome for each in found.results} == {"pass"}
    assert found.whole
    assert found.classes().keys() == set(CLASSES)


def test_a_claim_can_be_computed_anew(reference: Path, tmp_path: Path) -> None:
    claim = json.loads((reference / "claim.json").read_text())
    manifest = (FIXTURES / "manifest.json").read_bytes()
    assert claim["suite_sha256"] == hashlib.sha256(manifest).hexdigest()
    # The recipe of the documentation, by hand.
    rows = [json.loads(line) for line in (reference / "results.jsonl").read_text().splitlines()]
    lines = sorted("\t".join((r["id"], r["outcome"], r["grade"])) + "\n" for r in rows[1:-1])
    assert claim["results_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    again = tmp_path / "claim.json"
    done = rckp("conformance", "report", reference / "results.jsonl", "--claim", again)
    assert done.status == 0
    assert again.read_bytes() == (reference / "claim.json").read_bytes()
    assert claim["whole"] is True
    assert {each["grade"] for each in claim["classes"].values()} == {"location"}


def test_junit(reference: Path, invalid: Path, tmp_path: Path) -> None:
    root = ET.parse(reference / "junit.xml").getroot()  # noqa: S314 - a file of our own
    assert [suite.get("name") for suite in root] == list(CLASSES)
    assert len(root.findall("./testsuite/testcase")) == len(CHECKS)
    assert not root.findall(".//failure")
    rckp("conformance", "report", invalid, "--junit", tmp_path / "j.xml")
    root = ET.parse(tmp_path / "j.xml").getroot()  # noqa: S314
    assert len(root.findall(".//error[@type='crash']")) == 1
    assert [each.get("message") for each in root.findall(".//skipped")] == ["<b>known</b>"]
    assert len(root.findall(".//failure")) == 1  # the stale one
    assert "panic" in str(root.findtext(".//system-err"))


class Page(HTMLParser):
    """The page: tags that are open, references, and cells by table."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.titles: list[str] = []
        self.data: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.titles += [str(value) for name, value in attrs if name == "title"]
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "style")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def test_the_matrix(reference: Path, invalid: Path, tmp_path: Path) -> None:
    results = [reference / "results.jsonl", invalid]
    done = rckp("conformance", "report", "--html", tmp_path / "m.html", *results)
    assert done.status == 0
    text = (tmp_path / "m.html").read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert "url(" not in text
    assert "@import" not in text
    assert not page.tags & {"script", "link", "img", "iframe", "b"}
    assert any(title.startswith("<b>known</b>") for title in page.titles)
    for each in ("odd", "rckp", "✗ crash", "known", "store/files", "DEC-4"):
        assert each in page.data, each
    known = {check.id for check in CHECKS}
    assert known <= set(page.data)


def test_the_badge(reference: Path, invalid: Path, tmp_path: Path) -> None:
    for results, message in (
        (reference / "results.jsonl", "RCKP 1.0: reader, writer, identity, store, selection: loc"),
        (invalid, f"RCKP 1.0: 1 of {FLAGS} failed"),
    ):
        rckp("conformance", "report", results, "--badge", tmp_path / "b.svg")
        root = ET.parse(tmp_path / "b.svg").getroot()  # noqa: S314 - a file of our own
        assert str(root.findtext("{*}title")).startswith(message)


def test_results_survive_writing_and_reading(invalid: Path) -> None:
    from rckp.conformance.results_file import dump

    found = load(invalid)
    assert isinstance(found, Results)
    assert dump(found) == invalid.read_text("utf-8")
    assert len(digest(found.results)) == 64
    assert found.stale == {"gone/case": "?"}


def test_what_is_no_results(tmp_path: Path) -> None:
    for text in ("", "[]\n", '{"format": "0"}\n', "{}\n", '{"format": "1"}\n', "garbage"):
        (tmp_path / "r.jsonl").write_text(text)
        done = rckp("conformance", "report", tmp_path / "r.jsonl")
        assert done.status == 2, text
        assert done.err.count("\n") == 1
