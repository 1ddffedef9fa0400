"""The reference of the Python package: all that is public, and each citation a link."""

from __future__ import annotations

import inspect
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import rckp
from conformance.tests.corpus import ROOT
from rckp._codes import CODES
from rckp.derive import chapters, requirements

REQUIREMENTS = requirements.extract(chapters.read(ROOT))


class Reference(HTMLParser):
    """The anchors, links and code spans of the page, and its text that is not a link."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.code: list[str] = []
        self.plain = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors.add(given.get("id") or "")
        if tag == "a":
            self.links.append((given.get("href") or "", ""))
        if tag in ("a", "code", "script", "style"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if "a" in self.open:
            target, text = self.links[-1]
            self.links[-1] = (target, text + data)
        elif self.open == ["code"]:
            self.code.append(data)
        elif not self.open:
            self.plain += data


@pytest.fixture(scope="module")
def reference(site: Path) -> Reference:
    return Reference((site / "api.html").read_text("utf-8"))


def test_everything_that_is_public_has_an_entry(reference: Reference) -> None:
    assert len(rckp.__all__) > 25
    assert [name for name in rckp.__all__ if f"rckp.{name}" not in reference.anchors] == []
    methods = [name for name in vars(rckp.CheckpointStore) if not name.startswith("_")]
    assert "write" in methods
    shown = reference.anchors
    documented = [name for name in methods if callable(getattr(rckp.CheckpointStore, name))]
    assert [n for n in documented if f"rckp.CheckpointStore.{n}" not in shown] == []
    for record in (rckp.CheckpointRecord, rckp.Report, rckp.Finding, rckp.Identity):
        for field in record._fields:
            assert f"rckp.{record.__name__}.{field}" in shown


def test_each_citation_is_a_link_to_its_requirement(reference: Reference) -> None:
    cited = [(target, text) for target, text in reference.links if text in REQUIREMENTS]
    assert len(cited) > 40
    for target, identifier in cited:
        chapter = Path(REQUIREMENTS[identifier].chapter).with_suffix(".html")
        assert target == f"spec/{chapter}#{identifier}"
    # A link that was not made would have left its brackets, and its id out of a link.
    prefixes = "|".join({each.partition("-")[0] for each in REQUIREMENTS})
    assert re.findall(rf"\b(?:{prefixes})-\d+\b", reference.plain) == []


def test_codes_that_are_named_exist(reference: Reference) -> None:
    named = {text for text in reference.code if re.fullmatch("[a-z]+(-[a-z0-9]+)+", text)}
    raised = {
        code
        for code, row in CODES.items()
        if "-" in code and row.phase in ("decode", "encode", "store", "select")
    }
    assert named <= set(CODES)
    assert raised <= named, "a code that can be raised is told of by no docstring"


def test_docstrings_cite_only_what_exists() -> None:
    """Also those that the page does not show."""
    cited = set()
    for name in rckp.__all__:
        value = getattr(rckp, name)
        members = [value, *(vars(value).values() if inspect.isclass(value) else ())]
        for each in members:
            cited |= set(re.findall(r"\[([A-Z]+-\d+)\]", getattr(each, "__doc__", None) or ""))
    assert len(cited) > 25
    assert cited <= set(REQUIREMENTS)
