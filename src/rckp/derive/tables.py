"""The generated blocks of the chapters.

A block is between `<!-- derived:NAME -->` and `<!-- /derived -->`, each on a line of its own. Only
the text between them is replaced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rckp.derive.chapters import CLOSING, OPENING, Chapter, SpecError
from rckp.derive.requirements import Requirement
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout, Part
from rckp.format.scan import ByteReader, Event, first_error, scan

EXAMPLE = "fixtures/cases/reader/example.ckpt"

_TYPES_CHAPTER = "primitive-types.md"
_TYPE_ANCHORS = {"u64": "u64", "string": "string", "option<string>": "optionstring"}
_BYTES_PER_LINE = 8


def tables(
    root: Path,
    layout: Layout,
    vocabulary: Sequence[Mapping[str, Any]],
    requirements: Mapping[str, Requirement],
) -> dict[str, str]:
    """Return every block by its name, as Markdown."""
    example = (root / EXAMPLE).read_bytes()
    return {
        "status-table": status_table(layout),
        "layout-table": layout_table(layout),
        "size-table": size_table(layout),
        "decode-error-table": decode_error_table(vocabulary, requirements),
        "encode-table": encode_table(vocabulary, requirements),
        "worked-example": worked_example(example, layout),
        "one-bit-changes": one_bit_changes(example, layout),
    }


def fill(chapters: Iterable[Chapter], blocks: Mapping[str, str]) -> dict[str, str]:
    """Return the text of each chapter, by path, with every block in its place.

    Raises `SpecError` for an unknown block, for markers that are not paired, and for a block that
    no chapter has.
    """
    filled, unused = {}, set(blocks)
    for chapter in chapters:
        lines = list[str]()
        opened, name = 0, ""
        for number, line in enumerate(chapter.text.splitlines(), 1):
            opening = OPENING.fullmatch(line)
            if (opening and name) or (line == CLOSING and not name):
                raise SpecError(chapter.path, opened or number, "a derived block is not paired")
            if opening:
                opened, name = number, opening[1]
                if name not in blocks:
                    raise SpecError(chapter.path, number, f"nothing derives {name!r}")
                lines += [line, "", blocks[name], ""]
            if line == CLOSING:
                unused.discard(name)
                name = ""
            if not name:
                lines.append(line)
        if name:
            raise SpecError(chapter.path, opened, "a derived block is not paired")
        filled[chapter.path] = "\n".join(lines) + "\n"
    if unused:
        raise SpecError("spec/*.md", 1, f"no chapter has a place for {', '.join(sorted(unused))}")
    return filled


def status_table(layout: Layout) -> str:
    """Return the table of statuses, by byte."""
    (part,) = (p for f in layout.fields for p in f.parts if p.role == roles.STATUS)
    rows = [[_hex(bytes([byte])), str(name)] for byte, name in enumerate(part.values)]
    return table(["byte", "status"], rows)


def layout_table(layout: Layout) -> str:
    """Return the table of the fields, their types, parts and meanings."""
    rows = [
        [
            "–" if field.type == roles.END else str(field.number),
            f"`{field.name}`",
            _type(field),
            layout_parts(field),
            field.meaning,
        ]
        for field in layout.fields
    ]
    return table(["#", "field", "type", "parts and their bytes", "meaning"], rows)


def _type(field: Field) -> str:
    if anchor := _TYPE_ANCHORS.get(field.type):
        return f"[`{field.type}`]({_TYPES_CHAPTER}#{anchor})"
    if field.type == roles.STATUS:
        return f"[{field.type}]({_TYPES_CHAPTER}#{field.type})"
    return field.type


def layout_parts(field: Field) -> str:
    """The parts of a field with the number of their bytes."""
    first, *others = field.parts
    if first.role == roles.FLAG:
        present = bytes([first.values.index(True)])
        return f"{_part(first)}; if it is {_hex(present)}: {', '.join(map(_part, others))}"
    return ", ".join(map(_part, field.parts))


def _part(part: Part) -> str:
    if part.role == roles.RAW and part.values:
        return f"{part.role} that begin with {' or '.join(_hex(bytes(v)) for v in part.values)}"  # type: ignore[arg-type]
    return part.role if part.role in (roles.CONTENT, roles.RAW) else f"{part.role} {part.size}"


def size_table(layout: Layout) -> str:
    """Return the table of the smallest and the largest size of a file."""
    fixed, optional, strings, greatest = 0, 0, 0, 0
    for field in layout.fields:
        absent_possible = field.parts[0].role == roles.FLAG
        for part in field.parts:
            if absent_possible and part.role == roles.LENGTH:
                optional += part.size
            else:
                fixed += part.size
            if part.role == roles.LENGTH:
                strings += 1
                greatest = (1 << 8 * part.size) - 1
    longest = fixed + optional + strings * greatest
    return table(
        ["file", "parts of fixed size", "content", "bytes in all"],
        [
            ["shortest", str(fixed), "none", f"**{fixed}**"],
            [
                "longest",
                str(fixed + optional),
                f"{strings} × {greatest}",
                f"**{longest}**, {longest / (1 << 30):.1f} GiB",
            ],
        ],
    )


def decode_error_table(
    vocabulary: Iterable[Mapping[str, Any]], requirements: Mapping[str, Requirement]
) -> str:
    """Return the table of the decode errors, in the order of spec/errors.json."""
    return table(
        ["code", "meaning", "offset", "requirement"],
        [
            [f"`{row['code']}`", row["meaning"], row["offset"], requirement(row, requirements)]
            for row in vocabulary
            if row["phase"] == "decode"
        ],
    )


def encode_table(
    vocabulary: Iterable[Mapping[str, Any]], requirements: Mapping[str, Requirement]
) -> str:
    """Return the table of the encode errors, in the order of spec/errors.json."""
    return table(
        ["code", "meaning", "requirement"],
        [
            [f"`{row['code']}`", row["meaning"], requirement(row, requirements)]
            for row in vocabulary
            if row["phase"] == "encode"
        ],
    )


def requirement(
    row: Mapping[str, Any], requirements: Mapping[str, Requirement], directory: str = ""
) -> str:
    """A link from `directory` of a page to the requirement that a code cites, or "".

    Raises `SpecError` if there is no such requirement.
    """
    identifier = row["requirement"]
    if not identifier:
        return ""
    if identifier not in requirements:
        raise SpecError("spec/errors.json", 1, f"{row['code']} cites {identifier}: not there")
    chapter = requirements[identifier].chapter
    return f"[{identifier}]({directory}{chapter}#{identifier})"


def worked_example(data: bytes, layout: Layout) -> str:
    """Return the table of a file, part by part. Raises ValueError if it is invalid."""
    rows = []
    for event in scan(ByteReader.from_bytes(data), layout):
        if not isinstance(event, Event):
            raise ValueError(f"{EXAMPLE} is invalid: {event}")
        piece = data[event.start : event.stop]
        lines = range(0, len(piece), _BYTES_PER_LINE)
        end = event.role == roles.END
        rows.append(
            [
                str(event.start) if end else f"{event.start}..{event.stop}",
                "<br>".join(_hex(piece[i : i + _BYTES_PER_LINE]) for i in lines),
                f"`{event.field}`",
                event.role,
                f"no byte left: {len(data)} in all" if end else _value(event, piece),
            ]
        )
    return table(["bytes", "hex", "field", "part", "value"], rows)


def _value(event: Event, piece: bytes) -> str:
    match event.role:
        case roles.MAGIC | roles.CONTENT:
            return f"`{piece.decode()}`" if piece else "empty"
        case roles.FLAG:
            return "present" if event.value else "absent"
        case roles.LENGTH:
            return f"{event.value} bytes"
    return str(event.value)


def one_bit_changes(data: bytes, layout: Layout) -> str:
    """Return how many of the files that differ from a valid one in a single bit are also valid."""
    free = {  # the bytes of integers and strings, of which the text speaks
        i
        for event in scan(ByteReader.from_bytes(data), layout)
        if isinstance(event, Event) and event.role in (roles.INTEGER, roles.CONTENT)
        for i in range(event.start, event.stop)
    }
    changed = bytearray(data)
    valid = dict.fromkeys(range(len(data)), 0)
    for bit in range(8 * len(data)):
        changed[bit // 8] ^= 1 << bit % 8
        valid[bit // 8] += first_error(changed, layout) is None
        changed[bit // 8] ^= 1 << bit % 8
    everywhere = _share(sum(valid.values()), 8 * len(data))
    there = _share(sum(valid[i] for i in free), 8 * len(free))
    bits = 8 * len(free)
    return (
        f"Of the {8 * len(data)} files that differ in a single bit from the\n"
        f"[worked example](record-layout.md#a-worked-example), {everywhere} are valid:\n"
        f"they decode to another record without an error. Of the {bits} files in which the bit\n"
        f"is in an integer or in the content of a string, {there} are valid."
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)"


def _hex(data: bytes) -> str:
    return f"`{data.hex(' ').upper()}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[int] = ()) -> str:
    """Return a table as Markdown. `numbers` are the columns that are aligned to the right."""
    rule = ["---:" if at in numbers else "---" for at in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )
