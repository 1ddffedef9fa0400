"""A UTF-8 decoder that implements the table of the chapter Decoding, row by row.

Python validates UTF-8 itself, so the reference has no rule that a mutant could change. In a
mutated copy, the codec and the scanner use this module instead, under the name
rckp.format.utf8_by_hand. All cases pass with it when it is unchanged.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

TAIL = (0x80, 0xBF)
ROWS = (  # the first byte from, to; then the ranges of the bytes that follow
    (0x00, 0x7F, ()),
    (0xC2, 0xDF, (TAIL,)),
    (0xE0, 0xE0, ((0xA0, 0xBF), TAIL)),
    (0xE1, 0xEC, (TAIL, TAIL)),
    (0xED, 0xED, ((0x80, 0x9F), TAIL)),
    (0xEE, 0xEF, (TAIL, TAIL)),
    (0xF0, 0xF0, ((0x90, 0xBF), TAIL, TAIL)),
    (0xF1, 0xF3, (TAIL, TAIL, TAIL)),
    (0xF4, 0xF4, ((0x80, 0x8F), TAIL, TAIL)),
)
FOLLOWING = {first: row[2] for row in ROWS for first in range(row[0], row[1] + 1)}
BITS = {0: 0x7F, 1: 0x1F, 2: 0x0F, 3: 0x07}
CUT_AT_THE_END = False


def utf_8_decode(
    data: Buffer,
    errors: str = "strict",  # noqa: ARG001 - as codecs has it
    final: bool = False,
) -> tuple[str, int]:
    """As `codecs.utf_8_decode`: the text, and how many bytes it takes."""
    raw = bytes(data)
    characters: list[str] = []
    at = 0
    while at < len(raw):
        following = FOLLOWING.get(raw[at])
        if following is None:
            raise UnicodeDecodeError("utf-8", raw, at, at + 1, "starts nothing")
        code = raw[at] & BITS.get(len(following), 0x01)
        for k, (low, high) in enumerate(following, 1):
            if at + k >= len(raw):
                if not final:
                    return "".join(characters), at
                if CUT_AT_THE_END:
                    return "".join(characters), len(raw)
                raise UnicodeDecodeError("utf-8", raw, at, len(raw), "ends inside a sequence")
            if not low <= raw[at + k] <= high:
                raise UnicodeDecodeError("utf-8", raw, at, at + k, "does not continue")
            code = code << 6 | raw[at + k] & 0x3F
        characters.append(chr(code) if code < 0x110000 else "\ufffd")
        at += len(following) + 1
    return "".join(characters), at


def text(data: Buffer) -> str:
    """The string that the bytes encode, all of them. Raises `UnicodeDecodeError`."""
    return utf_8_decode(data, "strict", True)[0]
