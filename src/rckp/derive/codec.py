"""`_codec.py` and `_next_codec.py`: straight-line functions that decode and encode.

`DecoderStatements` and `EncoderStatements` visit the fields in the same order. Neighbouring parts
of fixed size are one `struct` call, because these calls take most of the time. The encoder has a
second, shorter ending for records without options, which are the most frequent.
"""

from __future__ import annotations

from typing import NamedTuple

from rckp.derive.banner import python_notice
from rckp.derive.codec_statements import LENGTH, READY, DecoderStatements, EncoderStatements
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout


class Dialect(NamedTuple):
    """What the modules of two layouts do not have in common.

    `arguments` are further arguments of the functions that find the reason of a failure, and
    `imports` are what these need. `codes` is a further line of the docstrings.
    """

    title: str
    record: str
    record_imports: str
    arguments: str = ""
    imports: str = ""
    codes: str = ""
    # The first and the last field of those that all files of an identity share, if it has any.
    identity: tuple[str, str] | None = None


RELEASED = Dialect(
    "the RCKP layout",
    "CheckpointRecord",
    "from rckp.format.buffers import COPY_BELOW, normalise_buffer\n"
    "from rckp.format.record import CheckpointRecord, CheckpointRunStatus\n",
    identity=("algorithm_name", "problem_signature_hash"),
)
NEXT = Dialect(
    "the draft layout",
    "NextRecord",
    "from rckp.format._next_record import NextRecord\n"
    "from rckp.format.buffers import COPY_BELOW, normalise_buffer\n"
    "from rckp.format.record import CheckpointRunStatus\n",
    ", LAYOUT",
    "    from rckp.format._next_layout import LAYOUT\n",
    "\n    The code is `payload-version` for a payload that does not begin as the layout has it.",
)


def render(layout: Layout, dialect: Dialect = RELEASED) -> str:
    """Return the text of the module."""
    status = next(f for f in layout.fields if f.type == "status")
    names = [f.name for f in layout.record_fields]
    integers = [f.name for f in layout.record_fields if f.parts[0].role == roles.INTEGER]
    decoder, encoder, plain = (
        DecoderStatements(),
        EncoderStatements(),
        EncoderStatements(options=False),
    )
    known_fields = _identity_fields(layout, dialect)
    for field in layout.fields:
        decoder.field(field)
        for each in (encoder, plain):
            if field in known_fields:
                if field is known_fields[-1]:
                    each.known("identity")
            else:
                each.field(field)
    decoding = (decoder.text(), "".join(f"                {name},\n" for name in names))
    unpacked = "".join(f"            {name},\n" for name in names)
    order = ", ".join(f"CheckpointRunStatus.{str(v).upper()}" for v in status.parts[0].values)
    checks = _types_checked(integers, "int")
    if known_fields:
        texts = [f.name for f in known_fields if f.name not in integers]
        checks += _types_checked(texts, "str")
        checks += _KNOWN.format(values=", ".join(f.name for f in known_fields))
    values = (unpacked, checks)
    unpacked_structs, packed_structs = decoder.structs, encoder.structs | plain.structs
    known: list[str] = []
    constants_of_known = ""
    if known_fields:
        functions_of_known = _Known(layout, known_fields)
        known = [
            functions_of_known.decode(dialect.record),
            functions_of_known.encode(),
        ]
        constants_of_known = _LAST
        unpacked_structs |= functions_of_known.decoder.structs
        packed_structs |= functions_of_known.encoder.structs
    functions = "\n\n".join(
        [
            _decode("decode", dialect, _DECODE_DOC, _EXPLAIN, decoding),
            _decode("decode_or_none", dialect, _NONE_DOC, "    return None", decoding),
            _encode("encode", "bytes", dialect, _ENCODE_DOC, values, encoder.text(plain, _JOINED)),
            _encode(
                *("encode_parts", "list[bytes]", dialect, _PARTS_DOC, values),
                encoder.text(plain, _LISTED),
            ),
            *known,
        ]
    )
    # A method that is bound once saves a look-up in each call.
    constants = "\n".join(
        f'_{verb}_{fmt.lower()} = Struct("<{fmt}").{method}'
        for verb, method, structs in (
            ("unpack", "unpack_from", unpacked_structs),
            ("pack", "pack", packed_structs),
        )
        for fmt in sorted(structs)
    )
    return f"""\
{python_notice(f"Straight-line encoder and decoder of {dialect.title}.")}
# mypy: disable-error-code="misc,str-unpack"
from struct import Struct, error

{dialect.record_imports}
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer

{constants}

_LENGTHS = tuple(map(_pack_{LENGTH.lower()}, range({READY})))

_ALL: Any = slice(None)
_STATUSES = ({order})
_STATUS_BYTES: dict[Any, int] = {{status: byte for byte, status in enumerate(_STATUSES)}}
_new: Callable[..., {dialect.record}] = tuple.__new__
_text: Callable[[Any], str] = bytes.decode
_utf8: Callable[[Any], Any] = str.encode
{constants_of_known}

{functions}"""


