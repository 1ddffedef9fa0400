"""`spec/rckp.pk`: a pickle, which teaches the layout to GNU poke, 2.4.

The pickle has types, which show and change a file, and a function, which validates it. The types
check only what a file must satisfy for its fields to be found: not UTF-8, so that damaged
text can be repaired, and not the end. The function checks everything, part by part in the order
of the specification, because poke's exceptions have no offset. It reads bytes one by one: poke
takes four times as long to map them as an array.
"""

from __future__ import annotations

from collections.abc import Iterator

from rckp.derive.banner import NOTICE
from rckp.derive.poke_validation import VALIDATION
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout, Part


def render(layout: Layout) -> str:
    """Return the text of the pickle."""
    prefix = layout.name.replace("-", "_")
    composite = {f.type: f for f in layout.fields if len(f.parts) > 1}
    lines = [
        f"/* {NOTICE}",
        "   CC0-1.0: copy it into your own project as you like. */",
        "",
        *_HEAD.splitlines(),
        "",
        *(line for field in layout.fields for line in _enum(field)),
        *(line for each in _types(layout).items() for line in _composite(*each)),
        *_record(layout),
        *VALIDATION.splitlines(),
        *(line for field in composite.values() for line in _composite_check(field)),
        *_validation(layout),
    ]
    text = "\n".join((*lines, ""))
    return text.replace("PREFIX", prefix).replace("FUNCTION", prefix.lower())


_CODES = {roles.FLAG: "invalid-option-flag", roles.STATUS: "invalid-status"}

_HEAD = """\
/* The type PREFIX is a whole file; the map `PREFIX @ 0#B` fails if its fields cannot be found.
   `FUNCTION_error` returns the first error, with all rules of the format checked.
   The method `text` of a string ends at a NUL; `content` has all bytes. */"""


def _enum(field: Field) -> Iterator[str]:
    """Constants for the values of a status."""
    if field.parts[0].role != roles.STATUS:
        return
    for byte, value in enumerate(field.parts[0].values):
        yield f"var PREFIX_{field.name}_{value!s} = {byte}UB;"
    yield ""


def _types(layout: Layout) -> dict[str, tuple[Part, ...]]:
    """The parts of each type of several parts, with the inner type of an option before it."""
    found = {}
    for field in layout.fields:
        parts = field.parts
        if parts[0].role == roles.FLAG:
            found[_inner(field.type)] = parts[1:]
        if len(parts) > 1:
            found[field.type] = parts
    return found


def _composite(spec_type: str, parts: tuple[Part, ...]) -> Iterator[str]:
    """A string or an option as a type."""
    yield from (f"type {_type_name(spec_type)} =", "  struct", "  {")
    first, last = parts[0], parts[-1]
    has_text = last.role == roles.CONTENT
    if first.role == roles.FLAG:
        yield f"    {_fixed(first, 'flag')};"
        # An array of one value or none: poke 2.4 tests the condition of an optional field only
        # after it has mapped the field.
        yield f"    {_type_name(_inner(spec_type))}[flag == {first.values.index(True)}] value;"
        text, absent = "value[0].text", f"flag == {first.values.index(False)}"
    else:
        yield f"    {_fixed(first, 'length')};"
        yield f"    byte[length] content{_known_versions(last)};"
        text, absent = "catos (content)", ""
    if has_text:
        text = f'{absent} ? "" : {text}' if absent else text
        yield from ("", f"    method text = string: {{ return {text}; }}")
    yield from ("", "    method _print = void:", "    {")
    if absent:
        yield from (f"      if ({absent})", '        print "absent";', "      else")
        yield "        value[0]._print;"
    elif has_text:
        yield '      printf ("%v, %u32d bytes", text, length);'
    else:
        yield '      printf ("%u32d bytes", length);'
    yield from ("    }", "  };", "")


def _record(layout: Layout) -> Iterator[str]:
    yield from ("type PREFIX =", "  struct", "  {")
    for field in layout.fields:
        first = field.parts[0]
        if first.role == roles.END:
            continue
        yield f"    /* {field.meaning[0].upper()}{field.meaning[1:]}. */"
        if len(field.parts) > 1:
            yield f"    {_type_name(field.type)} {field.name};"
        else:
            yield f"    {_fixed(first, field.name)};"
    for field in layout.fields:
        if field.parts[0].role == roles.STATUS:
            names = ", ".join(f'"{value!s}"' for value in field.parts[0].values)
            yield from (
                "",
                f"    method {field.name}_name = string: {{ return [{names}][{field.name}]; }}",
            )
    yield from ("  };", "")


def _fixed(part: Part, name: str) -> str:
    """A part of fixed size with its constraint."""
    if part.role == roles.MAGIC:
        return f"byte[{part.size}] {name} : {name} == {_array(part.values)}"
    if part.values:
        return f"byte {name} : {name} < {len(part.values)}"
    return f"little uint<{8 * part.size}> {name}"


def _known_versions(part: Part) -> str:
    if not part.values:
        return ""
    return f" : content'length > 0 && content[0] in {_array(part.values)}"


def _array(values: tuple[object, ...]) -> str:
    """A literal of the bytes of a magic number, or of the first bytes that are permitted."""
    value = b"".join(each for each in values if isinstance(each, bytes))
    if not value:
        return "byte[] ()"
    return "[" + ", ".join(f"{byte:#04x}UB" for byte in value) + "]"


def _composite_check(field: Field) -> Iterator[str]:
    """A function that checks the parts of a string or an option."""
    first, *others = field.parts
    check = " && ".join(_call(part, "field") for part in others)
    if first.role == roles.FLAG:
        check = f"(number == {first.values.index(False)} || ({check}))"
    yield f"  fun check_{_joined(field.type)} = (string field) int<32>:"
    yield "    {"
    yield f"      return {_call(first, 'field')}"
    yield f"             && {check};"
    yield from ("    }", "")


def _validation(layout: Layout) -> Iterator[str]:
    """The calls that check a file, and the end of the function."""
    calls = [
        f'check_{_joined(field.type)} ("{field.name}")'
        if len(field.parts) > 1
        else _call(field.parts[0], f'"{field.name}"')
        for field in layout.fields
    ]
    yield "  var valid = " + "\n              && ".join(calls) + ";"
    yield from ("  return error;", "}")


def _call(part: Part, field: str) -> str:
    """The call that checks a part."""
    match part.role:
        case roles.MAGIC:
            return f"magic ({field}, {_array(part.values)})"
        case roles.INTEGER | roles.LENGTH:
            return f"integer ({field}, {part.size})"
        case roles.FLAG | roles.STATUS:
            return f'choice ({field}, "{_CODES[part.role]}", {part.size}, {len(part.values)})'
        case roles.CONTENT | roles.END:
            return f"{part.role} ({field})"
        case roles.RAW:
            return f"bytes ({field}, {_array(part.values)})"
    raise TypeError(f"no check of the part {part.role}")


def _type_name(spec_type: str) -> str:
    """`option<string>` becomes `PREFIX_option_string`."""
    return f"PREFIX_{_joined(spec_type)}"


def _joined(spec_type: str) -> str:
    return spec_type.replace("<", "_").replace("-", "_").replace(">", "")


def _inner(spec_type: str) -> str:
    """The type in an option."""
    return spec_type.removeprefix("option<").removesuffix(">")
