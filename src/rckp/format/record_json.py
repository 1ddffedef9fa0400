"""A record as JSON: fields in layout order, u64 as decimal strings, absent as null.

A JSON number is a double in most languages and would round a u64 above 2**53, hence
the strings. The schema is spec/record.schema.json.
"""

from __future__ import annotations

import re

from rckp.display import escape
from rckp.errors import EncodeError
from rckp.format._layout import LAYOUT
from rckp.format.layout import CONTENT, FLAG, INTEGER, Field
from rckp.format.record import CheckpointRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

JsonValue = str | None

# Digits are ASCII, without leading zeros. A negative integer has the right type: the encoder
# reports that it is out of range (ENC-3). So does it with up to 40 digits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,39}", re.ASCII)

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


def to_json(record: CheckpointRecord) -> dict[str, JsonValue]:
    """The record as an object for `json.dumps`."""
    return {
        field.name: value_to_json(value)
        for field, value in zip(LAYOUT.record_fields, record, strict=True)
    }


def value_to_json(value: Any) -> JsonValue:
    """One value of a record as JSON."""
    return None if value is None else str(value)


def from_json(document: Mapping[str, object]) -> CheckpointRecord:
    """The record of such an object, checked for its form but not yet for its ranges.

    An integer is a string of ASCII digits without leading zeros. Raises `EncodeError` with
    the code wrong-type and the name of the field for a value that does not have the form of
    the schema, and for a field that is missing or unknown.
    """
    names = [field.name for field in LAYOUT.record_fields]
    missing = [name for name in names if name not in document]
    if unknown := sorted(set(document) - set(names)):
        raise _wrong(unknown[0], f"is not a field of a record{_nearest(unknown[0], missing)}")
    if missing:
        raise _wrong(missing[0], "is missing")
    return CheckpointRecord(
        *(_value(field, document[field.name]) for field in LAYOUT.record_fields)
    )


def _nearest(name: str, missing: list[str]) -> str:
    """A suggestion for an unknown name: a missing field first, else any field."""
    import difflib  # only for a mistyped name

    short = name[:_SHOWN]
    near = difflib.get_close_matches(short, missing, 1) or difflib.get_close_matches(
        short, [field.name for field in LAYOUT.record_fields], 1
    )
    return f"; did you mean {near[0]}?" if near else ""


def _wrong(field: str, problem: str) -> RecordJsonError:
    return RecordJsonError("wrong-type", field, problem)


def _value(field: Field, value: object) -> Any:
    role = field.parts[0].role
    if value is None and role == FLAG:
        return None
    if not isinstance(value, str):
        or_null = " or null" if role == FLAG else ""
        raise _wrong(field.name, f"must be a string{or_null} in JSON, and is {_kind(value)}")
    if role == INTEGER:
        if not _INTEGER.fullmatch(value):
            raise _wrong(
                field.name,
                f'must be an integer in decimal without leading zeros, and is "{_cut(value)}"',
            )
        return int(value)
    if field.parts[-1].role != CONTENT and value not in field.parts[0].values:
        allowed = ", ".join(map(str, field.parts[0].values))
        raise _wrong(field.name, f'must be one of {allowed}, and is "{_cut(value)}"')
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
