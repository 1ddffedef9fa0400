"""No number and no code in a table is cut off, on a screen and on a telephone.

A reader cannot see that a hash lacks its last digit. So a table fits beside the contents of a
page of 1280 pixels; on a telephone, where tables scroll sideways, each cell fits into what is
seen at one time.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.tests.site.browser import visiting, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


def faults(browser: Browser, site: Path, size: dict[str, int], *, whole: bool) -> list[object]:
    pages = sorted([*site.glob("*.html"), *site.glob("spec/*.html")])
    pages = [path for path in pages if path.name not in ("404.html", "matrix.html")]
    found: list[object] = []
    tables = 0
    with visiting(browser, site.as_uri() + "/", viewport=size) as visit:
        for path in pages:
            page = visit.go(path.relative_to(site).as_posix())
            wait_until(
                page,
                "[...document.querySelectorAll('article table:not([class])')]"
                ".every((table) => table.closest('.md-typeset__scrollwrap'))",
            )
            page.evaluate("document.fonts.ready")
            number, wrong = page.evaluate(_FAULTS, whole)
            tables += number
            found += [(path.name, *each) for each in wrong]
    assert tables > 50
    return found


def test_on_a_screen_each_table_is_seen_whole(browser: Browser, site: Path) -> None:
    assert faults(browser, site, SCREEN, whole=True) == []


def test_on_a_telephone_each_cell_can_be_seen_whole(browser: Browser, site: Path) -> None:
    assert faults(browser, site, TELEPHONE, whole=False) == []


def test_a_hash_that_is_cut_off_would_be_found(browser: Browser, site: Path) -> None:
    """As the table of hashes was shown once: the longest name on one line."""
    with visiting(browser, site.as_uri() + "/", viewport=SCREEN) as visit:
        page = visit.go("spec/identity.html")
        page.locator(".md-typeset__scrollwrap").last.wait_for()
        page.add_style_tag(content=".md-typeset td > code.long {white-space: nowrap !important}")
        _, found = page.evaluate(_FAULTS, True)
    assert "table" in {kind for kind, _ in found}
