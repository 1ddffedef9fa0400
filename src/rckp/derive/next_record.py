"""`_next_record.py`: the record of the draft layout, with a type for each field."""

from __future__ import annotations

from rckp.derive.banner import python_notice
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout

_TYPES = {
    roles.INTEGER: "int",
    roles.STATUS: "CheckpointRunStatus",
    roles.CONTENT: "str",
    roles.RAW: "bytes",
}


def render(layout: Layout) -> str:
    """Return the text of the module."""
    members = "\n".join(f"    {field.name}: {_type(field)}" for field in layout.record_fields)
    return f"""\
{python_notice("The record of the draft layout.")}
from typing import NamedTuple

from rckp.format.record import CheckpointRunStatus


class NextRecord(NamedTuple):
    \"""One checkpoint of the draft layout.

    As `CheckpointRecord`, but that both payloads are bytes. `step_state_payload` begins with the
    byte 01.
    \"""

{members}
"""


def _type(field: Field) -> str:
    name = _TYPES[field.parts[-1].role]
    return f"{name} | None" if field.parts[0].role == roles.FLAG else name
