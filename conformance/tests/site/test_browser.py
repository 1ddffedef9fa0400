"""The whole site in a real browser: anchors, search and accessibility."""

from __future__ import annotations

import json
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from conformance.implementations.kaitai.prepare import NEEDED, install, once
from conformance.tests.corpus import ROOT
from conformance.tests.shared import cache
from conformance.tests.site.browser import (
    Visit,
    eventually,
    search,
    served,
    settle,
    visiting,
    wait_until,
)
from conformance.tests.tools import need
from rckp._codes import CODES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE = Path(__file__).with_name("axe") / "package.json"


class Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path: Path, address: str) -> None:
        super().__init__()
        self._address = address
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            self.links.add(urljoin(self._address, values["href"]))
        self.anchors.update(str(values[name]) for name in ("id", "name") if values.get(name))


def test_every_anchor_holds(site: Path, visit: Visit) -> None:
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    pages.remove("404.html")  # is served at any depth, and so links from the root of a server
    links, anchors = set[str](), dict[str, set[str]]()
    for each in pages:
        page = Links(site / each, visit.root + each)
        links.update(link for link in page.links if link.startswith(visit.root))
        anchors[visit.root + each] = page.anchors
    visit.go("inspector.html")  # the only page whose script makes links to others
    links |= {visit.root + row["requirement"] for row in derived_codes(visit)}
    links |= {f"{visit.root}errors.html#{code}" for code in CODES}
    assert len(anchors) >= 20
    links = {link for link in links if "inspector.html#file=" not in link}
    to_anchors = {link for link in links if urldefrag(link).fragment}
    assert len(to_anchors) > 200
    broken = []
    for link in to_anchors:
        address, fragment = urldefrag(link)
        if unquote(fragment) not in anchors.get(address, set()):
            broken.append(link)
    assert broken == []
    missing = [
        link
        for link in links - to_anchors
        if not site.joinpath(unquote(link)[len(visit.root) :]).exists()
    ]
    assert missing == []


def derived_codes(visit: Visit) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = visit.page.evaluate(
        "Object.values(rckp.codes).filter((row) => row.requirement)"
    )
    assert len(rows) > 10
    return rows


@pytest.mark.parametrize("anchor", ["spec/decoding.html#DEC-7", "errors.html#invalid-status"])
def test_a_link_leads_to_its_place(visit: Visit, anchor: str) -> None:
    page = visit.go(anchor)
    place = page.locator(f"[id='{urldefrag(anchor).fragment}']").first
    place.wait_for()
    wait_until(page, "scrollY > 0")
    settle(page)
    box, header = place.bounding_box(), page.locator(".md-header").bounding_box()
    assert box
    assert header
    # In sight, and not under the header.
    assert header["height"] <= box["y"] + box["height"] <= 900


def test_search_finds_a_requirement(searching: Visit) -> None:
    page = searching.go("index.html")
    results = search(page, "DEC-2")
    # The first result is the page, the second its section.
    eventually(lambda: urldefrag(results.nth(1).evaluate("link => link.href")).fragment, "DEC-2")
    results.nth(1).click()
    page.wait_for_url(f"{searching.root}requirements.html**")
    entry = page.locator("h3#DEC-2 + p")
    assert "truncated" in entry.inner_text()
    links = entry.get_by_role("link").evaluate_all("all => all.map((link) => link.href)")
    assert links == [
        f"{searching.root}spec/decoding.html#DEC-2",
        f"{searching.root}spec/cases/by-requirement/decoding.html#DEC-2",
    ]


def test_search_stumbles_over_no_requirement(searching: Visit) -> None:
    """Lunr takes a page with many numbers amiss: a word that it makes up ends the search."""
    page = searching.go("index.html")
    search(page, "DEC-1")
    told = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))
    known = [each["id"] for each in told["requirements"]]
    assert len(known) > 120
    box = page.locator(".md-search__input")
    for each in known:
        box.fill(each)
        box.press("End")
        page.wait_for_timeout(50)  # what is wrong is a fault of the visit


# What visitors type, and the page that answers it.
FOUND = {
    "repair": "commands.html",
    "recover": "commands.html",
    "salvage": "commands.html",
    "corrupt": "validate.html",
    "install": "install.html",
    "github": "install.html",
    "version": "install.html",
    "exit status": "validate.html",
    "test vectors": "identity.html",
    "next release": "next-layout.html",
    "diagram": "record-layout.html",
    "same file name": "paths.html",
    "dead run": "recipes.html",
}


def test_search_finds_by_other_words_and_no_case_first(searching: Visit) -> None:
    page = searching.go("index.html")
    results = search(page, "repair")
    box = page.locator(".md-search__input")
    first = "link => link.pathname.split('/').pop()"
    for word, wanted in FOUND.items():
        box.fill(word)
        box.press("End")
        eventually(partial(results.first.evaluate, first), wanted)
    for word in ("truncated", "magic number", "surrogate", "purge"):
        box.fill(word)
        box.press("End")
        page.wait_for_timeout(200)  # the results of the word before are there
        paths = results.evaluate_all("all => all.map((link) => link.pathname)")
        assert len(paths) >= 10
        assert [path for path in paths[:10] if "/spec/cases/" in path] == [], word


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> str:
    """The source of axe-core."""
    need("npm", how=NEEDED)
    with cache(pytestconfig, "axe") as directory:
        once(directory, "installed", AXE.read_bytes(), lambda: install(AXE, directory))
    return (directory / "node_modules/axe-core/axe.min.js").read_text("utf-8")


# Of the samples of the inspector one of each kind, and what the page says of it.
SHOWN = [("Truncated", "invalid"), ("With warnings", "valid, with warnings")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "spec/decoding.html",
        "spec/cases/by-requirement/decoding.html",
        "spec/cases/reader/flag.html",
        "errors.html",
        "api.html",
        "downloads.html",
        "evidence.html",
        "matrix.html",
        "ten-minutes.html",
        "validate.html",
        "inspector.html",
    ],
)
def test_nothing_stands_in_the_way(
    site: Path, browser: Browser, axe: str, path: str, scheme: str
) -> None:
    size = {"width": 1280, "height": 900}
    with (
        served(site) as root,
        visiting(browser, root, viewport=size, color_scheme=scheme) as visit,
    ):
        page = visit.go(path)
        page.evaluate(axe)
        for sample, verdict in SHOWN if path == "inspector.html" else [("", "")]:
            if sample:
                page.get_by_role("button", name=sample).click()
                page.locator(".rckp-headline strong", has_text=verdict).wait_for()
            settle(page)
            result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
            assert len(result["passes"]) > 10
            assert serious(result) == []


def serious(result: dict[str, Any]) -> list[str]:
    """What axe-core found that is serious or critical, and where."""
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"][:3]
    ]


def test_a_request_to_elsewhere_is_a_fault(browser: Browser, root: str) -> None:
    outside = "http://elsewhere.invalid/picture.png"
    with visiting(browser, root) as visit:
        page = visit.go("matrix.html")
        page.evaluate("(from) => { new Image().src = from; }", outside)
        eventually(lambda: any(outside in fault for fault in visit.faults), True)
        visit.faults.clear()
