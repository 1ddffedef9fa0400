"""Nothing is cut off: no page scrolls sideways, and each table can be read.

A reader cannot see that a hash lacks its last digit. So a table fits beside the contents of a
page of 1280 pixels; on a telephone, where tables scroll sideways, each cell fits into what is
seen at one time.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.tests.site.browser import served, settle, visiting, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREEN = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}

# [scroll box, table] pairs; the theme puts each table into a box that scrolls sideways.
_BOXES = """() => [...document.querySelectorAll('article table:not([class])')].map((table) => [
  table.closest('.md-typeset__scrollwrap'), table])"""

# What is wider than the box, and what spills out of its own cell, of all tables of a page.
_FAULTS = (
    "(whole) => {const boxes = ("
    + _BOXES
    + """)();
  const faults = [];
  for (const [box, table] of boxes) {
    if (!box || (whole && box.scrollWidth > box.clientWidth + 1))
      faults.push(['table', table.textContent.trim().slice(0, 60)]);
    for (const cell of table.querySelectorAll('td, th')) {
      const frame = cell.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(cell);
      const text = range.getBoundingClientRect();
      if (box && frame.width > box.clientWidth + 1) faults.push(['wide', cell.textContent]);
      if (!cell.textContent.trim()) continue;
      if (text.right > frame.right + 1 || text.left < frame.left - 1)
        faults.push(['spills', cell.textContent]);
      for (const each of [cell, ...cell.querySelectorAll('*')]) {
        const style = getComputedStyle(each);
        if (style.overflowX !== 'visible' && each.scrollWidth > each.clientWidth + 1
            && style.display !== 'inline')
          faults.push(['hidden', each.textContent]);
      }
    }
  }
  return [boxes.length, faults];
}"""
)


# Their tables are the matrix, which is wider than a page, and cases, which have none of the theme.
_OTHER_TABLES = ("404.html", "matrix.html", "spec/cases/")


def tables(page: Page, path: str, *, whole: bool) -> tuple[int, list[object]]:
    """Return the number of tables of an open page, and what is cut off in them."""
    if path.startswith(_OTHER_TABLES):
        return 0, []
    wait_until(
        page,
        "[...document.querySelectorAll('article table:not([class])')]"
        ".every((table) => table.closest('.md-typeset__scrollwrap'))",
    )
    page.evaluate("document.fonts.ready")
    number, wrong = page.evaluate(_FAULTS, whole)
    return number, [(path, *each) for each in wrong]


def test_on_a_screen_each_table_is_seen_whole(browser: Browser, site: Path) -> None:
    number, faults = 0, list[object]()
    with served(site) as root, visiting(browser, root, viewport=SCREEN) as visit:
        for path in sorted([*site.glob("*.html"), *site.glob("spec/*.html")]):
            name = path.relative_to(site).as_posix()
            if not name.startswith(_OTHER_TABLES):
                more, wrong = tables(visit.go(name), name, whole=True)
                number, faults = number + more, faults + wrong
    assert faults == []
    assert number > 50


# Everything that a reader would have to move sideways: the page, and boxes within it. The bytes in
# the inspector fit by themselves.
SIDEWAYS = """() => [document.documentElement, ...document.querySelectorAll('article *, body > *')]
  .filter((e) => e === document.documentElement
    || ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
  .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
  .map((e) => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 40)}`)"""


def test_on_a_telephone_no_page_scrolls_sideways_and_each_cell_can_be_seen_whole(
    browser: Browser, site: Path
) -> None:
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    assert len(pages) > 90
    pages.remove("404.html")  # its links are from the root of a server
    with served(site) as root, visiting(browser, root, viewport=TELEPHONE) as visit:
        found, number, faults = {}, 0, list[object]()
        for path in pages:
            page = visit.go(path)
            more, wrong = tables(page, path, whole=False)
            number, faults = number + more, faults + wrong
            if path == "inspector.html":
                page.get_by_role("button", name="Truncated").click()
                page.locator("tr[aria-selected=true]").wait_for()
                settle(page)
                assert page.locator("#rckp-hex .cursor").is_visible()
            elif path == "matrix.html":
                page.locator("details").evaluate_all("all => all.forEach((e) => { e.open = true })")
            if wide := page.evaluate(SIDEWAYS):
                found[path] = wide
        assert (found, faults) == ({}, [])
        assert number > 50
        visit.go("speed.html")
        wrap = "@media screen {.md-typeset pre > code {white-space: pre !important}}"
        visit.page.add_style_tag(content=wrap)
        assert visit.page.evaluate(SIDEWAYS)


def test_a_hash_that_is_cut_off_would_be_found(browser: Browser, site: Path) -> None:
    """As the table of hashes was shown once: the longest name on one line."""
    with served(site) as root, visiting(browser, root, viewport=SCREEN) as visit:
        page = visit.go("spec/identity.html")
        page.locator(".md-typeset__scrollwrap").last.wait_for()
        page.add_style_tag(content=".md-typeset td > code.long {white-space: nowrap !important}")
        _, found = page.evaluate(_FAULTS, True)
    assert "table" in {kind for kind, _ in found}
