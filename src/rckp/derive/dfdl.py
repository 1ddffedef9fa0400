"""`spec/rckp.dfdl.xsd`: a DFDL schema, for Apache Daffodil, 3.10.

An assertion whose message has the code of the specification rejects an invalid value. Missing bytes
take precedence (DEC-2), and Daffodil reports them if it reads a simple type of the declared length.

Daffodil does not implement the DFDL policy that makes malformed UTF-8 an error. So a pattern over
the bytes decides first whether a content is malformed. Its quantifier is possessive, because Java's
others recurse once for each repetition. A pattern that matches nothing counts as failed, so each
pattern matches what is wrong. An element of the declared length around the content limits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rckp.derive.banner import NOTICE
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout, Part

Lines = Iterable[str]

_WELL_FORMED = "|".join(
    (
        r"[\x00-\x7F]",
        r"[\xC2-\xDF][\x80-\xBF]",
        r"\xE0[\xA0-\xBF][\x80-\xBF]",
        r"[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}",
        r"\xED[\x80-\x9F][\x80-\xBF]",
        r"\xF0[\x90-\xBF][\x80-\xBF]{2}",
        r"[\xF1-\xF3][\x80-\xBF]{3}",
        r"\xF4[\x80-\x8F][\x80-\xBF]{2}",
    )
)
_PREFIX = f"(?:{_WELL_FORMED})*+"  # the longest well-formed prefix
_LATIN = 'dfdl:encoding="ISO-8859-1"'  # any bytes, and more of them than in a hexBinary
_SOMETHING = r"(?s)."
_CODES = {
    roles.MAGIC: "bad-magic",
    roles.FLAG: "invalid-option-flag",
    roles.STATUS: "invalid-status",
}


def render(layout: Layout) -> str:
    """Return the text of the schema."""
    has_text = any(field.parts[-1].role == roles.CONTENT for field in layout.fields)
    lines = [
        *_HEAD.format(notice=NOTICE, name=layout.name).splitlines(),
        *(_GROUPS.format(prefix=_PREFIX, anything=_SOMETHING).splitlines() if has_text else ()),
        f'  <xs:element name="{layout.name}">',
        "    <xs:complexType>",
        "      <xs:sequence>",
        *(f"        {line}" for field in layout.fields for line in _field(field)),
        "      </xs:sequence>",
        "    </xs:complexType>",
        "  </xs:element>",
        "</xs:schema>",
        "",
    ]
    return "\n".join(lines)


_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- {notice}
     CC0-1.0: copy it into your own project as you like. -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           xmlns:dfdl="http://www.ogf.org/dfdl/dfdl-1.0/"
           xmlns:fn="http://www.w3.org/2005/xpath-functions">
  <xs:annotation>
    <xs:documentation>
      {name}. The message of a failed assertion is the code of the error in the specification.
      The assertion of a flag, of a status and of the magic number names the byte after it.
      By default, Daffodil cuts strings after 1,048,576 characters and reports nothing. For longer
      ones set maximumSimpleElementSizeInCharacters and maximumRegexMatchLengthInCharacters.
    </xs:documentation>
    <xs:appinfo source="http://www.ogf.org/dfdl/">
      <dfdl:format representation="binary" binaryNumberRep="binary" byteOrder="littleEndian"
                   bitOrder="mostSignificantBitFirst" encoding="UTF-8"
                   encodingErrorPolicy="replace" utf16Width="fixed" ignoreCase="no"
                   lengthUnits="bytes" lengthKind="implicit" prefixIncludesPrefixLength="no"
                   alignment="1" alignmentUnits="bytes" leadingSkip="0" trailingSkip="0"
                   fillByte="%#r00;" initiator="" terminator="" separator=""
                   separatorPosition="infix" sequenceKind="ordered" initiatedContent="no"
                   choiceLengthKind="implicit" occursCountKind="implicit" floating="no"
                   nilKind="literalValue" escapeSchemeRef="" textBidi="no" textTrimKind="none"
                   textPadKind="none" textStringPadCharacter="%SP;"
                   textStringJustification="left" truncateSpecifiedLengthString="no"/>
    </xs:appinfo>
  </xs:annotation>"""


