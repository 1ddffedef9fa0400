"""From each requirement to the cases that test it and back, on the built pages, by links alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

import pytest

from conformance.tests.corpus import ROOT, corpus
from conformance.tests.site.browser import Visit, eventually, search
from rckp.derive import __main__ as derive
from rckp.derive import case_links, chapters, requirements
from rckp.derive.case_pages import pages
from rckp.derive.chapters import SpecError
from rckp.derive.corpus import Corpus
from rckp.derive.outputs import OWNED

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from rckp.derive.requirements import Requirement

REQUIREMENTS = requirements.extract(chapters.read(ROOT))
CORPUS = Corpus.read(ROOT, REQUIREMENTS)


class Sections(HTMLParser):
    """The links and the text of a page, by the anchor of the last heading or row before them."""

    def __init__(self, site: Path, path: str) -> None:
        super().__init__()
        self.directory = PurePosixPath(path).parent
        self.path = path
        self.links: defaultdict[str, list[str]] = defaultdict(list)
        self.text: defaultdict[str, str] = defaultdict(str)
        self.anchor = ""
        self.inside = False
        self.feed(site.joinpath(path).read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inside |= tag == "article"
        if self.inside and tag in ("h1", "h2", "a") and given.get("id"):
            self.anchor = str(given["id"])
        if self.inside and tag == "a" and (target := given.get("href")):
            path, _, anchor = target.partition("#")
            absolute = normpath(self.directory / path) if path else self.path
            self.links[self.anchor].append(f"{absolute}#{anchor}" if anchor else absolute)

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "article"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.text[self.anchor] += data


@pytest.fixture(scope="module")
def sections(site: Path) -> dict[str, Sections]:
    paths = [path.relative_to(site).as_posix() for path in site.glob("spec/cases/**/*.html")]
    assert len(paths) > 40
    return {path: Sections(site, path) for path in paths}


def requirement_link(requirement: Requirement) -> str:
    return f"spec/{Path(requirement.chapter).stem}.html#{requirement.anchor}"


def places(sections: dict[str, Sections]) -> Iterator[tuple[str, str]]:
    """Every case that a page has an anchor for, and that page."""
    for path, page in sections.items():
        yield from ((anchor, path) for anchor in page.text if anchor in corpus())


def test_each_case_has_one_place_which_leads_to_its_requirements(
    sections: dict[str, Sections],
) -> None:
    found = list(places(sections))
    assert sorted(anchor for anchor, _ in found) == sorted(corpus())
    for anchor, path in found:
        case, page = corpus()[anchor], sections[path]
        wanted = {requirement_link(REQUIREMENTS[each]) for each in case.requirements}
        others = ("spec/cases/", "fixtures/", "inspector.html")
        assert {link for link in page.links[anchor] if not link.startswith(others)} == wanted
        assert case.document["why"] in page.text[anchor]
        error = case.expect.get("error", {})
        for value in (error.get("code", ""), error.get("field", ""), error.get("offset", "")):
            assert value in page.text[anchor]


def test_from_each_requirement_to_the_cases_that_test_it(
    site: Path, sections: dict[str, Sections]
) -> None:
    there = dict(places(sections))
    families: defaultdict[str, set[str]] = defaultdict(set)
    for anchor, path in there.items():
        families[path].add(anchor)
    for requirement in REQUIREMENTS.values():
        chapter = site.joinpath(requirement_link(requirement).partition("#")[0]).read_text("utf-8")
        # Beside the id, and nothing between them.
        [link] = re.findall(
            rf'id="{requirement.anchor}">[^<]*</a>\s*<a class="cases" href="([^"]+)"', chapter
        )
        path, _, anchor = link.partition("#")
        page = sections[normpath(f"spec/{path}")]
        assert requirement_link(requirement) in page.links[anchor]
        listed: set[str] = set()
        text = page.text[anchor]
        for target in page.links[anchor]:
            page_of_case, _, case = target.partition("#")
            if case in corpus():
                assert there[case] == page_of_case
                listed.add(case)
        for name in re.findall(r"^(\S+)(?:, whole files)?: all \d+$", text, re.MULTILINE):
            own = f"{name if '/' in name else name + '/index'}.html"
            [family] = [each for each in page.links[anchor] if each.endswith(own)]
            listed |= families[family]
        wanted = {case.id for case in corpus().values() if requirement.id in case.requirements}
        assert listed == wanted, requirement.id
        said = {0: "No case", 1: "1 case"}.get(len(wanted), f"{len(wanted)} cases")
        assert said in text
        for reason in CORPUS.exceptions.get(requirement.id, {}).values():
            assert " ".join(reason.replace("`", "").split()) in " ".join(text.split())


def test_no_page_of_cases_is_too_much_for_a_telephone(site: Path) -> None:
    sizes = {path: path.stat().st_size for path in site.glob("spec/cases/**/*.html")}
    assert max(sizes.values()) < 150_000  # bytes


def test_the_number_of_cases_is_shown(visit: Visit) -> None:
    page = visit.go("spec/decoding.html")
    shown = page.locator(".cases").evaluate_all(
        "all => all.map((link) => [link.hash.slice(1), link.textContent,"
        " getComputedStyle(link, '::after').content])"
    )
    counts = {each: count for each, count in CORPUS.counts().items() if each.startswith("DEC-")}
    assert len(counts) > 8
    assert {0} < {*counts.values()}
    assert shown == [
        [each, "cases" if count else "no case", f'": {count}"' if count else "none"]
        for each, count in counts.items()
    ]


def test_the_search_finds_a_case_by_its_id_and_requirements_before_cases(
    searching: Visit,
) -> None:
    for query, first in (
        ("reader/flag/seed_payload-02", "spec/cases/reader/flag.html#reader/flag/seed_payload-02"),
        ("SEL-6", "requirements.html#SEL-6"),
        ("invalid-option-flag", "errors.html#invalid-option-flag"),
    ):
        page = searching.go("index.html")
        search(page, query)
        eventually(partial(second_result_is, page, first), True)


def second_result_is(page: Page, end: str) -> bool:
    """The first result is the page, the second its section."""
    link = page.locator(".md-search-result__link").nth(1)
    return bool(link.evaluate("link => link.pathname + link.hash").endswith(end))


def test_a_new_case_leaves_the_chapters_as_they_are() -> None:
    texts = {each.name: each.text for each in chapters.read(ROOT)}
    more = {each: count + 1 if count else 0 for each, count in CORPUS.counts().items()}
    for text in texts.values():
        assert case_links.annotate(text, REQUIREMENTS, more) == text


def test_a_link_is_made_beside_a_marker_that_has_none() -> None:
    requirement = REQUIREMENTS["DEC-2"]
    bare = "* [DEC-2 A](#DEC-2){ #DEC-2 .req data-role=reader } A decoder\n  MUST.\n"
    link = "[{}](cases/by-requirement/decoding.md#DEC-2){{ .cases }}"
    text = bare
    for count, says in ((3, "cases"), (0, "no case"), (1, "cases")):
        text = case_links.annotate(text, {"DEC-2": requirement}, {"DEC-2": count})
        assert text == bare.replace("A decoder", f"{link.format(says)}\n  A decoder")


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_without_a_case_or_a_reason_is_refused(requirement: str) -> None:
    tested = [
        case._replace(document={**case.document, "requirements": others})
        for case in CORPUS.cases
        if (others := [each for each in case.requirements if each != requirement])
    ]
    excused = {each: why for each, why in CORPUS.exceptions.items() if each != requirement}
    with pytest.raises(SpecError, match=f": {requirement} has no case, and "):
        Corpus(tested, excused, REQUIREMENTS).check()
    Corpus(tested, {**excused, requirement: {"both": "why"}}, REQUIREMENTS).check()


def test_what_is_about_no_requirement_is_refused() -> None:
    def without(identifier: str) -> Corpus:
        fewer = {each: value for each, value in REQUIREMENTS.items() if each != identifier}
        return CORPUS._replace(requirements=fewer)

    with pytest.raises(SpecError, match="there is no requirement SEL-7"):
        without("SEL-7").check()
    assert CORPUS.counts()["DEC-9"] == 0
    with pytest.raises(SpecError, match=r"coverage\.json:1: there is no requirement DEC-9"):
        without("DEC-9").check()


def test_a_page_that_is_derived_no_more_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    derived = pages(CORPUS)
    assert any(name.startswith(OWNED[0]) for name in derived)
    monkeypatch.setattr(derive, "find_root", lambda _start: tmp_path)
    monkeypatch.setattr(derive, "outputs", lambda _root: derived)
    assert derive.main([]) == 0
    assert derive.main(["--check"]) == 0
    dropped = tmp_path / OWNED[0] / "reader/dropped.md"
    dropped.write_text("# Dropped\n")
    capsys.readouterr()
    assert derive.main(["--check"]) == 1
    assert "stale: spec/cases/reader/dropped.md\n" in capsys.readouterr().err
    assert derive.main([]) == 0
    assert not dropped.exists()
    assert derive.main(["--check"]) == 0
