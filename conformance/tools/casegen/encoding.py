"""An encoder of records that is independent of `rckp`, written from the specification.

The implementation under test must not make the cases. So this module uses neither the codec of
`rckp`, nor its grammar, nor its layout.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

_STATUSES = ("running", "completed", "failed", "interrupted")
_LAYOUT = (  # spec/record-layout.md: the fields after the magic number, in their order
    "u64 created_at_ms, string run_id, u64 random_seed, string algorithm_name, "
    "string algorithm_parameters, string problem_description, string problem_parameters, "
    "u64 algorithm_signature_hash, u64 problem_signature_hash, string step_state_payload, "
    "option seed_payload, u64 elapsed_millis, status status, option error_message"
)


def encoded(record: Mapping[str, Any]) -> bytes:
    """Return the file of a record whose values all have an encoding."""
    return b"".join(piece for _, _, piece in parts(record))


def parts(record: Mapping[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Yield the field, the role and the bytes of each part."""
    yield "magic", "magic", b"RCKP"
    for kind, name in (field.split() for field in _LAYOUT.split(", ")):
        value = record[name]
        if kind == "u64":
            yield name, "integer", struct.pack("<Q", value)
        elif kind == "status":
            yield name, "status", struct.pack("<B", _STATUSES.index(str(value)))
        else:
            if kind == "option":
                yield name, "flag", b"\0" if value is None else b"\1"
            if value is not None:
                # Payloads of the draft layout are bytes.
                content = value if isinstance(value, bytes) else value.encode("utf-8")
                yield name, "length", struct.pack("<I", len(content))
                yield name, "content", content
