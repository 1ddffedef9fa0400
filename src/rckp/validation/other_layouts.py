"""How a file reads in a layout other than that of the specification.

The draft layout differs from the released one only in what two fields may contain. So a file is
scanned once: where the released layout refuses the content of such a field, the scan of the draft
layout goes on behind it.
"""

from __future__ import annotations

from typing import NamedTuple

from rckp._codes import CODES
from rckp.display import pluralise
from rckp.format import layouts
from rckp.format._next_layout import LAYOUT
from rckp.format.layout import RAW
from rckp.format.layouts import NEXT
from rckp.format.scan import ScanError, scan
from rckp.payload.next_parse import draft_progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.format.scan import ByteReader
    from rckp.validation.record_summary import RecordSummary

_RAW_FIELDS = {field.name for field in LAYOUT.fields if field.parts[-1].role == RAW}
_ORDINALS = ("first", "second", "third")


class OtherLayout(NamedTuple):
    """A file in another layout.

    `layout` is `next` for the draft layout, or `april-2026-1` to `april-2026-3`. `error` is None if
    the file is complete in that layout. `iteration` and `evaluations` are those of the payload,
    None if they are not known.
    """

    layout: str
    error: ScanError | None = None
    iteration: int | None = None
    evaluations: int | None = None

    @property
    def message(self) -> str:
        """One line for people."""
        if self.layout != NEXT:
            number = _ORDINALS[int(self.layout[-1]) - 1]
            return f"a complete file of the {number} layout of April 2026, before the first release"
        if self.error is not None:
            problem = CODES[self.error.code].message.format_map(self.error._asdict())
            return (
                f"not a complete file of the draft layout (next) either: byte {self.error.offset}, "
                f"{self.error.field}: {problem}"
            )
        text = "a complete file of the draft layout (next)"
        if self.iteration is not None and self.evaluations is not None:
            done = pluralise(self.evaluations, "evaluation")
            text += f": iteration {self.iteration:,}, {done}"
        return text


def draft_layout(
    summary: RecordSummary, error: ScanError | None, window: ByteReader
) -> OtherLayout:
    """Return how a file reads in the draft layout.

    `error` is that of the released layout, and `summary` and `window` are as they are after it.
    The payload must begin as in the draft layout.
    """
    if error is not None and error.code == "invalid-utf8" and error.field in _RAW_FIELDS:
        behind = scan(window, LAYOUT.after(error.field))
        error = next((each for each in behind if isinstance(each, ScanError)), None)
    return OtherLayout(NEXT, error, *(draft_progress(summary.payload_start) or (None, None)))


def april_layout(data: bytes | memoryview) -> OtherLayout | None:
    """Return the layout of April 2026 in which the bytes are a complete file, or None."""
    name = layouts.april_layout(data)
    return None if name is None else OtherLayout(name)
