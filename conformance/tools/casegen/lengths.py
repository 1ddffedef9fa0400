"""Cases of false lengths, and of long content that is truncated."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import rckp
from conformance.tools.casegen.draft import Draft, decode_error, valid
from conformance.tools.casegen.records import (
    EXAMPLE,
    FULL,
    STRINGS,
    changed,
    location,
    replaced,
    spans,
    truncation,
)
from rckp.conformance.cases import Edit
from rckp.format import layout as roles
from rckp.format.scan import CHUNK


def hostile(full: Draft, example: Draft) -> Iterator[Draft]:
    data = full.data or b""
    parts = spans(FULL)
    for length, content in pairwise(parts):
        if length.role != roles.LENGTH:
            continue
        for label, declared in {"4-gib": 2**32 - 1, "2-gib": 2**31, "one-too-many": None}.items():
            wanted = len(data) - content.start + 1 if declared is None else declared
            yield decode_error(
                f"reader/hostile/{length.field}/{label}",
                full,
                [replaced(data, length.start, wanted.to_bytes(4, "little"))],
                truncation(length.field, content.start, wanted, len(data)),
                "LIM-1 LIM-2 LIM-3 DEC-2",
                "A declared length is compared with the bytes that are there before anything "
                "is allocated, and without overflow.",
                "hostile",
            )
    tiny = (example.data or b"")[:12] + b"\xff\xff\xff\xff" + b"HC-7"
    yield decode_error(
        "reader/hostile/twenty-bytes",
        example,
        [Edit(12, (example.data or b"")[12:], tiny[12:])],
        truncation("run_id", 16, 2**32 - 1, 20),
        "LIM-1 DEC-2",
        "Twenty bytes that declare four gigabytes.",
        "hostile",
    )


def hostile_of_medium_size(full: Draft) -> Iterator[Draft]:
    """Return cases with lengths that an allocator grants without an error."""
    data = full.data or b""
    everywhere = {
        "100-mib": (
            100,
            "The length is below a typical cap. An implementation that fills such a buffer is "
            "detected.",
        ),
        "600-mib": (
            600,
            "Every machine can reserve this much. An implementation that only reserves such a "
            "buffer is detected.",
        ),
    }
    somewhere = {
        "1-mib": (1, "A length that is quite usual: the bytes are not there all the same."),
        "48-mib": (48, "Below the budget, if it is taken once; the response has to be right."),
        "200-mib": (
            200,
            "The length is below a typical cap. An implementation that fills such a buffer is "
            "detected.",
        ),
    }
    for length, content in pairwise(spans(FULL)):
        if length.role != roles.LENGTH:
            continue
        more = somewhere if length.field in ("run_id", "step_state_payload") else {}
        for label, (mebibytes, why) in (everywhere | more).items():
            wanted = mebibytes << 20
            yield decode_error(
                f"reader/hostile/{length.field}/{label}",
                full,
                [replaced(data, length.start, wanted.to_bytes(4, "little"))],
                truncation(length.field, content.start, wanted, len(data)),
                "LIM-1 LIM-3 DEC-2",
                why,
                "hostile",
            )


def cut_far_into_content() -> Iterator[Draft]:
    """Return cases of truncated content that is longer than the pieces of a reader."""
    large = "0123456789abcdef" * 300 + "\u20ac"  # that of reader/string/*/large
    for name in STRINGS:
        base = valid(f"reader/string/{name}/large", changed(FULL, **{name: large}), "LAY-1", "-")
        for label, present in {"4096": 4096, "4097": 4097, "inside-a-sequence": 4802}.items():
            yield _cut(
                f"reader/truncated-long/{name}/{label}",
                base,
                name,
                changed(FULL, **{name: large}),
                present,
            )
    for label, fill in {"ascii": "x", "two": "\u00e9", "four": "\U0001f600"}.items():
        content = "-" + fill * (CHUNK // len(fill.encode()) + 9)
        record = EXAMPLE._replace(step_state_payload=content)
        base = valid(f"reader/long/{label}", record, "LAY-1", "-")
        for more in (0, 1, 4):
            yield _cut(
                f"reader/truncated-long/{label}/64-kib-and-{more}",
                base,
                "step_state_payload",
                record,
                CHUNK + more,
            )
        data = base.data or b""
        start, size = _content(base, record, "step_state_payload")
        at, end = start + 1, start + CHUNK + 2
        yield decode_error(
            f"reader/precedence/truncation-before-utf8-in-long-{label}",
            base,
            [Edit(at, data[at : at + 1], b"\xff"), Edit(end, data[end:], b"")],
            truncation("step_state_payload", start, size, end),
            "DEC-1 DEC-2 DEC-11",
            "Who checks piece by piece meets the malformed one first; the truncation counts.",
            then={"undo": "second", "error": location("invalid-utf8", "step_state_payload", at)},
        )


def _content(base: Draft, record: rckp.CheckpointRecord, field: str) -> tuple[int, int]:
    """Return the start and the size of the content of a string."""
    content = getattr(record, field).encode()
    return (base.data or b"").index(content), len(content)


def _cut(id_: str, base: Draft, field: str, record: rckp.CheckpointRecord, present: int) -> Draft:
    """Return the file, truncated after so many bytes of the content."""
    data = base.data or b""
    start, size = _content(base, record, field)
    end = start + present
    return decode_error(
        id_,
        base,
        [Edit(end, data[end:], b"")],
        truncation(field, start, size, end),
        "DEC-1 DEC-2 DEC-11",
        f"{present} of {size} bytes of the content are there: as many are available, however "
        "large the pieces in which they were read.",
    )
