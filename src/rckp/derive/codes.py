"""`_codes.py`: spec/errors.json as a Python table, so that no JSON is parsed at run time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rckp.derive.banner import python_notice
from rckp.derive.layout import quoted


def vocabulary(root: Path) -> list[dict[str, Any]]:
    """Return the rows of spec/errors.json."""
    rows: list[dict[str, Any]] = json.loads((root / "spec/errors.json").read_text("utf-8"))["codes"]
    return rows


def render(rows: list[dict[str, Any]]) -> str:
    """Return the text of the module."""
    body = "".join(_row(row) for row in rows)
    return f'''\
{python_notice("The codes of spec/errors.json.")}
from typing import NamedTuple


class Code(NamedTuple):
    """One row of the vocabulary: what a code means and what to do about it."""

    phase: str  # decode, encode, warn, io, store, select, draft
    severity: str  # error, warning
    requirement: str  # the id of the requirement behind it, or ""
    message: str  # filled in from the attributes of an error or a finding
    meaning: str
    action: str


CODES: dict[str, Code] = {{
{body}}}
'''


def _row(row: dict[str, Any]) -> str:
    keys = ("phase", "severity", "requirement", "message", "meaning", "action")
    values = "".join(f"        {quoted(row[key])},\n" for key in keys)
    return f"    {quoted(row['code'])}: Code(\n{values}    ),\n"
