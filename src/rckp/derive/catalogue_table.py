"""The table of the columns of a catalogue."""

from __future__ import annotations

from pathlib import Path

from rckp.catalogue.columns import COLUMNS
from rckp.derive import tables
from rckp.derive.chapters import Chapter

PAGE = "catalogue.md"


def page(root: Path) -> dict[str, str]:
    """Return the page on catalogues, by its path."""
    text = (root / "docs" / PAGE).read_text("utf-8")
    rows = [[f"`{each.name}`", f"`{each.type}`", each.meaning] for each in COLUMNS]
    block = tables.table(["column", "type", "meaning"], rows)
    return tables.fill([Chapter(PAGE, "", text, "docs")], {"catalogue-columns": block})
