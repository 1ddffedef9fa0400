"""What mkdocs does with the tables of a page, before and after Python-Markdown.

Before: a pipe inside a code span of a table is written as `\\|`, as GitHub wants it.
Python-Markdown does not split a cell at a pipe in a code span, and shows the backslash.

After: a code span that is too long for a column gets the class `long`, so that extra.css can let
it wrap. A short one, such as a hash, stays on one line.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

_FENCE = re.compile(r"\s*(```+|~~~+)")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_CELL = re.compile(r"<td[^>]*>.*?</td>", re.DOTALL)
_PLAIN_CODE = re.compile(r"<code>([^<]*)</code>")
_LONG = 40  # characters; the longest hash and the longest integer have 39


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return the page with the escaped pipes in the code spans of its tables as plain pipes."""
    lines, fence = [], ""
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and line.lstrip().startswith("|"):
            line = _CODE.sub(lambda span: span[0].replace(r"\|", "|"), line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def on_page_content(html: str, **_: Any) -> str:
    """Return the page with the class `long` on each long code span of a table."""
    return _CELL.sub(lambda cell: _PLAIN_CODE.sub(_marked, cell[0]), html)


def _marked(code: re.Match[str]) -> str:
    is_long = len(unescape(code[1])) > _LONG
    return f'<code class="long">{code[1]}</code>' if is_long else code[0]
