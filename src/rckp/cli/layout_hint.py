"""What to say of a file that is invalid, but complete in another layout."""

from __future__ import annotations

from typing import BinaryIO, cast

from rckp.cli.file_errors import Source


def other_layout_hint(source: Source, remedy: str) -> str:
    """Return a sentence on the other layout that a file can have, or an empty string.

    `remedy` is a further sentence for a file that is complete in the draft layout.
    """
    from rckp.format.layouts import NEXT
    from rckp.validation.validate import validate  # slow to import

    source.seek(0)
    other = validate(cast("BinaryIO", source)).other_layout
    if other is None:
        return ""
    is_draft = other.error is None and other.layout == NEXT
    return f"It is {other.message}. {remedy if is_draft else ''}".strip()
