"""Why bytes do not encode a record, and why a record cannot be encoded.

`decode` and `encode` accept or reject; the reason is found only after they have rejected.
"""

from __future__ import annotations

from rckp.errors import DecodeError, EncodeError
from rckp.format._layout import LAYOUT
from rckp.format.buffers import byte_view
from rckp.format.layout import CONTENT, FLAG, INTEGER, RAW, STATUS, Field, Layout
from rckp.format.record import CheckpointRunStatus
from rckp.format.scan import first_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from typing_extensions import Buffer

    # A record of any layout.
    _Record = TypeVar("_Record", bound=tuple[Any, ...])

_STATUSES = tuple(
    CheckpointRunStatus(str(value))
    for field in LAYOUT.fields
    for part in field.parts
    if part.role == STATUS
    for value in part.values
)


def explain(data: Buffer, layout: Layout = LAYOUT) -> DecodeError:
    """Return the error that says why bytes do not encode a record."""
    error = first_error(byte_view(data), layout)
    if error is None:
        raise AssertionError("the codec refuses what the scanner accepts: please report this file")
    return DecodeError(error.code, error.field, error.offset, error.wanted, error.available)


def validated_record(record: _Record, layout: Layout = LAYOUT) -> _Record:
    """Raise `EncodeError` for the first value that has no encoding (ENC-8).

    If there is none, the values are of subclasses that the codec does not accept. Then return
    a tuple of the same values as plain integers, strings and bytes.
    """
    fields = layout.record_fields
    if not isinstance(record, tuple) or len(record) != len(fields):
        raise EncodeError("wrong-type", "record")
    return tuple(map(_validated_value, fields, record))  # type: ignore[return-value]


def _validated_value(field: Field, value: object) -> Any:
    roles = [part.role for part in field.parts]
    if value is None and roles[0] == FLAG:
        return None
    if roles[0] == INTEGER:
        if not isinstance(value, int) or isinstance(value, bool):
            raise EncodeError("wrong-type", field.name)
        if not 0 <= value < 1 << 8 * field.parts[0].size:
            raise EncodeError("integer-out-of-range", field.name)
        return int(value)
    if roles[-1] == CONTENT:
        if not isinstance(value, str):
            raise EncodeError("wrong-type", field.name)
        try:
            size = len(str.encode(value))
        except UnicodeEncodeError:
            raise EncodeError("lone-surrogate", field.name) from None
        if size >= 1 << 8 * field.parts[-2].size:
            raise EncodeError("string-too-long", field.name)
        return str.__str__(value)
    if roles[-1] == RAW:
        return _validated_bytes(field, value)
    if value not in _STATUSES:
        raise EncodeError("wrong-type", field.name)
    return CheckpointRunStatus(str(value))


def _validated_bytes(field: Field, value: object) -> bytes:
    length, content = field.parts[-2:]
    if not isinstance(value, bytes):
        raise EncodeError("wrong-type", field.name)
    if len(value) >= 1 << 8 * length.size:
        raise EncodeError("string-too-long", field.name)
    if content.values and value[:1] not in content.values:
        raise EncodeError("payload-version", field.name)
    return bytes(value)