_GROUPS = """\
  <xs:group name="is_malformed">
    <xs:sequence dfdl:encoding="ISO-8859-1">
      <xs:annotation>
        <xs:appinfo source="http://www.ogf.org/dfdl/">
          <dfdl:discriminator testKind="pattern" testPattern="{prefix}{anything}"/>
        </xs:appinfo>
      </xs:annotation>
    </xs:sequence>
  </xs:group>
  <xs:group name="well_formed_start">
    <xs:sequence>
      <xs:element name="start" type="xs:string" dfdl:encoding="ISO-8859-1"
                  dfdl:lengthKind="pattern" dfdl:lengthPattern="{prefix}"/>
    </xs:sequence>
  </xs:group>"""


def _field(field: Field) -> Iterator[str]:
    first = field.parts[0]
    yield f"<!-- {field.meaning[0].upper()}{field.meaning[1:]}. -->"
    match first.role:
        case roles.MAGIC:
            yield from _magic(field.name, first)
        case roles.END:
            more = f'<xs:element name="more" type="xs:hexBinary" {_explicit("1")}/>'
            fail = _fail(f"{field.name}: trailing-bytes")
            yield from _choice(_matches(_SOMETHING), [*fail, more], ["<xs:sequence/>"])
        case roles.FLAG:
            yield from _option(field)
        case roles.LENGTH:
            yield from _content(field.name, *field.parts)
        case _:
            yield from _number(field.name, first)
    if first.role == roles.STATUS:
        yield from _status_name(field.name, first)


def _option(field: Field) -> Iterator[str]:
    """A flag, and a choice that depends on it."""
    flag, *others = field.parts
    name = f"{field.name}_flag"
    branches = [
        f'<xs:sequence dfdl:choiceBranchKey="{flag.values.index(False)}"/>',
        f'<xs:sequence dfdl:choiceBranchKey="{flag.values.index(True)}">',
        *_indented(2, _content(field.name, *others)),
        "</xs:sequence>",
    ]
    yield from _number(name, flag, f"{{ if (fn:exists(../{field.name}_content)) then 1 else 0 }}")
    yield f'<xs:choice dfdl:choiceDispatchKey="{{ xs:string(./{name}) }}">'
    yield from _indented(2, branches)
    yield "</xs:choice>"


def _content(name: str, length: Part, content: Part) -> Iterator[str]:
    """A length, and the content in an element of its own, which limits the patterns."""
    is_text = content.role == roles.CONTENT
    outer, length_name = f"{name}_content", f"{name}_length"
    yield from _number(length_name, length, f"{{ dfdl:valueLength(../{outer}/{name}, 'bytes') }}")
    yield f'<xs:element name="{outer}" {_explicit(f"{{ ../{length_name} }}")}>'
    yield "  <xs:complexType>"
    xml_type = "xs:string" if is_text else "xs:hexBinary"
    size = f"{{ ../../{length_name} }}"
    element = f'<xs:element name="{name}" type="{xml_type}" {_explicit(size)}/>'
    lines: Lines
    if is_text:
        lines = _choice(['<xs:group ref="is_malformed"/>'], _malformed(name, size), [element])
    elif content.values:
        first = "".join(f"\\x{each[0]:02X}" for each in content.values if isinstance(each, bytes))
        lines = _choice(
            _matches(f"[^{first}]"),
            _wrong_version(name, size),
            [
                f"{element.removesuffix('/>')}>",
                *_assertion(
                    _late(name, "payload-version", "0", "../.."), f"{{ ../../{length_name} gt 0 }}"
                ),
                "</xs:element>",
            ],
        )
    else:
        lines = ["<xs:sequence>", f"  {element}", "</xs:sequence>"]
    yield from _indented(4, lines)
    yield "  </xs:complexType>"
    yield "</xs:element>"


def _malformed(name: str, size: str) -> Iterator[str]:
    """The error of a malformed content; but if bytes are missing, that error."""
    rest = size.replace("}", "- fn:string-length(../start) }")
    yield "<xs:choice>"
    yield "  <xs:sequence>"
    yield '    <xs:group ref="well_formed_start"/>'
    yield f'    <xs:element name="rest" type="xs:string" {_LATIN} {_explicit(rest)}/>'
    yield "  </xs:sequence>"
    yield f'  <xs:element name="{name}_bytes" type="xs:string" {_LATIN} {_explicit(size)}/>'
    yield "</xs:choice>"
    yield from _fail(_late(name, "invalid-utf8", "fn:string-length(./start)"))


