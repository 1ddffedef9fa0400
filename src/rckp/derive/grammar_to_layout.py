"""Conversion of the construct grammar to a layout, a plain value.

Sizes, byte orders, the magic number and the tables of flags and states are taken
from the construct objects; only the correspondence between a construct class and
the spec's name for it is stated here.
"""

from __future__ import annotations

import struct
from typing import Any

from construct import (
    Const,
    FormatField,
    GreedyBytes,
    Mapping,
    Prefixed,
    Renamed,
    Struct,
    Terminated,
)

from rckp import grammar
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout, Part


def layout() -> Layout:
    """The layout that `rckp.grammar.RECORD` declares."""
    return _layout("RCKP", grammar.RECORD)


def next_layout() -> Layout:
    """The draft layout, which `rckp.grammar.NEXT_RECORD` declares."""
    return _layout("RCKP-next", grammar.NEXT_RECORD)


def april_layouts() -> list[Layout]:
    """The layouts of April 2026, which `rckp.grammar.APRIL_RECORDS` declares."""
    return [
        _layout(f"april-2026-{number}", record)
        for number, record in enumerate(grammar.APRIL_RECORDS, 1)
    ]


def _layout(name: str, record: Struct) -> Layout:
    return Layout(name, tuple(_field(number, each) for number, each in enumerate(record.subcons)))


def _field(number: int, renamed: Any) -> Field:
    subcon: Any = renamed
    while isinstance(subcon, Renamed):  # one layer for the name, one for the meaning
        subcon = subcon.subcon
    type_name, parts = _type(subcon)
    return Field(number, str(renamed.name), type_name, parts, str(renamed.docs))


def _type(subcon: Any) -> tuple[str, tuple[Part, ...]]:
    match subcon:
        case FormatField(fmtstr="<d"):
            return f"f{8 * subcon.sizeof()}", (_unsigned(roles.FLOAT, subcon),)
        case grammar.Integer(subcon=FormatField() as number):
            return f"u{8 * number.sizeof()}", (_unsigned(roles.INTEGER, number),)
        case grammar.Utf8(subcon=Prefixed(lengthfield=FormatField() as length)) if (
            _content(subcon) is GreedyBytes
        ):
            return "string", (_unsigned(roles.LENGTH, length), Part(roles.CONTENT, 0))
        case grammar.Bytes(subcon=Prefixed(lengthfield=FormatField() as length)) if (
            _content(subcon) is GreedyBytes
        ):
            return "bytes", (_unsigned(roles.LENGTH, length), Part(roles.RAW, 0))
        case grammar.Versioned():
            inner, (*others, content) = _type(subcon.subcon)
            return f"versioned-{inner}", (*others, content._replace(values=subcon.versions))
        case grammar.Optional():
            flag, (inner, parts) = _table(roles.FLAG, subcon.flag), _type(subcon.subcon)
            return f"option<{inner}>", (flag, *parts)
        case Mapping():
            return "status", (_table(roles.STATUS, subcon),)
        case Const():
            return "magic", (Part(roles.MAGIC, subcon.sizeof(), (subcon.value,)),)
        case _ if subcon is Terminated:
            return "end", (Part(roles.END, 0),)
    raise TypeError(f"the grammar uses {subcon!r}, for which the spec has no type")


def _content(text: Any) -> Any:
    return text.subcon.subcon


def _unsigned(role: str, number: FormatField[Any, Any]) -> Part:
    size = number.sizeof()
    if role != roles.FLOAT and struct.pack(number.fmtstr, 1) != (1).to_bytes(size, "little"):
        raise TypeError(f"{number!r} is not little-endian (TYPE-1)")
    return Part(role, size)


def _table(role: str, mapping: Mapping[Any, Any]) -> Part:
    by_byte = mapping.decmapping
    if sorted(by_byte) != list(range(len(by_byte))):
        raise TypeError(f"the values of a {role} must count from 0 without gaps: {by_byte}")
    return Part(role, mapping.subcon.sizeof(), tuple(by_byte[i] for i in range(len(by_byte))))
