"""Cases in which the decisive bytes are behind the first 64 KiB, or the first MiB, of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import rckp
from conformance.tools.casegen.draft import Draft, decode_error, file_of, valid
from conformance.tools.casegen.records import (
    COMPLETED,
    EXAMPLE,
    FAILED,
    INTERRUPTED,
    U64_MAX,
    changed,
    location,
    spans,
    truncation,
)
from conformance.tools.casegen.trees import changes, file, fnv_1a, selection, store
from rckp.conformance.cases import Edit
from rckp.format import layout as roles
from rckp.format.record_json import to_json


class Size(NamedTuple):
    """The number of bytes before the decisive ones."""

    label: str
    words: str
    bytes: int


SIZES = (Size("64-kib", "64 KiB", 64 << 10), Size("1-mib", "1 MiB", 1 << 20))
_EVERYWHERE = ("status", "utf8", "truncated-content", "trailing")


def long(size: Size) -> rckp.CheckpointRecord:
    """Return a record whose fields after the payload are behind `size`, all of them present."""
    return changed(
        EXAMPLE,
        step_state_payload="0123456789abcdef" * (size.bytes // 16 + 1),
        seed_payload="state=1,2,3",
        elapsed_millis=U64_MAX,
        status=FAILED,
        error_message="disk full",
    )


def drafts() -> Iterator[Draft]:
    """Return all cases of this module."""
    for size in SIZES:
        base = valid(
            f"reader/behind/{size.label}/valid",
            long(size),
            "LAY-1 TYPE-4 DEC-2 ENC-1",
            f"Every field after the payload is behind the first {size.words}.",
        )
        yield base
        yield from _faults(size, base)
        yield from _found(size)
        yield from _purged(size)
    yield from _read()
    yield from _long_header()


def _faults(size: Size, base: Draft) -> Iterator[Draft]:
    record, data = long(size), base.data or b""
    parts = {(each.field, each.role): each for each in spans(record)}
    status = parts["status", roles.STATUS].start
    flag = parts["error_message", roles.FLAG].start
    content = parts["error_message", roles.CONTENT]
    elapsed = parts["elapsed_millis", roles.INTEGER]
    length = parts["seed_payload", roles.LENGTH]
    end = len(data)
    rows: dict[str, tuple[Edit, dict[str, Any], str]] = {
        "flag": (
            Edit(flag, b"\x01", b"\x02"),
            location("invalid-option-flag", "error_message", flag),
            "DEC-5",
        ),
        "status": (
            Edit(status, b"\x02", b"\x04"),
            location("invalid-status", "status", status),
            "DEC-6",
        ),
        "utf8": (
            Edit(content.start + 4, data[content.start + 4 : content.start + 5], b"\xff"),
            location("invalid-utf8", "error_message", content.start + 4),
            "DEC-4",
        ),
        "truncated-length": (
            Edit(length.start + 2, data[length.start + 2 :], b""),
            truncation("seed_payload", length.start, 4, length.start + 2),
            "DEC-2",
        ),
        "truncated-integer": (
            Edit(elapsed.start + 7, data[elapsed.start + 7 :], b""),
            truncation("elapsed_millis", elapsed.start, 8, elapsed.start + 7),
            "DEC-2",
        ),
        "truncated-content": (
            Edit(end - 1, data[-1:], b""),
            truncation("error_message", content.start, 9, end - 1),
            "DEC-2",
        ),
        "trailing": (Edit(end, b"", b"\0"), location("trailing-bytes", "end", end), "DEC-7"),
    }
    for label, (edit, error, requirement) in rows.items():
        if size is SIZES[0] or label in _EVERYWHERE:
            yield decode_error(
                f"reader/behind/{size.label}/{label}",
                base,
                [edit],
                error,
                requirement,
                f"The error is behind the first {size.words}, and the offset counts from byte 0.",
            )


def _found(size: Size) -> Iterator[Draft]:
    record = long(size)
    data = file_of(record)
    tree = [
        file("base/completed.ckpt", changed(record, status=COMPLETED)),
        file("base/failed.ckpt", record),
    ]
    expect: dict[str, Any] = {"paths": ["failed.ckpt"]}
    if size is SIZES[0]:
        tree += [
            file("base/interrupted.ckpt", changed(record, status=INTERRUPTED)),
            file("base/trailing.ckpt", data + b"\0"),
            file("base/truncated.ckpt", data[:-1]),
        ]
        expect["paths"].append("interrupted.ckpt")
        expect["reported"] = ["trailing.ckpt", "truncated.ckpt"]
    yield selection(
        f"selection/list/behind/{size.label}",
        "list",
        "SEL-1 SEL-3" + (" STORE-8" if size is SIZES[0] else ""),
        tree,
        f"The status, and whether the file is valid, is behind the first {size.words}.",
        expect=expect,
    )


def _purged(size: Size) -> Iterator[Draft]:
    record = long(size)
    data = file_of(record)
    tree = [file("base/trailing.ckpt", data + b"\0"), file("base/valid.ckpt", record)]
    if size is SIZES[0]:
        tree.append(file("base/truncated.ckpt", data[:-1]))
    yield store(
        f"store/purge/behind/{size.label}",
        "purge",
        "STORE-15 STORE-16",
        tree,
        f"Whether the file is valid is decided behind the first {size.words}.",
        before=str(U64_MAX),
        expect={"removed": "1", "changes": changes(["base/valid.ckpt"])},
    )


def _read() -> Iterator[Draft]:
    size = SIZES[0]
    record = long(size)
    data = file_of(record)
    yield store(
        "store/read/behind/64-kib",
        "read",
        "STORE-10",
        [file("base/a.ckpt", record)],
        f"Every field after the payload is behind the first {size.words}.",
        path="base/a.ckpt",
        expect={"record": to_json(record)},
    )
    for label, content, code in (
        ("trailing", data + b"\0", "trailing-bytes"),
        ("truncated", data[:-1], "truncated"),
    ):
        yield store(
            f"store/read/behind/64-kib-{label}",
            "read",
            "STORE-10",
            [file("base/a.ckpt", content)],
            f"The error is behind the first {size.words}.",
            path="base/a.ckpt",
            expect={"error": {"code": code}},
        )
    large = long(SIZES[1])
    yield store(
        "store/read/behind/1-mib",
        "read",
        "STORE-10",
        [file("base/a.ckpt", large)],
        "Every field after the payload is behind the first 1 MiB.",
        path="base/a.ckpt",
        expect={"record": to_json(large)},
    )


def _long_header() -> Iterator[Draft]:
    """Return a case whose decisive bytes, the hashes, are behind 64 KiB."""
    long_text = "q" * (SIZES[0].bytes + 9)
    record = changed(EXAMPLE, problem_parameters=long_text)
    yield selection(
        "selection/list/behind/hashes",
        "list",
        "SEL-1 SEL-2",
        [
            file("base/a.ckpt", record),
            file("base/b.ckpt", changed(record, problem_signature_hash=fnv_1a("TSP|n=5"))),
        ],
        "The hashes, which decide, are behind the first 64 KiB.",
        expect={"paths": ["a.ckpt"]},
    )
