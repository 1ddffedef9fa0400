"""Cases of files with two errors: the first one counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.tools.casegen.draft import Draft, decode_error
from conformance.tools.casegen.records import (
    FULL,
    location,
    replaced,
    spans,
    truncation,
)
from rckp.conformance.cases import Edit
from rckp.format import layout as roles


def precedence(full: Draft) -> Iterator[Draft]:
    """Return cases with two errors. The first one counts; without its edit, the other does."""
    data = full.data or b""
    parts = {(s.field, s.role): s for s in spans(FULL)}
    size = len(data)

    def change(field: str, role: str, code: str, new: bytes) -> tuple[Edit, dict[str, Any]]:
        at = parts[field, role].start
        return Edit(at, data[at : at + len(new)], new), location(code, field, at)

    kinds = {
        "magic": change("magic", roles.MAGIC, "bad-magic", b"X"),
        "utf8-early": change("run_id", roles.CONTENT, "invalid-utf8", b"\xff"),
        "utf8": change("step_state_payload", roles.CONTENT, "invalid-utf8", b"\xff"),
        "flag": change("seed_payload", roles.FLAG, "invalid-option-flag", b"\x02"),
        "status": change("status", roles.STATUS, "invalid-status", b"\x04"),
        "flag-late": change("error_message", roles.FLAG, "invalid-option-flag", b"\xff"),
        "utf8-late": change("error_message", roles.CONTENT, "invalid-utf8", b"\x80"),
        "trailing": (Edit(size, b"", b"\0"), location("trailing-bytes", "end", size)),
    }
    names = list(kinds)
    for i, earlier in enumerate(names):
        for later in names[i + 1 :]:
            (edit, shows), (other, hidden) = kinds[earlier], kinds[later]
            yield decode_error(
                f"reader/precedence/{earlier}-before-{later}",
                full,
                [edit, other],
                shows,
                "DEC-1",
                "The first error in the file is the error of the file.",
                then={"undo": "first", "error": hidden},
            )
    for label, (edit, shows) in list(kinds.items())[:-1]:
        cut = next(s for s in spans(FULL) if s.start > edit.at + 30 or s.role == roles.END)
        at = min(max(cut.start, edit.at + 1), size - 1)
        hit = next(s for s in spans(FULL) if s.start <= at < s.stop)
        if hit.field == shows["field"] and hit.role == roles.CONTENT:
            continue  # then the truncation comes first: see below
        yield decode_error(
            f"reader/precedence/{label}-before-truncation",
            full,
            [edit, Edit(at, data[at:], b"")],
            shows,
            "DEC-1 DEC-2",
            "The error comes before the truncation.",
            then={
                "undo": "first",
                "error": truncation(hit.field, hit.start, hit.stop - hit.start, at),
            },
        )
    for field in ("run_id", "step_state_payload", "error_message"):
        span = parts[field, roles.CONTENT]
        end = span.stop - 2
        yield decode_error(
            f"reader/precedence/truncation-before-utf8-in-{field}",
            full,
            [replaced(data, span.start, b"\xff"), Edit(end, data[end:], b"")],
            truncation(field, span.start, span.stop - span.start, end),
            "DEC-1 DEC-2 DEC-11",
            "Content that is cut short is truncated, even if what is there is malformed.",
            then={"undo": "second", "error": location("invalid-utf8", field, span.start)},
        )
    for size_left in (1, 2, 3):
        yield decode_error(
            f"reader/precedence/truncation-before-magic-{size_left}",
            full,
            [Edit(0, data[:1], b"X"), Edit(size_left, data[size_left:], b"")],
            truncation("magic", 0, 4, size_left),
            "DEC-1 DEC-2",
            "One to three bytes are truncated, whatever they are.",
            then={"undo": "second", "error": location("bad-magic", "magic", 0)},
        )
    for field, role, code, new in (
        ("seed_payload", roles.FLAG, "invalid-option-flag", b"\x02"),
        ("error_message", roles.FLAG, "invalid-option-flag", b"\x02"),
        ("status", roles.STATUS, "invalid-status", b"\x04"),
    ):
        span = parts[field, role]
        after = next(s for s in spans(FULL) if s.start == span.stop)
        yield decode_error(
            f"reader/precedence/{role}-last-byte-of-{field}",
            full,
            [
                Edit(span.start, data[span.start : span.stop], new),
                Edit(span.stop, data[span.stop :], b""),
            ],
            location(code, field, span.start),
            "DEC-1 " + ("DEC-5" if role == roles.FLAG else "DEC-6"),
            "The part is complete. Its value is checked before the next part.",
            then={
                "undo": "first",
                "error": truncation(after.field, after.start, after.stop - after.start, span.stop),
            },
        )
