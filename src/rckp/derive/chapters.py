"""The chapters of the specification as text: order, titles, blocks.

A block is a paragraph or a list item, and can be a requirement. Fenced code, headings, tables and
generated parts of a chapter are not blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class SpecError(Exception):
    """An error in a chapter: `path:line: reason`."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        """`path` from the root, `line` counted from 1."""
        super().__init__(f"{path}:{line}: {reason}")


class Chapter(NamedTuple):
    """One file `spec/NAME`, or in another directory, with its first heading as its title."""

    name: str
    title: str
    text: str
    directory: str = "spec"

    @property
    def path(self) -> str:
        """The path from the root."""
        return f"{self.directory}/{self.name}"


class Block(NamedTuple):
    """A paragraph or list item; `lines` without the marks of the list, from line `line` on."""

    line: int  # counted from 1
    heading: str  # the heading above it
    item: bool
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines joined, so that a search finds phrases that are wrapped."""
        return " ".join(self.lines)

    def line_of(self, phrase: str) -> int:
        """Return the line on which a phrase begins, also if it is wrapped."""
        for part in (phrase, phrase.split(maxsplit=1)[0]):
            for number, each in enumerate(self.lines, self.line):
                if part in each:
                    return number
        return self.line


_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"(?:[*+-]|\d+\.|:)\s+")
_TITLE = re.compile(r"# (.+)", re.MULTILINE)
_CONTENTS = re.compile(r"^\| \[.*?\]\((.+?)\) \|", re.MULTILINE)
OPENING = re.compile(r"<!-- derived:([a-z0-9-]+) -->")
CLOSING = "<!-- /derived -->"


def read(root: Path) -> list[Chapter]:
    """Return all chapters, `index.md` first and the others in the order of its table."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(root.glob("spec/*.md"))}
    order = ["index.md", *_CONTENTS.findall(texts["index.md"])]
    for name in sorted(set(texts) ^ set(order)):
        where = "is not in the table of spec/index.md" if name in texts else "does not exist"
        raise SpecError(f"spec/{name}", 1, where)
    chapters = []
    for name in order:
        title = _TITLE.match(texts[name])
        if title is None:
            raise SpecError(f"spec/{name}", 1, "a chapter begins with its title")
        chapters.append(Chapter(name, plain(title[1]), texts[name]))
    return chapters


def blocks(chapter: Chapter) -> Iterator[Block]:
    """Yield the paragraphs and list items of a chapter."""
    heading, derived, fenced = "", False, ""
    start, item, lines = 0, False, list[str]()
    for number, line in enumerate([*chapter.text.splitlines(), ""], 1):
        text = line.strip()
        fence = _FENCE.match(line)
        if fence and not derived and (not fenced or fence[1] == fenced):
            fenced, text = "" if fenced else fence[1], ""
        elif fenced:
            continue
        if OPENING.fullmatch(text):
            derived = True
        apart = derived or text == "" or text.startswith(("#", "|", "!!!", "<!--"))
        mark = None if apart else _ITEM.match(text)
        if lines and (apart or mark):
            yield Block(start, heading, item, tuple(lines))
            lines = []
        if text == CLOSING:
            derived = False
        if apart:
            if text.startswith("#") and not derived:
                heading = plain(text.lstrip("# "))
            continue
        if not lines:
            start, item = number, mark is not None
        lines.append(text[mark.end() :] if mark else text)


_LIST_ITEM = re.compile(r"\s*(?:[*+-]|\d+\.)\s")
_RULE = re.compile(r"\s*\|[\s|:-]+\|\s*")
_CELLS = re.compile(r"(?<!\\)\|")


def following(chapter: Chapter, block: Block) -> str:
    """Return the lists and tables right after a paragraph as one line of Markdown, or "".

    A row of a table becomes `first cell: second cell`, or `first cell (title: cell; ...)` when
    there are more than two columns. A list item includes the text below it.
    """
    lines = chapter.text.splitlines()[block.line - 1 + len(block.lines) :]
    pieces, rows = list[str](), list[list[str]]()
    for line in [*lines, "# end"]:
        text = line.strip()
        is_row = text.startswith("|")
        if rows and not is_row:
            pieces.append(_sentence_of(rows))
            rows = []
        if is_row:
            if not _RULE.fullmatch(line):
                cells = _CELLS.split(text.strip("|"))
                rows.append([cell.strip().replace(r"\|", "|") for cell in cells])
        elif _LIST_ITEM.match(line) or (text and pieces and line[0] == " "):
            pieces.append(text.removeprefix("* "))
        elif text and not text.startswith("<!--"):
            break
    return " ".join(pieces)


def _sentence_of(rows: list[list[str]]) -> str:
    head, *body = rows
    phrases = []
    for first, *others in body:
        if len(others) == 1:
            phrases.append(f"{first}: {others[0]}")
        else:
            pairs = zip(head[1:], others, strict=True)
            phrases.append(f"{first} ({'; '.join(f'{title}: {cell}' for title, cell in pairs)})")
    return "; ".join(phrases) + "."


_CODE = re.compile(r"`[^`]+`")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ATTRIBUTES = re.compile(r"\{ [^}]*\}")
_STRONG = re.compile(r"\*\*(\S.*?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*(\S.*?)\*(?![\w*])")


def plain(text: str) -> str:
    """Return inline Markdown as plain text: the words of links, code and emphasis."""
    code = list[str]()

    def put_aside(match: re.Match[str]) -> str:
        code.append(match[0].strip("`"))
        return f"\0{len(code) - 1}\0"

    text = _CODE.sub(put_aside, text)
    text = _ATTRIBUTES.sub("", _LINK.sub(r"\1", text))
    text = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\1", text))
    text = _ESCAPE.sub(r"\1", text)
    return re.sub("\0(\\d+)\0", lambda match: code[int(match[1])], text).strip()


def without_code(text: str) -> str:
    """Return the text with blanks in place of code spans, since code is not prose."""
    return _CODE.sub("` `", text)
