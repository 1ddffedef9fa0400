"""The columns of a catalogue.

Those of the record follow from the layout, so that a field of the layout cannot be forgotten.
"""

from __future__ import annotations

from typing import NamedTuple

from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.layout import Field

VERSION = 1
"""The version of the schema. A removed or renamed column, or another meaning, changes it."""

PAYLOADS = ("step_state_payload", "seed_payload")
"""The fields that are not in a catalogue; only their lengths are."""

_TYPES = {roles.INTEGER: "uint64", roles.STATUS: "string", roles.CONTENT: "string"}


class Column(NamedTuple):
    """A column: the name of its Arrow type, and whether it can be null."""

    name: str
    type: str
    nullable: bool
    meaning: str


def length_column(field: str) -> str:
    """The name of the column with the length of a payload."""
    return f"{field}_length"


def _of_field(field: Field) -> Column:
    if field.name in PAYLOADS:
        meaning = f"number of bytes of {field.name}"
        return Column(length_column(field.name), "int64", True, meaning)
    return Column(field.name, _TYPES[field.parts[-1].role], True, field.meaning)


_FILE = (
    Column("path", "string", False, "the file; bytes that are not UTF-8 are escaped"),
    Column("path_bytes", "binary", True, "the path in bytes, if it is not UTF-8"),
    Column("size", "int64", True, "number of bytes of the file"),
    Column("mtime", "timestamp[us, UTC]", True, "when the file was changed"),
    Column("verdict", "string", False, "`valid`, `invalid` or `unreadable`"),
    Column("code", "string", True, "the code of the error"),
    Column("field", "string", True, "the field with the error; `end` after the last one"),
    Column("byte_offset", "int64", True, "the first invalid byte, from 0"),
    Column("message", "string", True, "the error in one line, for people"),
    Column("warnings", "list<string>", False, "the codes of the warnings"),
    Column(
        *("layout", "string", True),
        "`released`, `next` for the draft layout, or `april-2026-1` to `-3`, if the file is "
        "complete in that layout",
    ),
)
_DERIVED = (
    Column(
        *("created_at", "timestamp[ms, UTC]", True),
        "`created_at_ms` as a time; null beyond the year 9999",
    ),
    Column("resumable", "bool", False, "whether a run can be resumed from the file"),
    Column("iteration", "uint64", True, "the iteration, as far as the payload says it"),
    Column("evaluations", "uint64", True, "the number of evaluations"),
    Column("best_quality", "string", True, "the quality of the best solution, as it is written"),
    Column("best_value", "float64", True, "the same as a number"),
    Column("direction", "string", True, "`min` or `max`: which quality is better"),
    Column(
        *("truncated_fields", "list<string>", False),
        "the columns whose strings are cut, because they have more than 1,024 characters",
    ),
)

COLUMNS = (*_FILE, *map(_of_field, LAYOUT.record_fields), *_DERIVED)
"""All columns, in their order."""

NAMES = tuple(column.name for column in COLUMNS)
INDEX = {name: at for at, name in enumerate(NAMES)}
