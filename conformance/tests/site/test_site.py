"""The built site: strict, whole, and with nothing in it from anybody else's server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from rckp.derive import chapters, codes, requirements

ROOT = Path(__file__).resolve().parents[3]

# Tags whose href or src a browser fetches by itself; `a` is followed by a person.
FETCHED = {"audio", "embed", "iframe", "img", "input", "link", "object", "script", "source", "use"}


class Link(NamedTuple):
    """A reference from a page."""

    page: Path
    tag: str
    target: str


class Page(HTMLParser):
    """The anchors and references of a page, those in raw HTML included."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors: list[str] = []
        self.links: list[Link] = []
        self.classes: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors += [given[name] for name in ("id", "name") if name in given and tag != "meta"]
        self.classes.update(given.get("class", "").split())
        targets = [given[name] for name in ("href", "src", "data", "poster") if name in given]
        targets += [each.split()[0] for each in given.get("srcset", "").split(",") if each.strip()]
        targets += re.findall(r"url\(\s*['\"]?([^'\")]+)", given.get("style", ""))
        self.links += [Link(self.path, tag, target) for target in targets]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    chapter_count = len(list(ROOT.glob("spec/*.md")))
    assert chapter_count >= 10
    assert len(found) >= chapter_count + 3
    return found


def links(pages: dict[Path, Page]) -> Iterator[Link]:
    for page in pages.values():
        yield from page.links


def test_every_internal_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    broken, followed, anchors = [], 0, 0
    for link in links(pages):
        parts = urlsplit(link.target)
        if parts.scheme or parts.netloc:
            continue
        path = unquote(parts.path)
        target = link.page
        if path.startswith("/"):
            # The page for what is not found is served at any depth, so it must be absolute.
            assert link.page.name == "404.html", link
            target = site / path.lstrip("/")
        elif path:
            target = Path(os.path.normpath(link.page.parent / path))
        if target.is_dir():
            target /= "index.html"
        followed += 1
        if not target.is_file() or not target.is_relative_to(site):
            broken.append(link)
        elif parts.fragment.startswith("file="):  # the bytes that the inspector opens
            assert target.name == "inspector.html"
        elif parts.fragment and target in pages:
            anchors += 1
            if unquote(parts.fragment) not in pages[target].anchors:
                broken.append(link)
    assert followed > 600
    assert anchors > 300
    assert broken == []


def linked_pages(page: Page, site: Path) -> set[Path]:
    """Return the pages of the site that the links of a page lead to."""
    found = set()
    for link in page.links:
        parts = urlsplit(link.target)
        if link.tag == "a" and parts.path and not (parts.scheme or parts.netloc):
            found.add(Path(os.path.normpath(page.path.parent / unquote(parts.path))))
    return {path for path in found if path.suffix == ".html" and path.is_relative_to(site)}


def test_each_page_is_two_clicks_from_the_start(site: Path, pages: dict[Path, Page]) -> None:
    one = linked_pages(pages[site / "index.html"], site)
    two = set().union(*(linked_pages(pages[page], site) for page in one))
    far = {*pages} - {site / "404.html"} - one - two
    assert len(one) > 30
    assert len(two - one) > 30
    assert far == set()


def test_no_anchor_is_given_twice(pages: dict[Path, Page]) -> None:
    twice = {
        (page.path.name, anchor)
        for page in pages.values()
        for anchor in page.anchors
        if page.anchors.count(anchor) > 1 and not anchor.startswith("__")
    }
    assert {anchor for _, anchor in twice} <= {"viewport", "q", "query"}


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    fetched = [link for link in links(pages) if link.tag in FETCHED]
    assert len(fetched) > 100
    assert [
        link
        for link in fetched
        if urlsplit(link.target).scheme not in ("", "data") or urlsplit(link.target).netloc
    ] == []
    sheets = sorted(site.rglob("*.css"))
    assert len(sheets) >= 3
    for sheet in sheets:
        text = sheet.read_text("utf-8")
        urls = re.findall(r"url\(\s*['\"]?([^'\")]+)", text)
        assert [url for url in urls if re.match(r"(https?:)?//", url)] == []
        assert "@import" not in text


def test_nothing_makes_the_theme_fetch_from_elsewhere(pages: dict[Path, Page]) -> None:
    """The theme's script would load Mermaid from a CDN, and a repository's facts from its host."""
    used = set().union(*(page.classes for page in pages.values()))
    assert "md-typeset" in used
    assert not used & {"mermaid", "md-source", "md-source__repository", "md-consent"}


def test_every_requirement_and_code_has_its_anchor(site: Path, pages: dict[Path, Page]) -> None:
    found = requirements.extract(chapters.read(ROOT))
    vocabulary = codes.vocabulary(ROOT)
    assert found
    assert vocabulary
    for each in found.values():
        page = pages[site / "spec" / Path(each.chapter).with_suffix(".html")]
        assert page.anchors.count(each.anchor) == 1
        assert Link(page.path, "a", f"#{each.anchor}") in page.links
    for row in vocabulary:
        assert pages[site / "errors.html"].anchors.count(row["code"]) == 1


def test_the_files_for_machines_are_on_the_site(site: Path) -> None:
    files = [path for path in (ROOT / "spec").rglob("*.*") if path.suffix != ".md"]
    assert len(files) >= 8
    for path in files:
        copy = site / "spec" / path.relative_to(ROOT / "spec")
        assert copy.read_bytes() == path.read_bytes()


def test_the_chapters_are_in_the_order_of_the_contents() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = re.findall(r"- spec/(\S+\.md)$", text, re.MULTILINE)  # titles are the headings
    assert listed == [each.name for each in chapters.read(ROOT)]
