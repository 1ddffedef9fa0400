"""Completion of an invalid checkpoint: what is before its error, and a value for the rest."""

from __future__ import annotations

from typing import NamedTuple

from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.identity import Identity
from rckp.format.record import CheckpointRecord
from rckp.validation.inspect import Inspection
from rckp.validation.record_summary import SIGNATURES

STATUS = "interrupted"

_PAYLOAD = "step_state_payload"
# What a program needs to find a run and to resume it: all fields up to the payload.
_NEEDED = tuple(f.name for f in LAYOUT.record_fields)[
    : [f.name for f in LAYOUT.record_fields].index(_PAYLOAD) + 1
]


class Recovery(NamedTuple):
    """A completed record.

    `kept` are the fields that are as in the file. `begun` is the field of which only the beginning
    is in the file, or None. `completed` are the other fields, which have a value that rckp chose.
    `incomplete` are those of them that a program needs to resume the run.
    """

    record: CheckpointRecord
    kept: tuple[str, ...]
    begun: str | None
    completed: tuple[str, ...]
    incomplete: tuple[str, ...]


def incomplete_fields(inspection: Inspection) -> tuple[str, ...]:
    """The fields that a program needs to resume a run, and that are not whole in the file."""
    found = inspection.partial_record()
    return tuple(name for name in _NEEDED if name not in found)


def recover(inspection: Inspection, by: str, error: str) -> Recovery:
    """Complete the fields before the error of an invalid file.

    The inspection must have the whole strings. The status is `interrupted`. The error message
    says that the program `by` has recovered the file, what the `error` was and which fields are
    lost, and ends with the message of the file, if it had one. Of an incomplete string the
    well-formed beginning is kept. A signature hash is computed from its strings; another integer
    that is lost is 0, and a string is empty, or absent if it may be.
    """
    complete = inspection.partial_record()
    found = {name: value for name, value in complete.items() if not isinstance(value, bytes)}
    last = inspection.fields[-1]
    begun = None
    values = dict(found)
    if not last.complete and isinstance(last.value, str) and last.value:
        begun = last.field.name
        values[begun] = last.value
    message = values.get("error_message")
    lost = [f.name for f in LAYOUT.record_fields if f.name not in found]
    for field in LAYOUT.record_fields:
        if field.name not in values:
            first = field.parts[0].role
            values[field.name] = {roles.INTEGER: 0, roles.FLAG: None}.get(first, "")
    hashes = zip(SIGNATURES, _hashes(values), strict=True)
    values |= {name: computed for name, computed in hashes if name in lost}
    parts = [f"recovered by {by} from an invalid file: {error}"]
    if lost:
        parts.append(f"not whole in the file: {', '.join(lost)}")
    if "status" in found:
        parts.append(f"its status was {found['status']}")
    if message is not None:
        whole = "the beginning of its" if begun == "error_message" else "its"
        parts.append(f"{whole} error message was: {message}")
    values["error_message"] = "; ".join(parts)
    values["status"] = STATUS
    written = ("status", "error_message")
    return Recovery(
        CheckpointRecord(*(values[f.name] for f in LAYOUT.record_fields)),  # type: ignore[arg-type]
        tuple(name for name in found if name not in written),
        begun,
        tuple(name for name in lost if name not in written and name != begun),
        incomplete_fields(inspection),
    )


def _hashes(values: dict[str, int | str | None]) -> tuple[int, ...]:
    texts = (str(values[name]) for pair in SIGNATURES.values() for name in pair)
    return Identity(*texts).signature_hashes
