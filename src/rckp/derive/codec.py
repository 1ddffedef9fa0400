"""`_codec.py`: straight-line functions that decode and encode, made from the layout.

Neighbouring parts of fixed size are fused into one `struct` call, which is where
most of the time would go. `_Decoder` and `_Encoder` walk the fields in step. The encoder
has a second, shorter ending for the record that nearly all files hold, without options.
"""

from __future__ import annotations

from rckp.derive.banner import python_notice
from rckp.derive.layout import quoted
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout

_FORMAT = {8: "Q", 4: "I", 1: "B"}

# Measured with CPython 3.11, 3.12 and 3.13: a view and no copy is faster from 8 to 10 kB on.
_LARGE = 8192  # bytes

_BYTE, _LENGTH = "B", "I"
_READY = 256  # encodings of lengths that are ready made


def render(layout: Layout) -> str:
    """The module's text."""
    status = next(f for f in layout.fields if f.type == "status")
    names = [f.name for f in layout.record_fields]
    integers = [f.name for f in layout.record_fields if f.parts[0].role == roles.INTEGER]
    decoder, encoder, plain = _Decoder(), _Encoder(), _Encoder(options=False)
    for field in layout.fields:
        decoder.field(field)
        encoder.field(field)
        plain.field(field)
    decoding = (decoder.text(), "".join(f"                {name},\n" for name in names))
    unpacked = "".join(f"            {name},\n" for name in names)
    order = ", ".join(f"CheckpointRunStatus.{str(v).upper()}" for v in status.parts[0].values)
    tests = "\n            is ".join(f"type({name})" for name in integers)
    values = (unpacked, tests)
    structs = sorted(decoder.structs | encoder.structs | plain.structs)
    constants = "\n".join(f'_{fmt} = Struct("<{fmt}")' for fmt in structs)
    return f"""\
{python_notice("Straight-line encoder and decoder of the RCKP layout.")}
# mypy: disable-error-code="misc,str-unpack"
from struct import Struct, error

from rckp.format.buffers import normalise_buffer
from rckp.format.record import CheckpointRecord, CheckpointRunStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer

{constants}

_LENGTHS = tuple(map(_{_LENGTH}.pack, range({_READY})))

_LARGE = {_LARGE}  # bytes; below it, to copy a slice is faster than to make a view

_ALL: Any = slice(None)
_STATUSES = ({order})
_STATUS_BYTES: dict[Any, int] = {{status: byte for byte, status in enumerate(_STATUSES)}}
_new: Callable[..., CheckpointRecord] = tuple.__new__
_text: Callable[[Any], str] = bytes.decode
_utf8: Callable[[Any], Any] = str.encode


{_decode("decode", "CheckpointRecord", _DECODE_DOC, _EXPLAIN, decoding)}

{_decode("decode_or_none", "CheckpointRecord | None", _NONE_DOC, "    return None", decoding)}

{_encode("encode", "bytes", _ENCODE_DOC, values, encoder.text(plain, _JOINED))}

{_encode("encode_parts", "list[bytes]", _PARTS_DOC, values, encoder.text(plain, _LISTED))}"""


_DECODE_DOC = """\
    \"""Return the record that the bytes encode [DEC-1].

    `data` is bytes, a bytearray, a memoryview or another buffer of bytes; it is not kept.

    Raise `DecodeError` with one of the codes `truncated`, `bad-magic`, `invalid-utf8`,
    `invalid-option-flag`, `invalid-status` and `trailing-bytes` ([DEC-2] to [DEC-7]). Never
    return a record for invalid bytes [DEC-8].
    \""\""""
_JOINED = ('b"".join((', "))")
_LISTED = ("[", "]")
_EXPLAIN = """\
    from rckp.format.codec_errors import explain  # only invalid bytes need it

    raise explain(data)"""
_NONE_DOC = '    """As `decode`, but return None for invalid bytes, without an explanation."""'
_ENCODE_DOC = """\
    \"""Return the one encoding of the record [ENC-1].

    `CheckpointRecord` documents the types and ranges of the values. A plain tuple of them is
    accepted as well.

    Raise `EncodeError` with one of the codes `integer-out-of-range`, `wrong-type`,
    `lone-surrogate` and `string-too-long` ([ENC-3] to [ENC-6]).
    \""\""""