_LAST = """\
# The identity that was encoded last, and its bytes: all saves of a run share them.
_last: tuple[Any, bytes] = (None, b"")
"""
_KNOWN = """\
        values = ({values})
        known, identity = _last
        if values != known:
            identity = _remember(values)
"""
_REMEMBERED = 4096  # bytes of an identity; a longer one would be kept in memory for nothing


def _identity_fields(layout: Layout, dialect: Dialect) -> tuple[Field, ...]:
    """Return the fields that all files of an identity share."""
    if dialect.identity is None:
        return ()
    first, last = map([field.name for field in layout.fields].index, dialect.identity)
    return layout.fields[first : last + 1]


def _types_checked(names: list[str], type_: str) -> str:
    tests = "\n            is ".join(f"type({name})" for name in names)
    return f"""\
        if not (
            {tests}
            is {type_}
        ):
            raise TypeError
"""


_DECODE_DOC = """\
    \"""Return the record that the bytes encode [DEC-1].

    `data` is bytes, a bytearray, a memoryview or another buffer of bytes; it is not kept.

    Raise `DecodeError` with one of the codes `truncated`, `bad-magic`, `invalid-utf8`,
    `invalid-option-flag`, `invalid-status` and `trailing-bytes` ([DEC-2] to [DEC-7]). Never
    return a record for invalid bytes [DEC-8].{codes}
    \""\""""
_JOINED = ('b"".join((', "))")
_LISTED = ("[", "]")
_EXPLAIN = """\
{imports}    from rckp.format.codec_errors import explain  # only invalid bytes need it

    raise explain(data{arguments})"""
_NONE_DOC = '    """As `decode`, but return None for invalid bytes, without an explanation."""'
_ENCODE_DOC = """\
    \"""Return the one encoding of the record [ENC-1].

    `{record}` documents the types and ranges of the values. A plain tuple of them is
    accepted as well.

    Raise `EncodeError` with one of the codes `integer-out-of-range`, `wrong-type`,
    `lone-surrogate` and `string-too-long` ([ENC-3] to [ENC-6]).{codes}
    \""\""""
_PARTS_DOC = """\
    \"""Return the encoding of the record in pieces, for `writev` or a series of writes.

    Joined, they are `encode(record)`. A large payload is a piece of its own, so that it is in
    memory once less. Raise as `encode` does.
    \""\""""


