"""The statements of the generated codec, field by field."""

from __future__ import annotations

from rckp.derive.layout import quoted
from rckp.format import layout as roles
from rckp.format.layout import Field

_FORMAT = {8: "Q", 4: "I", 1: "B"}
_BYTE, LENGTH = "B", "I"
READY = 256  # encodings of lengths that are precomputed
_CONTENTS = ([roles.CONTENT], [roles.RAW])


class DecoderStatements:
    """The statements of the decoder. `at` is the start of the next part."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.structs: set[str] = set()
        self.pending: list[tuple[str, str]] = []  # (format, name) not yet unpacked
        self.after: list[str] = []  # what to do with them when they are
        self.at: str = "0"  # an expression: where the pending parts start
        self.depth: int = 2

    def text(self) -> str:
        """Return the statements."""
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
            self._emit(f"{names} = _unpack_{fmt.lower()}(data, {self.at})")
        self.at = _plus(self.at, _size(fmt))
        for line in self.after:
            self._emit(line)
        self.pending, self.after = [], []

    def known(self, name: str) -> None:
        """Add fields whose bytes are the variable of this name."""
        self._flush()
        self._emit(f"at = {self.at}")
        self._emit(f"if not data.startswith({name}, at):")
        self._emit("    raise ValueError")
        self._emit(f"at += len({name})")
        self.at = "at"

    def field(self, field: Field) -> None:
        """Add a field. Raise `TypeError` for an unknown sequence of parts."""
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
        elif roles_ in ([roles.LENGTH, roles.CONTENT], [roles.LENGTH, roles.RAW]):
            self._content(field)
        elif roles_[:2] == [roles.FLAG, roles.LENGTH] and roles_[2:] in _CONTENTS:
            self._option(field)
        elif roles_ == [roles.END]:
            self._flush()
            self._emit(f"if {self.at} != len(data):")
            self._emit("    raise ValueError")
        else:
            raise TypeError(f"no code for {roles_}")

    def _content(self, field: Field) -> None:
        length, content = field.parts[-2:]
        name = field.name
        self.pending.append((_FORMAT[length.size], "size"))
        self._flush()
        if self.at != "at":
            self._emit(f"at = {self.at}")
        self._emit("stop = at + size")
        self.at = "stop"
        if content.role == roles.RAW:
            self._emit(f"{name} = bytes(data[at:stop])")
            if content.values:
                self._emit(f"if {_unversioned(field)}:")
                self._emit("    raise ValueError")
            return
        self._emit(f"{name} = text(data[at:stop])")

    def _option(self, field: Field) -> None:
        self._flush_into_flag()
        values = field.parts[0].values
        self._emit(f"if flag == {values.index(True)}:")
        self.depth += 1
        before = self.at
        self._content(field)
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


class EncoderStatements:
    """The statements of the encoder. Neighbouring parts of fixed size are one `struct` call.

    Without `options`, they encode a record in which every option is absent.
    """

    def __init__(self, *, options: bool = True) -> None:
        self.options = options
        self.strings: list[str] = []  # statements
        self.heads: list[str] = []  # statements
        self.absent: list[str] = []  # what is true of such a record
        self.pieces: list[str] = []  # expressions
        self.structs: set[str] = set()
        self.pending: list[tuple[str, str]] = []

    def text(self, plain: EncoderStatements, finish: tuple[str, str]) -> str:
        """Return the statements.

        `plain` is the encoder of records without options; `finish` surrounds the pieces.
        """
        lines = [
            *self.strings,
            f"if {' and '.join(plain.absent)}:",
            *("    " + line for line in plain.ending(finish)),
            *self.heads,
            *self.ending(finish),
        ]
        return "\n".join("    " * 2 + line for line in lines)

    def ending(self, finish: tuple[str, str]) -> list[str]:
        """Return the statement that returns the pieces."""
        self._flush()
        before, after = finish
        return [f"return {before}", *(f"    {each}," for each in self.pieces), after]

    def _flush(self) -> None:
        if self.pending:
            fmt = "".join(f for f, _ in self.pending)
            self.structs.add(fmt)
            values = ", ".join(v for _, v in self.pending)
            piece = f"_pack_{fmt.lower()}({values})"
            if fmt == LENGTH:  # a length alone, which is nearly always a small one
                piece = f"_LENGTHS[n] if (n := {values}) < {READY} else _pack_{fmt.lower()}(n)"
            self.pieces.append(piece)
            self.pending = []

    def known(self, name: str) -> None:
        """Add fields whose bytes are the variable of this name."""
        self._flush()
        self.pieces.append(name)

    def field(self, field: Field) -> None:
        """Add a field."""
        roles_ = [part.role for part in field.parts]
        first = field.parts[0]
        if roles_ == [roles.MAGIC]:
            self.pending.append((f"{first.size}s", quoted(first.values[0])))
        elif roles_ == [roles.INTEGER]:
            self.pending.append((_FORMAT[first.size], field.name))
        elif roles_ == [roles.STATUS]:
            self.pending.append((_FORMAT[first.size], f"_STATUS_BYTES[{field.name}]"))
        elif roles_ in ([roles.LENGTH, roles.CONTENT], [roles.LENGTH, roles.RAW]):
            self.strings += _checked(field)
            self.pending.append((_FORMAT[first.size], f"len({field.name})"))
            self._flush()
            self.pieces.append(field.name)
        elif roles_[:2] == [roles.FLAG, roles.LENGTH] and roles_[2:] in _CONTENTS:
            self._option(field)
        elif roles_ == [roles.END]:
            self._flush()

    def _option(self, field: Field) -> None:
        """Add an option. Its first bytes depend on its value, so they are a separate piece."""
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
            *("    " + line for line in _checked(field)),
            f"    {head} = _pack_{fmt.lower()}({present}, len({field.name}))",
        ]
        self._flush()
        self.pieces += [head, field.name]


def _checked(field: Field) -> list[str]:
    """Return the statements that make bytes of a value, or raise."""
    content = field.parts[-1]
    if content.role == roles.CONTENT:
        return [f"{field.name} = _utf8({field.name})"]
    test = f"type({field.name}) is not bytes"
    if content.values:
        test += f" or {_unversioned(field)}"
    return [f"if {test}:", "    raise TypeError"]


def _unversioned(field: Field) -> str:
    """Return the test whether bytes do not begin as they must."""
    allowed = field.parts[-1].values
    first = f"{field.name}[:1]"
    if len(allowed) == 1:
        return f"{first} != {quoted(allowed[0])}"
    return f"{first} not in ({', '.join(map(quoted, allowed))})"


def _size(fmt: str) -> int:
    sizes = {v: k for k, v in _FORMAT.items()}
    return sum(int(c) if c.isdigit() else sizes.get(c, 0) for c in fmt)


def _plus(expression: str, size: int) -> str:
    if expression.isdigit():
        return str(int(expression) + size)
    name, _, added = expression.partition(" + ")
    return f"{name} + {int(added or 0) + size}"
