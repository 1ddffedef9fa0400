"""The records that cases start from, their parts, and the errors of edited files."""

from __future__ import annotations

from typing import Any, NamedTuple

import rckp
from rckp.conformance.cases import Edit
from rckp.format import layout as roles
from rckp.format._layout import LAYOUT

RUNNING, COMPLETED, FAILED, INTERRUPTED = rckp.CheckpointRunStatus


U64_MAX = 2**64 - 1


EXAMPLE = rckp.CheckpointRecord(
    created_at_ms=1767225600000,
    run_id="HC-7-00000000000000000000-1767225600000",
    random_seed=42,
    algorithm_name="HC",
    algorithm_parameters="p=1",
    problem_description="TSP",
    problem_parameters="n=4",
    algorithm_signature_hash=0x05C32BA4C2EA6C52,  # FNV-1a of "HC|p=1"
    problem_signature_hash=0x640BEEFA78E58607,  # FNV-1a of "TSP|n=4"
    step_state_payload="iter=10;eval=11",
    seed_payload=None,
    elapsed_millis=1500,
    status=RUNNING,
    error_message=None,
)


FULL = rckp.CheckpointRecord(
    created_at_ms=1767225661234,
    run_id="SimulatedAnnealing-4711-00000000000000000003-1767225600250",
    random_seed=16045690984503098046,
    algorithm_name="SimulatedAnnealing",
    algorithm_parameters="t0=95.5",
    problem_description="Ackley",
    problem_parameters="dimensions=3",
    algorithm_signature_hash=0x9E34B5420A9A4B4A,  # FNV-1a of "SimulatedAnnealing|t0=95.5"
    problem_signature_hash=0xC57BA7D95CF61899,  # FNV-1a of "Ackley|dimensions=3"
    step_state_payload="iter=120;eval=121;seed=9;state=0.5,-0.25,3.75|20.0855;t=41.3",
    seed_payload="state=1,2,3",
    elapsed_millis=60984,
    status=FAILED,
    error_message="disk full: /scratch",
)


STRINGS = [f.name for f in LAYOUT.record_fields if f.parts[-1].role == roles.CONTENT]


INTEGERS = [f.name for f in LAYOUT.record_fields if f.parts[0].role == roles.INTEGER]


OPTIONS = [f.name for f in LAYOUT.record_fields if f.parts[0].role == roles.FLAG]


def changed(record: rckp.CheckpointRecord, **values: Any) -> rckp.CheckpointRecord:
    """Return the record with other values."""
    return record._replace(**values)


class Span(NamedTuple):
    """The position of a part in the encoding of FULL, computed without the scanner."""

    field: str
    role: str
    start: int
    stop: int


def spans(record: rckp.CheckpointRecord) -> list[Span]:
    """Return the parts of a record whose options are all present."""
    found, at = [], 0
    for field in LAYOUT.fields:
        for part in field.parts:
            size = part.size
            if part.role == roles.CONTENT:
                size = len(getattr(record, field.name).encode())
            found.append(Span(field.name, part.role, at, at + size))
            at += size
    return found


def replaced(data: bytes, at: int, new: bytes) -> Edit:
    return Edit(at, data[at : at + len(new)], new)


def location(code: str, field: str, offset: int) -> dict[str, Any]:
    return {"code": code, "field": field, "offset": str(offset)}


def truncation(field: str, start: int, wanted: int, end: int) -> dict[str, str]:
    return {
        "code": "truncated",
        "field": field,
        "offset": str(start),
        "wanted": str(wanted),
        "available": str(end - start),
    }
