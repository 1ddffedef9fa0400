"""`_foreign.py`: spec/foreign.json as a Python table, so that no JSON is parsed at run time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rckp.derive.banner import python_notice
from rckp.derive.layout import quoted


def signatures(root: Path) -> dict[str, Any]:
    """Return the document spec/foreign.json."""
    document: dict[str, Any] = json.loads((root / "spec/foreign.json").read_text("utf-8"))
    return document


def render(document: dict[str, Any]) -> str:
    """Return the text of the module."""
    rows = "".join(f"    {_row(row)},\n" for row in document["signatures"])
    return f"""\
{python_notice("The signatures of spec/foreign.json.")}
EMPTY = {quoted(document["empty"])}
ZEROS = {quoted(document["zeros"])}

# Where, the bytes there, bytes that are anywhere, text that begins the file, what it is.
SIGNATURES: tuple[tuple[int, bytes, bytes, bytes, str], ...] = (
{rows})
"""


def _row(row: dict[str, Any]) -> str:
    values = (
        row.get("at", 0),
        bytes.fromhex(row.get("bytes", "")),
        bytes.fromhex(row.get("holds", "")),
        row.get("text", "").encode("ascii"),
        row["is"],
    )
    return f"({', '.join(quoted(value) for value in values)})"
