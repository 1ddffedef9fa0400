"""`spec/diagrams/*.svg`: the bytes of each type, and of the record, as pictures.

`picture.py` describes what all pictures have in common.
"""

from __future__ import annotations

from collections.abc import Sequence

from rckp.derive.picture import MARGIN, WIDTH, Picture
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout, Part

_CELL = 40  # height of a part
_FILES = {"u64": "u64", "string": "string", "option<string>": "option-string", "status": "status"}


def render(layout: Layout) -> dict[str, str]:
    """Return every diagram by its file name."""
    by_type = {field.type: field for field in layout.fields}
    drawn = {"record.svg": _record(layout)}
    for name, file in _FILES.items():
        draw = {
            roles.INTEGER: _integer,
            roles.LENGTH: _string,
            roles.FLAG: _option,
            roles.STATUS: _status,
        }[by_type[name].parts[0].role]
        drawn[f"{file}.svg"] = draw(by_type[name])
    return drawn


def _cells(picture: Picture, x: float, y: float, part: Part, width: float) -> float:
    """Draw a number byte by byte, each with its weight. Return its right edge."""
    for byte in range(part.size):
        picture.box(x, y, width, _CELL, part.role)
        weight = "× 1" if byte == 0 else f"× 256{_power(byte)}"
        picture.text(x + width / 2, y + 25, weight, anchor="middle", size=13)
        x += width
    return x


def _power(exponent: int) -> str:
    return "" if exponent == 1 else "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in str(exponent))


def _span(picture: Picture, x1: float, x2: float, y: float, label: str) -> None:
    """Draw the name of a span below its bytes."""
    picture.line(x1 + 1, y + 6, x2 - 1, y + 6)
    picture.line(x1 + 1, y + 2, x1 + 1, y + 6)
    picture.line(x2 - 1, y + 2, x2 - 1, y + 6)
    picture.text((x1 + x2) / 2, y + 24, label, anchor="middle")


def _integer(field: Field) -> str:
    (part,) = field.parts
    picture = Picture(
        f"{field.type}: one part, an integer of {part.size} bytes",
        f"{part.size} bytes in a row. The first counts once, each further one "
        "256 times as much as the one before.",
    )
    width = (WIDTH - 2 * MARGIN) / part.size
    end = _cells(picture, MARGIN, 34, part, width)
    _span(picture, MARGIN, end, 34 + _CELL, f"{part.role}, {part.size} bytes")
    return picture.svg()


def _text_parts(picture: Picture, x: float, y: float, parts: Sequence[Part], edge: float) -> None:
    """Draw a length and its content, up to `edge`."""
    length, content = parts
    end = _cells(picture, x, y, length, 58)
    _span(picture, x, end, y + _CELL, f"{length.role} n, {length.size} bytes")
    picture.torn(end, y, edge - end, _CELL)
    picture.text((end + edge) / 2, y + 25, "UTF-8", anchor="middle")
    _span(picture, end, edge, y + _CELL, f"{content.role}, n bytes")


def _string(field: Field) -> str:
    length, _ = field.parts
    picture = Picture(
        f"{field.type}: a length of {length.size} bytes, then the content",
        f"A {length.role} part of {length.size} bytes, the first with the least weight, says how "
        "many bytes of UTF-8 follow as the content.",
    )
    _text_parts(picture, MARGIN, 34, field.parts, WIDTH - MARGIN)
    return picture.svg()


def _option(field: Field) -> str:
    flag, *text = field.parts
    absent, present = (f"{flag.values.index(value):02X}" for value in (False, True))
    picture = Picture(
        f"{field.type}: a flag, and when it says present, a string",
        f"Absent: one flag byte {absent}, and nothing follows. Present: one flag byte {present}, "
        f"then a length of {text[0].size} bytes and the content.",
    )
    width = 48
    for y, name, byte in ((34, "absent", absent), (144, "present", present)):
        picture.text(MARGIN, y - 11, name)
        picture.box(MARGIN, y, width, _CELL, flag.role)
        picture.text(MARGIN + width / 2, y + 26, byte, anchor="middle", mono=True, size=16)
        _span(picture, MARGIN, MARGIN + width, y + _CELL, flag.role)
    picture.text(MARGIN + width + 16, 34 + 26, "nothing follows", soft=True)
    _text_parts(picture, MARGIN + width, 144, text, WIDTH - MARGIN)
    return picture.svg()


def _status(field: Field) -> str:
    (part,) = field.parts
    states = [(f"{byte:02X}", str(name)) for byte, name in enumerate(part.values)]
    picture = Picture(
        f"{field.type}: one part of one byte",
        "One byte: " + ", ".join(f"{byte} is {name}" for byte, name in states) + ".",
    )
    width = (WIDTH - 2 * MARGIN) / len(states)
    for i, (byte, name) in enumerate(states):
        middle = MARGIN + width * (i + 0.5)
        picture.box(middle - 24, 20, 48, _CELL, part.role)
        picture.text(middle, 46, byte, anchor="middle", mono=True, size=16)
        picture.text(middle, 82, name, anchor="middle")
        if i:
            picture.text(MARGIN + width * i, 46, "or", anchor="middle", soft=True)
    return picture.svg()


_ROW = 34
_PARTS_AT = 246
_BYTE = 16  # width of a byte in the record
_NARROWEST = 58  # width that the name of a part needs


def _record(layout: Layout) -> str:
    named = "; ".join(
        f"{field.name}: {', '.join(_words(part) for part in field.parts)}"
        for field in layout.fields
    )
    picture = Picture("The parts of a record, field by field", f"From the first byte on: {named}.")
    y = MARGIN
    for field in layout.fields:
        ended = field.type == roles.END
        if not ended:
            picture.text(MARGIN + 18, y + 18, str(field.number), anchor="end", soft=True)
        picture.text(MARGIN + 26, y + 18, field.name, mono=True, size=13)
        if ended:
            picture.text(_PARTS_AT, y + 18, "no byte follows", soft=True)
        else:
            _field(picture, field, y)
        y += _ROW
    flag = next(part for field in layout.fields for part in field.parts if part.role == roles.FLAG)
    present = f"{flag.values.index(True):02X}"
    picture.text(
        MARGIN + 26, y + 18, f"Dashed parts are there only when the flag is {present}.", soft=True
    )
    return picture.svg()


def _field(picture: Picture, field: Field, y: float) -> None:
    x: float = _PARTS_AT
    height = _ROW - 8
    optional = False
    for part in field.parts:
        width: float = max(part.size * _BYTE, _NARROWEST)
        if part.role == roles.CONTENT:
            width = WIDTH - MARGIN - x
            picture.torn(x, y, width, height, dashed=optional)
        else:
            picture.box(x, y, width, height, part.role, dashed=optional)
        for i in range(1, part.size):
            tick = x + i * width / part.size
            picture.line(tick, y + height - 5, tick, y + height)
        picture.text(x + width / 2, y + 18, _words(part), anchor="middle", size=13)
        x += width
        optional = optional or part.role == roles.FLAG


def _words(part: Part) -> str:
    return f"{part.role} {part.size}" if part.size else part.role
