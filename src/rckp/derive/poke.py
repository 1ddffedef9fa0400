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
        *_ERROR.splitlines(),
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


_ERROR = """\
/* The first error of a file. The code is "" for a valid file. For "truncated", `wanted` is the
   size of the part that is incomplete, and `available` the number of its bytes that exist. */
type PREFIX_error =
  struct
  {
    string code;
    string field;
    offset<uint<64>,B> at;
    uint<64> wanted;
    uint<64> available;

    method _print = void:
    {
      if (code == "")
        print "valid";
      else if (code == "truncated")
        printf ("%s: %s at byte %u64d, %u64d bytes wanted, %u64d available",
                field, code, at / #B, wanted, available);
      else
        printf ("%s: %s at byte %u64d", field, code, at / #B);
    }
  };

/* Return how many bytes of an IO space are well-formed UTF-8, from `start` to at most `stop`. */
fun FUNCTION_utf8 = (int<32> ios, uint<64> start, uint<64> stop) uint<64>:
{
  var at = start;
  while (at < stop)
    {
      var lead = byte @ ios : at#B;
      if (lead < 0x80)
        {
          at += 1;
          continue;
        }
      var more = (lead >= 0xc2 && lead <= 0xdf) ? 1UL
                 : (lead >= 0xe0 && lead <= 0xef) ? 2UL
                 : (lead >= 0xf0 && lead <= 0xf4) ? 3UL : 0UL;
      if (more == 0 || stop - at <= more)
        return at - start;
      var low = (lead == 0xe0) ? 0xa0UB : (lead == 0xf0) ? 0x90UB : 0x80UB;
      var high = (lead == 0xed) ? 0x9fUB : (lead == 0xf4) ? 0x8fUB : 0xbfUB;
      for (var i = 1UL; i <= more; i += 1)
        {
          var next = byte @ ios : (at + i)#B;
          if (next < low || next > high)
            return at - start;
          low = 0x80UB;
          high = 0xbfUB;
        }
      at += more + 1;
    }
  return stop - start;
}

/* Return the first error of the file in an IO space, the current one by default. */
fun FUNCTION_error = (int<32> ios = get_ios) PREFIX_error:
{
  var size = iosize (ios) / #B;
  var at = 0UL;      /* Where the next part begins. */
  var number = 0UL;  /* The value of the last integer, flag or status. */
  var error = PREFIX_error {};

  fun fail = (string code, string field, uint<64> start,
              uint<64> wanted = 0, uint<64> available = 0) int<32>:
    {
      error = PREFIX_error { code = code, field = field, at = start#B,
                             wanted = wanted, available = available };
      return 0;
    }

  /* Each of these checks one part, and returns 0 after an error. */

  fun need = (string field, uint<64> wanted) int<32>:
    {
      return size - at >= wanted || fail ("truncated", field, at, wanted, size - at);
    }

  fun magic = (string field, byte[] value) int<32>:
    {
      if (! need (field, value'length))
        return 0;
      for (var i = 0UL; i < value'length; i += 1)
        if ((byte @ ios : (at + i)#B) != value[i])
          return fail ("bad-magic", field, at);
      at += value'length;
      return 1;
    }

  fun integer = (string field, uint<64> width) int<32>:
    {
      if (! need (field, width))
        return 0;
      number = 0;
      for (var i = width; i > 0; i -= 1)
        number = (number <<. 8) | (byte @ ios : (at + i - 1)#B);
      at += width;
      return 1;
    }

  fun choice = (string field, string code, uint<64> width, uint<64> values) int<32>:
    {
      return (integer (field, width)
              && (number < values || fail (code, field, at - width)));
    }

  fun content = (string field) int<32>:
    {
      if (! need (field, number))
        return 0;
      var valid = FUNCTION_utf8 (ios, at, at + number);
      if (valid < number)
        return fail ("invalid-utf8", field, at + valid);
      at += number;
      return 1;
    }

  fun bytes = (string field, byte[] versions) int<32>:
    {
      if (! need (field, number))
        return 0;
      if (versions'length > 0
          && (number == 0 || ! ((byte @ ios : at#B) in versions)))
        return fail ("payload-version", field, at);
      at += number;
      return 1;
    }

  fun end = (string field) int<32>:
    {
      return at == size || fail ("trailing-bytes", field, at);
    }

"""


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