_PARTS_DOC = """\
    \"""Return the encoding of the record in pieces, for `writev` or a series of writes.

    Joined, they are `encode(record)`. A large payload is a piece of its own, so that it is in
    memory once less. Raise as `encode` does.
    \""\""""


def _decode(name: str, result: str, doc: str, failure: str, decoding: tuple[str, str]) -> str:
    body, listed = decoding
    return f"""\
def {name}(data: Buffer) -> {result}:
{doc}
    text = _text
    if type(data) is not bytes:
        data, text = normalise_buffer(data)
    # A slice or a struct call that reaches beyond the data gives less or raises;
    # so only the end of the last content needs to be compared with the size.
    try:
{body}
        return _new(
            CheckpointRecord,
            (
{listed}            ),
        )
    except (error, ValueError, LookupError, OverflowError):
        pass
{failure}
"""


def _encode(name: str, result: str, doc: str, values: tuple[str, str], body: str) -> str:
    unpacked, tests = values
    return f"""\
def {name}(record: CheckpointRecord) -> {result}:
{doc}
    try:
        # A slice of a record is a plain tuple, which is unpacked faster.
        (
{unpacked}        ) = record[_ALL]
        if not (
            {tests}
            is int
        ):
            raise TypeError
{body}
    except (error, ValueError, TypeError, LookupError):
        pass
    from rckp.format.codec_errors import validated_record  # rarely needed

    # Raises, unless the values are of subclasses; then they are now of the plain types.
    return {name}(validated_record(record))
"""


