"""Recognition of foreign formats by their first bytes. Files are never loaded."""

from __future__ import annotations

from rckp.validation._foreign import EMPTY, SIGNATURES, ZEROS

_BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"


def describe(head: bytes) -> str | None:
    """Return the probable format of a file with these first bytes, in words, or None.

    `head` is the first few thousand bytes of the file, or all of it if it is shorter.
    spec/foreign.json has the bytes of each format.
    """
    if not head:
        return EMPTY
    if not head.strip(b"\0"):
        return ZEROS
    start = head.lstrip(_BEFORE_TEXT)[:64].lower()
    for at, there, anywhere, text, meaning in SIGNATURES:
        if head.startswith(there, at) and anywhere in head and start.startswith(text):
            return f"it looks like {meaning}"
    return None


def as_sentence(head: bytes) -> str:
    """The same as a sentence, or an empty text."""
    kind = describe(head)
    return f"{kind[0].upper()}{kind[1:]}." if kind else ""
