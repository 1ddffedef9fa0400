"""Files of the layouts of April 2026, built from the grammar."""

from __future__ import annotations

from rckp.format._april_layouts import LAYOUTS
from rckp.grammar import APRIL_RECORDS


def april_file(number: int, *, elapsed: int | None, text: str = "x") -> bytes:
    """A file of one of the three layouts, counted from 0, with `text` in each string."""
    values = {
        "text": text,
        "text?": None,
        "u64": 7,
        "f64": 1.5,
        "u64?": elapsed,
        "status": "running",
    }
    kinds = {"string": "text", "option<string>": "text?", "option<u64>": "u64?"}
    fields = LAYOUTS[number].record_fields
    return APRIL_RECORDS[number].build(
        {field.name: values[kinds.get(field.type, field.type)] for field in fields}
    )
