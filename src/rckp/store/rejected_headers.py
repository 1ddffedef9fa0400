"""A cache of the last rejected header: most files of a scope share the identity in theirs."""

from __future__ import annotations

from struct import Struct, error

from rckp.format._layout import LAYOUT
from rckp.format.layout import CONTENT, LENGTH, MAGIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from rckp.format.layout import Part

_CODES = {4: "I", 8: "Q"}  # of struct, by the size of a length or an integer


class LastRejectedHeader:
    """Recognises a header with the same fields as the last rejected one, byte for byte.

    It compares all fields from the first of `names` to the last. They must come after one string
    and before any option, as those of an identity do. The fields before them may differ.
    """

    def __init__(self, names: Collection[str]) -> None:
        fields = LAYOUT.fields
        numbers = [field.number for field in fields if field.name in names]
        before = [part for field in fields[: min(numbers)] for part in field.parts]
        content = next(i for i, part in enumerate(before) if part.role == CONTENT)
        to_length = before[:content]
        self._magic = next(bytes(part.values[0]) for part in before if part.role == MAGIC)  # type: ignore[arg-type]
        length = Struct("<" + "".join(map(_code, to_length)))
        self._prefix_struct, self._start = length.unpack_from, length.size
        self._bytes_between = sum(part.size for part in before[content:])
        self._compared = [
            part.role if part.role in (LENGTH, CONTENT) else part.size
            for field in fields[min(numbers) : max(numbers) + 1]
            for part in field.parts
        ]
        self._seen: bytes | None = None

    def matches(self, head: bytes) -> bool:
        """Whether a header has the remembered fields and no error before them."""
        seen = self._seen
        if seen is None:
            return False
        try:
            magic, size = self._prefix_struct(head)
            start = self._start
            stop = start + size
            return (
                head.startswith(seen, stop + self._bytes_between)
                and magic == self._magic
                # Nearly all are ASCII, for which this is faster; decode raises a ValueError.
                and ((before := head[start:stop]).isascii() or before.decode() is not None)
            )
        except (error, ValueError):
            return False

    def remember(self, head: bytes) -> None:
        """Store the fields of a rejected header, if they are all in it."""
        self._seen = None
        if len(head) < self._start:
            return
        at = start = self._start + self._prefix_struct(head)[1] + self._bytes_between
        size = 0
        for part in self._compared:
            if part == LENGTH:
                size = int.from_bytes(head[at : at + 4], "little")
                at += 4
            else:
                at += size if part == CONTENT else int(part)
        if at <= len(head):
            self._seen = head[start:at]


def _code(part: Part) -> str:
    """A magic number and a length are of interest; what else comes before, is not."""
    if part.role == MAGIC:
        return f"{part.size}s"
    return _CODES[part.size] if part.role == LENGTH else f"{part.size}x"