class _Decoder:
    """Collects the statements of the decoder; `at` is where the next part starts."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.structs: set[str] = set()
        self.pending: list[tuple[str, str]] = []  # (format, name) not yet unpacked
        self.after: list[str] = []  # what to do with them when they are
        self.at = "0"  # an expression: where the pending parts start
        self.depth = 2

    def text(self) -> str:
        return "\n".join(self.lines)

    def _emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def _flush(self) -> None:
        if not self.pending:
            return
        fmt = "".join(f for f, _ in self.pending)
        names = ", ".join(n for _, n in self.pending)
        if fmt == _BYTE:
            self._emit(f"{names} = data[{self.at}]")
        else:
            if len(self.pending) == 1:
                names = f"({names},)"
            self.structs.add(fmt)
            self._emit(f"{names} = _{fmt}.unpack_from(data, {self.at})")
        self.at = _plus(self.at, _size(fmt))
        for line in self.after:
            self._emit(line)
        self.pending, self.after = [], []

    def field(self, field: Field) -> None:
        roles_ = [part.role for part in field.parts]
        first = field.parts[0]
        if roles_ == [roles.MAGIC]:
            self.pending.append((f"{first.size}s", field.name))
            self.after += [f"if {field.name} != {quoted(first.values[0])}:", "    raise ValueError"]
        elif roles_ == [roles.INTEGER]:
            self.pending.append((_FORMAT[first.size], field.name))
        elif roles_ == [roles.STATUS]:
            self.pending.append((_FORMAT[first.size], field.name))
            self.after.append(f"{field.name} = _STATUSES[{field.name}]")
        elif roles_ == [roles.LENGTH, roles.CONTENT]:
            self._string(field.name, _FORMAT[first.size])
        elif roles_ == [roles.FLAG, roles.LENGTH, roles.CONTENT]:
            self._option(field)
        elif roles_ == [roles.END]:
            self._flush()
            self._emit(f"if {self.at} != len(data):")
            self._emit("    raise ValueError")
        else:
            raise TypeError(f"no code for {roles_}")

    def _string(self, name: str, fmt: str) -> None:
        self.pending.append((fmt, "size"))
        self._flush()
        if self.at != "at":
            self._emit(f"at = {self.at}")
        self._emit("stop = at + size")
        copied, viewed = "text(data[at:stop])", 'str(memoryview(data)[at:stop], "utf-8")'
        self._emit(f"{name} = {copied} if size < _LARGE else {viewed}")
        self.at = "stop"

    def _option(self, field: Field) -> None:
        self._flush_into_flag()
        values = field.parts[0].values
        self._emit(f"if flag == {values.index(True)}:")
        self.depth += 1
        before = self.at
        self._string(field.name, _FORMAT[field.parts[1].size])
        self.depth -= 1
        self._emit(f"elif flag == {values.index(False)}:")
        self._emit(f"    stop = {before}")
        self._emit(f"    {field.name} = None")
        self._emit("else:")
        self._emit("    raise ValueError")
        self.at = "stop"

    def _flush_into_flag(self) -> None:
        self.pending.append((_BYTE, "flag"))
        self._flush()


class _Encoder:
    """Collects the pieces of the encoding, fusing what is fixed between two contents.

    Without `options`, of a record in which every option is absent.
    """

    def __init__(self, *, options: bool = True) -> None:
        self.options = options
        self.strings: list[str] = []  # statements
        self.heads: list[str] = []  # statements
        self.absent: list[str] = []  # what is true of such a record
        self.pieces: list[str] = []  # expressions
        self.structs: set[str] = set()
        self.pending: list[tuple[str, str]] = []

    def text(self, plain: _Encoder, finish: tuple[str, str]) -> str:
        """The statements, with those of `plain` where they apply; `finish` makes the result."""
        lines = [
            *self.strings,
            f"if {' and '.join(plain.absent)}:",
            *("    " + line for line in plain.ending(finish)),
            *self.heads,
            *self.ending(finish),
        ]
        return "\n".join("    " * 2 + line for line in lines)

    def ending(self, finish: tuple[str, str]) -> list[str]:
        """The statement that returns the pieces."""
        before, after = finish
        return [f"return {before}", *(f"    {each}," for each in self.pieces), after]

    def _flush(self) -> None:
        if self.pending:
            fmt = "".join(f for f, _ in self.pending)
            self.structs.add(fmt)
            values = ", ".join(v for _, v in self.pending)
            piece = f"_{fmt}.pack({values})"
            if fmt == _LENGTH:  # a length alone, which is nearly always a small one
                piece = f"_LENGTHS[n] if (n := {values}) < {_READY} else _{fmt}.pack(n)"
            self.pieces.append(piece)
            self.pending = []

    def field(self, field: Field) -> None:
        roles_ = [part.role for part in field.parts]
        first = field.parts[0]
        if roles_ == [roles.MAGIC]:
            self.pending.append((f"{first.size}s", quoted(first.values[0])))
        elif roles_ == [roles.INTEGER]:
            self.pending.append((_FORMAT[first.size], field.name))
        elif roles_ == [roles.STATUS]:
            self.pending.append((_FORMAT[first.size], f"_STATUS_BYTES[{field.name}]"))
        elif roles_ == [roles.LENGTH, roles.CONTENT]:
            self.strings.append(f"{field.name} = _utf8({field.name})")
            self.pending.append((_FORMAT[first.size], f"len({field.name})"))
            self._flush()
            self.pieces.append(field.name)
        elif roles_ == [roles.FLAG, roles.LENGTH, roles.CONTENT]:
            self._option(field)
        elif roles_ == [roles.END]:
            self._flush()

    def _option(self, field: Field) -> None:
        """An option's head depends on its value, so it is a piece of its own."""
        values = field.parts[0].values
        absent, present = values.index(False), values.index(True)
        if not self.options:
            self.absent.append(f"{field.name} is None")
            self.pending.append((_FORMAT[field.parts[0].size], str(absent)))
            return
        fmt = _FORMAT[field.parts[0].size] + _FORMAT[field.parts[1].size]
        self.structs.add(fmt)
        head = f"{field.name}_head"
        self.heads += [
            f"if {field.name} is None:",
            f'    {head} = b"\\x{absent:02x}"',
            f'    {field.name} = b""',
            "else:",
            f"    {field.name} = _utf8({field.name})",
            f"    {head} = _{fmt}.pack({present}, len({field.name}))",
        ]
        self._flush()
        self.pieces += [head, field.name]


def _size(fmt: str) -> int:
    sizes = {v: k for k, v in _FORMAT.items()}
    return sum(int(c) if c.isdigit() else sizes.get(c, 0) for c in fmt)


def _plus(expression: str, size: int) -> str:
    if expression.isdigit():
        return str(int(expression) + size)
    name, _, added = expression.partition(" + ")
    return f"{name} + {int(added or 0) + size}"
