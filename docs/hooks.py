"""What mkdocs does with a page before Python-Markdown reads it.

A pipe inside a code span of a table is written as `\\|`, as GitHub wants it. Python-Markdown
does not split a cell at a pipe in a code span, and shows the backslash.
"""

from __future__ import annotations

import re
from typing import Any

_FENCE = re.compile(r"\s*(```+|~~~+)")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")


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
