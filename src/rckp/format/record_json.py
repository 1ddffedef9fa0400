"""A record as JSON: fields in layout order, u64 as decimal strings, absent as null.

A JSON number is a double in most languages and would round a u64 above 2**53, hence
the strings. The schema is spec/record.schema.json. Bytes, which only the draft layout has, are
hexadecimal text in a member whose name ends in `_hex`; its schema is
spec/record-next.schema.json.
"""

from __future__ import annotations

import re

from rckp.display import escape
from rckp.errors import EncodeError
from rckp.format._layout import LAYOUT
from rckp.format.layout import CONTENT, FLAG, INTEGER, RAW, Field, Layout
from rckp.format.record import CheckpointRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

JsonValue = str | None

# Digits are ASCII, without leading zeros. A negative integer has the right type: the encoder
# reports that it is out of range (ENC-3). So does it with up to 40 digits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,39}", re.ASCII)

_HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)

_SHOWN = 300  # characters of a name from outside in a message


class RecordJsonError(EncodeError):
    """A JSON object that is not a record. The code is wrong-type.

    `field` is the name of the invalid member, `problem` one sentence without a subject.
    """

    def __init__(self, code: str, field: str, problem: str = "") -> None:
        super().__init__(code, field)
        self.problem = problem

    def __str__(self) -> str:
        cited = f"{self.code}, {self.requirement}" if self.requirement else self.code
        return f"{escape(self.field, _SHOWN)}: {self.problem} [{cited}]"


def member_name(field: Field) -> str:
    """Return the name of a field's member in JSON."""
    return f"{field.name}_hex" if field.parts[-1].role == RAW else field.name


def to_json(record: tuple[Any, ...], layout: Layout = LAYOUT) -> dict[str, JsonValue]:
    """The record of a layout as an object for `json.dumps`."""
    return {
        member_name(field): value_to_json(value)
        for field, value in zip(layout.record_fields, record, strict=True)
    }


def value_to_json(value: Any) -> JsonValue:
    """One value of a record as JSON."""
    if isinstance(value, bytes):
        return value.hex()
    return None if value is None else str(value)


def from_json(document: Mapping[str, object]) -> CheckpointRecord:
    """Return the record of such an object. The ranges of its values are not checked.

    An integer is a string of ASCII digits without leading zeros. Raises `EncodeError` with
    the code wrong-type and the name of the field for a value that does not have the form of
    the schema, and for a field that is missing or unknown.
    """
    return CheckpointRecord(*values_from_json(document, LAYOUT))


def values_from_json(document: Mapping[str, object], layout: Layout) -> list[Any]:
    """The values of a record of a layout, in order. Raises as `from_json` does."""
    fields = layout.record_fields
    names = [member_name(field) for field in fields]
    missing = [name for name in names if name not in document]
    if unknown := sorted(set(document) - set(names)):
        near = _nearest(unknown[0], missing, names)
        raise _wrong(unknown[0], f"is not a field of a record{near}")
    if missing:
        raise _wrong(missing[0], "is missing")
    return [_value(field, name, document[name]) for field, name in zip(fields, names, strict=True)]


def _nearest(name: str, missing: list[str], names: list[str]) -> str:
    """A suggestion for an unknown name: a missing field first, else any field."""
    import difflib  # only for a mistyped name

    short = name[:_SHOWN]
    near = difflib.get_close_matches(short, missing, 1) or difflib.get_close_matches(
        short, names, 1
    )
    return f"; did you mean {near[0]}?" if near else ""


def _wrong(field: str, problem: str) -> RecordJsonError:
    return RecordJsonError("wrong-type", field, problem)


def _value(field: Field, name: str, value: object) -> Any:
    role = field.parts[0].role
    if value is None and role == FLAG:
        return None
    if not isinstance(value, str):
        or_null = " or null" if role == FLAG else ""
        raise _wrong(name, f"must be a string{or_null} in JSON, and is {_kind(value)}")
    if role == INTEGER:
        if not _INTEGER.fullmatch(value):
            raise _wrong(
                name,
                f'must be an integer in decimal without leading zeros, and is "{_cut(value)}"',
            )
        return int(value)
    if field.parts[-1].role == RAW:
        if not _HEX.fullmatch(value):
            raise _wrong(name, f'must be lower-case hexadecimal, and is "{_cut(value)}"')
        return bytes.fromhex(value)
    if field.parts[-1].role != CONTENT and value not in field.parts[0].values:
        allowed = ", ".join(map(str, field.parts[0].values))
        raise _wrong(name, f'must be one of {allowed}, and is "{_cut(value)}"')
    return value


def _cut(text: str) -> str:
    return escape(text, _SHOWN)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "an array"
    return "an object" if isinstance(value, dict) else "a number"
