"""`decode`, `encode` and `encode_parts`.

The generated codec says yes or no. A no is explained by the scanner (decoding) or by
`_check` (encoding), neither of which the codec knows. What stands in the bodies of the
public functions is done only when the codec says no.
"""

from __future__ import annotations

from rckp.errors import DecodeError, EncodeError
from rckp.read._codec import make_decoder, make_encoder
from rckp.read._layout import LAYOUT
from rckp.read.layout import CONTENT, FLAG, INTEGER, STATUS, Field
from rckp.record import CheckpointRecord, CheckpointRunStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer

# Below this size it is faster to copy a buffer than to make a view of each of its strings.
_SMALL = 32768  # bytes

_STATUSES = tuple(
    CheckpointRunStatus(str(value))
    for field in LAYOUT.fields
    for part in field.parts
    if part.role == STATUS
    for value in part.values
)
_STATUS_BYTES = {status: byte for byte, status in enumerate(_STATUSES)}


def byte_view(data: Buffer) -> memoryview:
    """The bytes of a buffer of any shape and item type, copied only if they are scattered."""
    view = memoryview(data)
    if view.c_contiguous:
        return view.cast("B") if view.format != "B" or view.ndim != 1 else view
    return memoryview(view.tobytes())


def _text(data: memoryview) -> str:
    return str(data, "utf-8")


def _plain(data: Buffer) -> tuple[bytes | memoryview, Callable[[Any], str]]:
    view = byte_view(data)
    return (bytes(view), bytes.decode) if len(view) < _SMALL else (view, _text)


@make_decoder(CheckpointRecord, _STATUSES, _plain)
def decode(data: Buffer) -> CheckpointRecord:
    """The record that the bytes encode [DEC-1].

    `data` is bytes, a bytearray, a memoryview or another buffer of bytes; it is not kept.

    Raises `DecodeError` with one of the codes `truncated`, `bad-magic`, `invalid-utf8`,
    `invalid-option-flag`, `invalid-status` and `trailing-bytes` ([DEC-2] to [DEC-7]), and
    never returns a record for faulty bytes [DEC-8].
    """
    raise _explain(data)


@make_decoder(CheckpointRecord, _STATUSES, _plain)
def decode_or_none(data: Buffer) -> CheckpointRecord | None:  # noqa: ARG001 - faulty ones only
    """As `decode`, but None for faulty bytes, and no word about the fault."""
    return None


@make_encoder(_STATUS_BYTES, b"".join)
def encode(record: CheckpointRecord) -> bytes:
    """The one encoding of the record [ENC-1].

    The values have the types and ranges that `CheckpointRecord` tells; a plain tuple of them
    does as well.

    Raises `EncodeError` with one of the codes `integer-out-of-range`, `wrong-type`,
    `lone-surrogate` and `string-too-long` ([ENC-3] to [ENC-6]).
    """
    return encode(_check(record))


@make_encoder(_STATUS_BYTES, list)
def encode_parts(record: CheckpointRecord) -> list[bytes]:
    """The encoding of the record in pieces, for `writev` or a series of writes.

    Joined they are `encode(record)`; a large payload is a piece of its own, so that
    it is in memory once less. Raises as `encode` does.
    """
    return encode_parts(_check(record))


def _explain(data: Buffer) -> DecodeError:
    from rckp.read.scan import first_fault  # noqa: PLC0415 - only a faulty file needs it

    fault = first_fault(byte_view(data))
    if fault is None:
        raise AssertionError("the codec refuses what the scanner accepts: please report this file")
    return DecodeError(fault.code, fault.field, fault.offset, fault.wanted, fault.available)


def _check(record: CheckpointRecord) -> CheckpointRecord:
    """Finds the first value that has no encoding (ENC-8), and raises.

    If there is none, the values are of subclasses that the codec does not deal with;
    then the same record is returned with plain integers and strings.
    """
    fields = LAYOUT.record_fields
    if not isinstance(record, tuple) or len(record) != len(fields):
        raise EncodeError("wrong-type", "record")
    return CheckpointRecord(*map(_checked, fields, record))


def _checked(field: Field, value: object) -> Any:
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
    if value not in _STATUSES:
        raise EncodeError("wrong-type", field.name)
    return CheckpointRunStatus(str(value))
