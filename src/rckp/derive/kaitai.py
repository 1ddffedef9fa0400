"""`spec/rckp.ksy`: the layout for the Kaitai Struct compiler, 0.11.

Three choices are not obvious. A status is kept as its byte, with the name beside it as an
instance: comparing an enum with `max` gives Java and Ruby readers that do not work. Types
are not called `string`, which hides the language's own in Java and JavaScript. The end is
called `end_of_file`, since `end` is a keyword in Lua.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from rckp.derive.banner import NOTICE
from rckp.derive.magic import MIME_TYPE
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout, Part

# What each part of a composite type says in the doc of the .ksy.
_PART_DOCS = {
    roles.LENGTH: "The number of bytes of the content, not of its characters.",
    roles.CONTENT: "Well-formed UTF-8, any scalar value; not terminated.",
    roles.RAW: "Any bytes.",
    roles.FLAG: "Whether a string follows.",
}


def render(layout: Layout) -> str:
    """The file's text."""
    is_draft = any(part.role == roles.RAW for f in layout.fields for part in f.parts)
    composite = {f.type: f for f in layout.fields if len(f.parts) > 1}
    tables = {f.name: f for f in layout.fields if f.parts[0].role == roles.STATUS}
    return "\n".join(
        [
            f"# {NOTICE}",
            "# CC0-1.0: copy it into your own project as you like.",
            "meta:",
            f"  id: {layout.name.lower().replace('-', '_')}",
            f"  title: {layout.name}, {_TITLES[is_draft]} of roma_lib",
            "  file-extension: ckpt",
            "  xref:",
            f"    mime: {MIME_TYPE}",
            "  license: CC0-1.0",
            "  ks-version: '0.11'",
            "  endian: le",
            "  encoding: UTF-8",
            "doc: |",
            *(f"  {line}" if line else "" for line in (_DRAFT * is_draft + _DOC).splitlines()),
            "seq:",
            *(line for field in layout.fields for line in _field(field)),
            "instances:",
            *(line for name in tables for line in _instance(name)),
            "types:",
            *(line for field in composite.values() for line in _composite(field)),
            "enums:",
            *(line for field in tables.values() for line in _enum(field)),
            "",
        ]
    )


_TITLES = ("the checkpoint format", "the draft of the next checkpoint format")
_DRAFT = """\
This is a draft: it may change until the release that writes it. The magic number is that of the
released layout.

"""

_DOC = """\
One file is one record, saved by an optimisation run so that it can be resumed. There is no
version number and no checksum: a file that this reads is valid, not necessarily undamaged.

The order of judgement is that of the specification: for each part first whether enough
bytes are there, then its value. What some generated readers do otherwise: those for
JavaScript, Java and Go accept malformed UTF-8; the one for JavaScript also rounds a u64
above 2^53 and drops a byte order mark at the start of a string; the one for Perl checks
neither `contents` nor `valid`, so that only a file that is too short fails. The compiler has
no `valid` with an expression for Nim."""


def _field(field: Field) -> Iterator[str]:
    first = field.parts[0]
    yield f"  - id: {'end_of_file' if first.role == roles.END else field.name}"
    if len(field.parts) > 1:
        yield f"    type: {_type_name(field.type)}"
    elif first.role == roles.END:
        yield from ("    size-eos: true", "    valid:", "      expr: _.length == 0")
    else:
        yield from _fixed(first, "    ")
    yield f"    doc: {json.dumps(_sentence(field.meaning))}"


def _fixed(part: Part, indent: str) -> Iterator[str]:
    magic = part.values[0] if part.values else None
    if isinstance(magic, bytes):
        yield f"{indent}contents: [{', '.join(f'0x{byte:02x}' for byte in magic)}]"
        return
    yield f"{indent}type: u{part.size}"
    if part.values:
        yield f"{indent}valid:"
        yield f"{indent}  max: {len(part.values) - 1}"


def _composite(field: Field) -> Iterator[str]:
    """A string or an option as a type; all parts after a flag depend on it."""
    condition = None
    yield f"  {_type_name(field.type)}:"
    yield "    seq:"
    for part in field.parts:
        yield f"      - id: {roles.CONTENT if part.role == roles.RAW else part.role}"
        if part.role == roles.CONTENT:
            yield from ("        type: str", f"        size: {roles.LENGTH}")
        elif part.role == roles.RAW:
            yield from _raw(part)
        else:
            yield from _fixed(part, "        ")
        if condition:
            yield f"        if: {condition}"
        doc = _PART_DOCS[part.role]
        if field.parts[-1].role == roles.RAW:
            doc = doc.replace("a string follows", "bytes follow").replace(
                ", not of its characters", ""
            )
        yield f"        doc: {json.dumps(doc)}"
        if part.role == roles.FLAG:
            condition = f"{roles.FLAG} == {part.values.index(True)}"


def _raw(part: Part) -> Iterator[str]:
    """Bytes, whose first one may have to be a known version."""
    yield f"        size: {roles.LENGTH}"
    if part.values:
        known = " or ".join(f"_[0] == {bytes(value)[0]}" for value in part.values)  # type: ignore[arg-type]
        yield from ("        valid:", f"          expr: _.length > 0 and ({known})")


def _instance(name: str) -> Iterator[str]:
    yield f"  {name}_name:"
    yield f"    value: {name}"
    yield f"    enum: run_{name}"


def _enum(field: Field) -> Iterator[str]:
    yield f"  run_{field.name}:"
    for byte, value in enumerate(field.parts[0].values):
        yield f"    {byte}: {value!s}"


def _type_name(spec_type: str) -> str:
    """`option<string>` becomes `option_utf8_string`, and `option<bytes>` `option_raw_bytes`."""
    words = spec_type.replace("string", "utf8_string").replace("bytes", "raw_bytes")
    return words.replace("<", "_").replace("-", "_").replace(">", "")


def _sentence(meaning: str) -> str:
    return meaning[0].upper() + meaning[1:] + "."
