"""The layouts by name: `released`, that of the specification, and `next`, the draft layout."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer

    from rckp.format.layout import Layout

RELEASED = "released"
NEXT = "next"
NAMES = (RELEASED, NEXT)
TITLES = {RELEASED: "the layout of this specification", NEXT: "the draft layout"}


class Codec(NamedTuple):
    """A layout with the class of its records, its decoder and its encoder.

    `decode(data)` returns a record or raises `DecodeError`; `encode(record)` returns bytes or
    raises `EncodeError`.
    """

    name: str
    layout: Layout
    record: Callable[..., Any]
    decode: Callable[[Buffer], Any]
    encode: Callable[[Any], bytes]


def april_layout(data: bytes | memoryview) -> str | None:
    """Return the name of the layout of April 2026 in which bytes are a complete file, or None."""
    from rckp.format._april_layouts import LAYOUTS  # hardly any file is of these
    from rckp.format.scan import first_error

    return next((each.name for each in LAYOUTS if first_error(data, each) is None), None)


def codec(name: str) -> Codec:
    """Return what belongs to the layout of this name. Raise `ValueError` for an unknown one."""
    if name == RELEASED:
        from rckp.format._layout import LAYOUT
        from rckp.format.codec import decode, encode
        from rckp.format.record import CheckpointRecord

        return Codec(name, LAYOUT, CheckpointRecord, decode, encode)
    if name == NEXT:  # rarely needed
        from rckp.format import _next_codec, _next_layout
        from rckp.format._next_record import NextRecord

        return Codec(name, _next_layout.LAYOUT, NextRecord, _next_codec.decode, _next_codec.encode)
    raise ValueError(f"there is no layout {name!r}")