def _wrong_version(name: str, size: str) -> Iterator[str]:
    """The error of a first byte that is not a known version, if no byte is missing."""
    yield f'<xs:element name="{name}_bytes" type="xs:string" {_LATIN} {_explicit(size)}/>'
    yield from _fail(_late(name, "payload-version", "0"))


def _late(name: str, code: str, after: str, path: str = "..") -> str:
    """The message of an error that is reported at the end of the content."""
    words = (f"'{name}: {code} after '", after, "' of '", f"{path}/{name}_length", "' bytes'")
    return f"{{ fn:concat({', '.join(words)}) }}"


def _number(name: str, part: Part, written: str = "") -> Iterator[str]:
    """An unsigned integer, perhaps with a limit, and with the value that an unparser writes."""
    calculated = f' dfdl:outputValueCalc="{written}"' if written else ""
    head = f'<xs:element name="{name}" type="{_unsigned(part.size)}" {_explicit(str(part.size))}'
    if not part.values:
        yield f"{head}{calculated}/>"
        return
    yield f"{head}{calculated}>"
    yield from _assertion(_CODES[part.role], f"{{ . lt {len(part.values)} }}")
    yield "</xs:element>"


def _magic(name: str, part: Part) -> Iterator[str]:
    value = b"".join(each for each in part.values if isinstance(each, bytes)).hex()
    calculated = f"{{ xs:hexBinary('{value}') }}"
    yield f'<xs:element name="{name}" type="xs:hexBinary" {_explicit(str(part.size))}'
    yield f'            dfdl:outputValueCalc="{calculated}">'
    yield from _assertion(_CODES[part.role], f"{{ . eq xs:hexBinary('{value}') }}")
    yield "</xs:element>"


def _status_name(name: str, part: Part) -> Iterator[str]:
    *others, last = (str(value) for value in part.values)
    tests = "".join(f"if (../{name} eq {n}) then '{each}' else " for n, each in enumerate(others))
    yield f'<xs:element name="{name}_name" type="xs:string"'
    yield f"            dfdl:inputValueCalc=\"{{ {tests}'{last}' }}\"/>"


def _choice(test: Lines, first: Lines, second: Lines) -> Iterator[str]:
    """The first branch if the test succeeds, else the second."""
    yield "<xs:choice>"
    yield "  <xs:sequence>"
    yield from _indented(4, test)
    yield from _indented(4, first)
    yield "  </xs:sequence>"
    yield from _indented(2, second)
    yield "</xs:choice>"


def _matches(pattern: str) -> Iterator[str]:
    """A test of the bytes that follow."""
    yield '<xs:sequence dfdl:encoding="ISO-8859-1">'
    yield from _indented(
        2, _annotation(f'<dfdl:discriminator testKind="pattern" testPattern="{pattern}"/>')
    )
    yield "</xs:sequence>"


def _fail(message: str) -> Iterator[str]:
    yield "<xs:sequence>"
    yield from _assertion(message, "{ fn:false() }")
    yield "</xs:sequence>"


def _assertion(message: str, test: str) -> Iterator[str]:
    yield from _indented(2, _annotation(f'<dfdl:assert message="{message}">{test}</dfdl:assert>'))


def _annotation(statement: str) -> Iterator[str]:
    yield "<xs:annotation>"
    yield '  <xs:appinfo source="http://www.ogf.org/dfdl/">'
    yield f"    {statement}"
    yield "  </xs:appinfo>"
    yield "</xs:annotation>"


def _indented(width: int, lines: Lines) -> Iterator[str]:
    yield from (f"{' ' * width}{line}" for line in lines)


def _explicit(size: str) -> str:
    return f'dfdl:lengthKind="explicit" dfdl:length="{size}"'


def _unsigned(size: int) -> str:
    """The XML Schema type of an unsigned integer of so many bytes."""
    names = {1: "Byte", 2: "Short", 4: "Int", 8: "Long"}
    return f"xs:unsigned{names[size]}"
