"""The text of a built page as a reader sees it: its tables, its code, and its prose."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
_UNSEEN = {"script", "style"}


class Cell(NamedTuple):
    """A cell of a table: its text, and the text of each code span in it."""

    text: str
    codes: tuple[str, ...]

    @property
    def code(self) -> str:
        """The only code span."""
        (only,) = self.codes
        return only


Table = list[list[Cell]]  # without its head


class Rendered(HTMLParser):
    """The article of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.prose: list[str] = []  # pieces of text outside of code
        self.tables: dict[str, Table] = {}  # by the texts of the head, joined by " | "
        self.text = ""
        self._open: list[str] = []
        self._rows: list[tuple[bool, list[Cell]]] = []
        self._cell: list[str] = []
        self._codes: list[list[str]] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            if tag == "br":
                self._cell.append(" ")
            return
        self._open.append(tag)
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append((False, []))
        elif tag in ("td", "th"):
            self._cell, self._codes = [], []
        elif tag == "code":
            self._codes.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            cell = Cell("".join(self._cell).strip(), tuple(map("".join, self._codes)))
            self._rows[-1] = (tag == "th", [*self._rows[-1][1], cell])
        elif tag == "table":
            head, *rows = self._rows
            assert head[0]
            name = " | ".join(cell.text for cell in head[1])
            self.tables.setdefault(name, []).extend(cells for _, cells in rows)
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "article" not in self._open or _UNSEEN & {*self._open}:
            return
        self.text += data
        if "td" in self._open or "th" in self._open:
            self._cell.append(data)
        if "code" in self._open:
            if self._codes:
                self._codes[-1].append(data)
        elif "pre" not in self._open:
            self.prose.append(data)
