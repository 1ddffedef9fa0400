"""`layout.rs` of `rckp-fast`: the parts of the layout, as a table for its scanner."""

from __future__ import annotations

from collections.abc import Iterator

from rckp.derive import layout as plain
from rckp.derive.banner import NOTICE
from rckp.format import layout as roles
from rckp.format.layout import Layout, Part

_PLAIN = {roles.CONTENT: "Content", roles.FLAG: "Flag", roles.END: "End"}
_SIZED = {(roles.INTEGER, 8): "Integer", (roles.LENGTH, 4): "Length"}


def render(layout: Layout) -> str:
    """Return the text of the file. Raise `TypeError` for a part that its scanner does not know."""
    statuses = _statuses(layout)
    names = ", ".join(f'"{name}"' for name in statuses)
    rows = list(_rows(layout))
    body = "\n".join(f"    {row}" for row in rows)
    return f"""\
// {NOTICE}
//! The layout: its parts, in the order in which they are validated.

use crate::scan::{{Part, Role}};

/// As `rckp.format._layout.SHA256`.
pub const LAYOUT_SHA256: &str = "{plain.digest(layout)}";

/// The number of values of a record.
pub const RECORD_FIELDS: usize = {len(layout.record_fields)};

/// The names of the statuses, by byte (TYPE-10).
pub const STATUS_NAMES: [&str; {len(statuses)}] = [{names}];

#[rustfmt::skip]
pub const PARTS: [Part; {len(rows)}] = [
{body}
];
"""


def _statuses(layout: Layout) -> tuple[str, ...]:
    status = next(f for f in layout.record_fields if f.parts[0].role == roles.STATUS)
    return tuple(str(value) for value in status.parts[0].values)


def _rows(layout: Layout) -> Iterator[str]:
    index = 0
    for field in layout.fields:
        for part in field.parts:
            yield f'Part {{ field: "{field.name}", index: {index}, role: {_role(part)} }},'
        index += field in layout.record_fields


def _role(part: Part) -> str:
    if part.role == roles.MAGIC:
        magic = part.values[0]
        if not isinstance(magic, bytes):
            raise TypeError("the magic number is not bytes")
        return f'Role::Magic(b"{magic.decode("ascii")}")'
    if part.role == roles.STATUS:
        return f"Role::Status({len(part.values)})"
    if part.role == roles.FLAG and part.values != (False, True):
        raise TypeError("the scanner of rckp-fast knows flags of 0 and 1 only")
    name = _SIZED.get((part.role, part.size)) or _PLAIN.get(part.role)
    if name is None:
        raise TypeError(f"the scanner of rckp-fast has no {part.role} of {part.size} bytes")
    return f"Role::{name}"
