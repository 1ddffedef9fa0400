"""`_layout.py`: the grammar's layout as a plain value."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rckp.derive.banner import python_notice
from rckp.format.layout import Field, Layout, Part


def render(layout: Layout) -> str:
    """The module's text."""
    rows = "\n".join(f"        {_field(field)}," for field in layout.fields)
    title = "an RCKP file" if layout.name == "RCKP" else f"the draft, {layout.name},"
    return f"""\
{python_notice(f"The layout of {title} as a plain value.")}
from rckp.format.layout import Field, Layout, Part

LAYOUT = Layout(
    {quoted(layout.name)},
    (
{rows}
    ),
)

# Of what determines which files are valid: `digest` of `rckp.derive.layout`.
SHA256 = "{digest(layout)}"
"""


def digest(layout: Layout) -> str:
    """Return the SHA-256 of names and parts, in hexadecimal: whether two layouts are the same."""
    determining = [(field.name, [tuple(part) for part in field.parts]) for field in layout.fields]
    return hashlib.sha256(repr(determining).encode()).hexdigest()


def render_april(layouts: Sequence[Layout]) -> str:
    """The text of the module with the layouts of April 2026: only types and order."""
    rows = "\n".join(
        f"    Layout(\n        {quoted(layout.name)},\n        (\n"
        + "\n".join(f"            {_short_field(field)}," for field in layout.fields)
        + "\n        ),\n    ),"
        for layout in layouts
    )
    return f"""\
{python_notice("The layouts of April 2026, before the first release, as plain values.")}
from rckp.format.layout import Field, Layout, Part

LAYOUTS = (
{rows}
)
"""


def _short_field(field: Field) -> str:
    parts = ", ".join(_part(part) for part in field.parts)
    return f'Field({field.number}, {quoted(field.name)}, {quoted(field.type)}, ({parts},), "")'


def _field(field: Field) -> str:
    parts = ", ".join(_part(part) for part in field.parts)
    return (
        f"Field(\n            {field.number},\n            {quoted(field.name)},\n"
        f"            {quoted(field.type)},\n            ({parts},),\n"
        f"            {quoted(field.meaning)},\n        )"
    )


def _part(part: Part) -> str:
    if not part.values:
        return f"Part({quoted(part.role)}, {part.size})"
    values = ", ".join(quoted(v) for v in part.values)
    return f"Part({quoted(part.role)}, {part.size}, ({values},))"


def quoted(value: object) -> str:
    """`repr` with double quotes, as the formatter wants them."""
    text = repr(value)
    if text.endswith("'") and '"' not in text:
        text = text.replace("'", '"')
    return text