def _decode(name: str, dialect: Dialect, doc: str, failure: str, decoding: tuple[str, str]) -> str:
    body, listed = decoding
    result = f"{dialect.record} | None" if doc == _NONE_DOC else dialect.record
    doc = doc.format(codes=dialect.codes)
    failure = failure.format(imports=dialect.imports, arguments=dialect.arguments)
    return f"""\
def {name}(data: Buffer) -> {result}:
{doc}
    text = _text
    if type(data) is not bytes or len(data) >= COPY_BELOW:
        data, text = normalise_buffer(data)
    # A slice or a struct call that reaches beyond the data gives less or raises;
    # so only the end of the last content needs to be compared with the size.
    try:
{body}
        return _new(
            {dialect.record},
            (
{listed}            ),
        )
    except (error, ValueError, LookupError, OverflowError):
        pass
{failure}
"""


class _Known:
    """The functions for files of an identity that is known, from its first to its last field."""

    def __init__(self, layout: Layout, fields: tuple[Field, ...]) -> None:
        first = layout.fields.index(fields[0])
        self.bounds = f"{fields[0].name} to {fields[-1].name}"
        self.decoder, self.encoder = DecoderStatements(), EncoderStatements()
        for field in layout.fields[:first]:
            self.decoder.field(field)
        self.decoder.known("identity")
        for field in layout.fields[first + len(fields) :]:
            self.decoder.field(field)
        for field in fields:
            self.encoder.field(field)
        self.values: str = ", ".join(field.name for field in fields)
        names = [field.name for field in layout.record_fields]
        self.start: int = names.index(fields[0].name)
        self.stop: int = self.start + len(fields)
        self.before: str = ", ".join(names[: self.start])
        self.after: str = ", ".join(names[self.stop :])

    def decode(self, record: str) -> str:
        return f"""\
def decode_others(data: bytes, identity: bytes) -> Any:
    \"""Return the values of the fields before and after an identity that is known.

    `identity` is what `encode_identity` returns for the fields from {self.bounds}. They
    are compared at once, and not decoded. Return None for invalid bytes and for those of another
    identity.
    \"""
    text = _text
    try:
{self.decoder.text()}
        return {self.before}, {self.after}
    except (error, ValueError, LookupError, OverflowError):
        return None


def decode_known(data: bytes, identity: bytes, values: Any) -> {record} | None:
    \"""As `decode_or_none`, but return None for bytes of another identity as well.

    `identity` is what `encode_identity` returns for `values`.
    \"""
    text = _text
    try:
{self.decoder.text()}
        {self.values} = values
        return _new({record}, ({self.before}, {self.values}, {self.after}))
    except (error, ValueError, LookupError, OverflowError):
        return None
"""

    def encode(self) -> str:
        lines = (*self.encoder.strings, *self.encoder.ending(_JOINED))
        return f"""\
# Of a record, the values of the fields that `encode_identity` takes.
IDENTITY_FIELDS: Any = slice({self.start}, {self.stop})


def encode_identity(values: Any) -> bytes:
    \"""Return the bytes of the fields from {self.bounds}.\"""
    {self.values} = values
{"".join(f"    {line}{chr(10)}" for line in lines)}

def _remember(values: Any) -> bytes:
    \"""As `encode_identity`, and keep the result for the next record.\"""
    global _last  # noqa: PLW0603 - replaced as a whole, so that threads do not disturb each other
    identity = encode_identity(values)
    if len(identity) < {_REMEMBERED}:
        _last = (values, identity)
    return identity
"""


def _encode(
    name: str, result: str, dialect: Dialect, doc: str, values: tuple[str, str], body: str
) -> str:
    unpacked, checks = values
    doc = doc.format(record=dialect.record, codes=dialect.codes)
    return f"""\
def {name}(record: {dialect.record}) -> {result}:
{doc}
    try:
        # A slice of a record is a plain tuple, which is unpacked faster.
        (
{unpacked}        ) = record[_ALL]
{checks}{body}
    except (error, ValueError, TypeError, LookupError):
        pass
{dialect.imports}    from rckp.format.codec_errors import validated_record  # rarely needed

    # Raises, unless the values are of subclasses; then they are now of the plain types.
    return {name}(validated_record(record{dialect.arguments}))
"""
