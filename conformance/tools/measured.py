"""Tables of measured figures in a page: `<!-- measured:NAME -->` to `<!-- /measured -->`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def fill(path: Path, tables: Mapping[str, str]) -> str:
    """The text of a page with these tables. Raise `ValueError` if it has no place for one."""
    text = path.read_text("utf-8")
    for name, table in tables.items():
        pattern = rf"(?s)(<!-- measured:{name} -->\n).*?(\n<!-- /measured -->)"
        new = f"<!-- measured:{name} -->\n\n{table}\n\n<!-- /measured -->"
        text, number = re.subn(pattern, new, text)  # no table has a backslash
        if number != 1:
            raise ValueError(f"{path.name} has no table {name}")
    return text
