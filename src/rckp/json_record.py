"""A record as JSON: fields in layout order, u64 as decimal strings, absent as null.

A JSON number is a double in most languages and would round a u64 above 2**53, hence
the strings. The schema is spec/record.schema.json.
"""

from __future__ import annotations

from rckp.errors import EncodeError
from rckp.read._layout import LAYOUT
from rckp.read.layout import CONTENT, FLAG, INTEGER, Field
from rckp.record import CheckpointRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

JsonValue = str | None


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

    Raises `EncodeError` with the code wrong-type and the name of the field for a value
    that is not of the form of the schema, and for a field that is missing or unknown.
    """
    fields = LAYOUT.record_fields
    unknown = sorted(set(document) - {field.name for field in fields})
    if unknown:
        raise EncodeError("wrong-type", unknown[0])
    return CheckpointRecord(*(_value(field, document) for field in fields))


def _value(field: Field, document: Mapping[str, object]) -> Any:
    role = field.parts[0].role
    value = document.get(field.name, document)  # itself: a value that no field can have
    if value is None and role == FLAG:
        return None
    if not isinstance(value, str):
        raise EncodeError("wrong-type", field.name)
    if role == INTEGER:
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 40:
            raise EncodeError("wrong-type", field.name)
        return int(value)
    if field.parts[-1].role != CONTENT and value not in field.parts[0].values:
        raise EncodeError("wrong-type", field.name)
    return value
