"""Cases of the classes store and selection in which only the values of the records differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft, document
from conformance.tools.casegen.records import (
    COMPLETED,
    EXAMPLE,
    FAILED,
    FULL,
    INTEGERS,
    INTERRUPTED,
    RUNNING,
    STRINGS,
    U64_MAX,
    changed,
)
from rckp.format.record_json import to_json

IDENTITY = {name: getattr(EXAMPLE, name) for name in STRINGS[1:5]}
SCOPE = "base/alg-HC-05c32ba4c2ea6c52/prob-TSP-640beefa78e58607"
_TEXTS = ("", "\0", "?")
_INTEGERS = (0, 1, 2**53 + 1, 2**63, U64_MAX)
_HASHES = ("algorithm_signature_hash", "problem_signature_hash")

# Values that an implementation may take for none, for an error, or for a sign of something else.
# The members of a record that decide whether a file is found have their usual values.
VALUES: dict[str, list[dict[str, Any]]] = {
    "created_at_ms": [{"created_at_ms": value} for value in _INTEGERS],
    "random_seed": [{"random_seed": value} for value in _INTEGERS],
    "elapsed_millis": [{"elapsed_millis": value} for value in _INTEGERS],
    "algorithm_parameters": [{"algorithm_parameters": text} for text in _TEXTS],
    "problem_description": [{"problem_description": text} for text in _TEXTS],
    "problem_parameters": [{"problem_parameters": text} for text in _TEXTS],
    "step_state_payload": [{"step_state_payload": text} for text in _TEXTS],
    "seed_payload": [{"seed_payload": text} for text in _TEXTS],
    "run_id": [{"run_id": text} for text in ("", "\0", "-", "0", "run")],
    "error_message": [
        {"status": status, "error_message": text}
        for status in (RUNNING, FAILED, INTERRUPTED)
        for text in (None, "", "disk full")
    ],
}
_FREE = [name for name in INTEGERS if name not in _HASHES]
SMALLEST = changed(
    EXAMPLE,
    run_id="",
    algorithm_parameters="",
    problem_description="",
    problem_parameters="",
    step_state_payload="",
    **dict.fromkeys(_FREE, 0),
)
LARGEST = changed(
    FULL,
    algorithm_name="HC",
    algorithm_signature_hash=EXAMPLE.algorithm_signature_hash,
    problem_signature_hash=EXAMPLE.problem_signature_hash,
    **dict.fromkeys(_FREE, U64_MAX),
)


def fnv_1a(text: str) -> int:
    """Return the hash of IDENT-1, computed without the implementation."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def file(path: str, content: rckp.CheckpointRecord | bytes) -> dict[str, Any]:
    """Return the entry of a tree for a file."""
    if isinstance(content, bytes):
        return {"path": path, "kind": "file", "bytes": content.hex()}
    return {"path": path, "kind": "file", "record": to_json(content)}


def selection(
    id_: str, op: str, requirements: str, tree: list[dict[str, Any]], why: str, **members: Any
) -> Draft:
    """Return a case of the class selection. `members` that begin with `expect` are expected."""
    return _draft("selection", id_, op, requirements, tree, why, {"identity": IDENTITY} | members)


def store(
    id_: str, op: str, requirements: str, tree: list[dict[str, Any]], why: str, **members: Any
) -> Draft:
    """Return a case of the class store."""
    return _draft("store", id_, op, requirements, tree, why, members)


def _draft(
    class_: str,
    id_: str,
    op: str,
    requirements: str,
    tree: list[dict[str, Any]],
    why: str,
    members: Mapping[str, Any],
) -> Draft:
    given = {name: value for name, value in members.items() if name != "expect"}
    given = {"tree": tree, "base": "base"} | given
    return Draft(id_, document([class_], requirements, op, given, members["expect"], why))


def changes(removed: list[str], put: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the expected differences of the tree."""
    return {"put": put or [], "removed": removed}


def drafts() -> Iterator[Draft]:
    """Return all cases of this module."""
    yield from _found()
    yield from _selected()
    yield from _read()
    yield from _purged()
    yield from _written()


def _found() -> Iterator[Draft]:
    for field, values in VALUES.items():
        tree = [file(f"base/{n}.ckpt", changed(EXAMPLE, **each)) for n, each in enumerate(values)]
        yield selection(
            f"selection/list/value/{field}",
            "list",
            "SEL-1 SEL-2",
            tree,
            f"A checkpoint can be resumed whatever its {field} is."
            if field != "error_message"
            else "A run that can be resumed may have an error message, whatever its status.",
            expect={"paths": [f"{n}.ckpt" for n in range(len(values))]},
        )
    empty = dict.fromkeys(IDENTITY, "")
    same = fnv_1a("|")
    hashes = dict.fromkeys(_HASHES, same)
    yield selection(
        "selection/list/value/empty-identity",
        "list",
        "SEL-1",
        [
            file("base/another-name.ckpt", changed(EXAMPLE, **hashes)),
            file("base/empty.ckpt", changed(EXAMPLE, **empty, **hashes)),
            file("base/hashes-of-others.ckpt", changed(EXAMPLE, **empty)),
        ],
        "Four empty strings are an identity like any other. Its two hashes are equal.",
        identity=empty,
        expect={"paths": ["empty.ckpt"]},
    )
    yield selection(
        "selection/list/hash/both-differ",
        "list",
        "SEL-1",
        [
            file("base/a.ckpt", changed(EXAMPLE, **dict.fromkeys(_HASHES, 0))),
            file("base/b.ckpt", changed(EXAMPLE, **dict.fromkeys(_HASHES, U64_MAX))),
        ],
        "Both hashes are those of other identities.",
        expect={"paths": []},
    )


def _selected() -> Iterator[Draft]:
    records = {"smallest": SMALLEST, "largest": LARGEST}
    for name, record in records.items():
        yield selection(
            f"selection/select/value/{name}",
            "select",
            "SEL-1 SEL-2 SEL-5",
            [file("base/a.ckpt", record)],
            "Zeros and empty strings are values: this run is found and selected."
            if name == "smallest"
            else "No integer is too large, and no time too far in the future.",
            expect={"selected": "a.ckpt"},
        )
    yield selection(
        "selection/select/value/several",
        "select",
        "SEL-1 SEL-2 SEL-4 SEL-10",
        [
            file("base/failed.ckpt", changed(EXAMPLE, status=FAILED, error_message="disk full")),
            file("base/smallest.ckpt", SMALLEST),
            file("base/largest.ckpt", LARGEST),
        ],
        "The number counts all three checkpoints, whatever else is in them.",
        answer="2\n",
        expect={"selected": "failed.ckpt"},
    )
    swapped = dict(
        zip(_HASHES, reversed([getattr(EXAMPLE, name) for name in _HASHES]), strict=True)
    )
    yield selection(
        "selection/select/hashes-swapped",
        "select",
        "SEL-1 SEL-5",
        [file("base/a.ckpt", changed(EXAMPLE, **swapped))],
        "Each hash is compared with its own: the two hashes of this record are swapped.",
        expect={"selected": None},
    )


def _read() -> Iterator[Draft]:
    nothing = changed(SMALLEST, algorithm_name="", **dict.fromkeys(_HASHES, 0))
    rows = {
        "smallest": (nothing, "Zeros and empty strings are values."),
        "largest": (LARGEST, "No integer is too large, and no time too far in the future."),
        "full": (FULL, "Both options are present, and the status is not that of a running run."),
        "completed": (
            changed(FULL, status=COMPLETED, error_message=""),
            "A completed run is read like any other, with an empty error message.",
        ),
    }
    for name, (record, why) in rows.items():
        yield store(
            f"store/read/value/{name}",
            "read",
            "STORE-10",
            [file("base/a.ckpt", record)],
            why,
            path="base/a.ckpt",
            expect={"record": to_json(record)},
        )


def _purged() -> Iterator[Draft]:
    purged = VALUES | {
        "created_at_ms": [{"created_at_ms": value} for value in _INTEGERS[:4]],
        "algorithm_name": [{"algorithm_name": text} for text in _TEXTS],
        "hashes": [dict.fromkeys(_HASHES, value) for value in (0, U64_MAX)],
    }
    for field, values in purged.items():
        paths = [f"base/{n}.ckpt" for n in range(len(values))]
        records = [changed(EXAMPLE, **each) for each in values]
        yield store(
            f"store/purge/value/{field}",
            "purge",
            "STORE-15",
            list(map(file, paths, records)),
            "A purge by time looks at the time alone, and no other value keeps a file.",
            before=str(U64_MAX),
            expect={"removed": str(len(paths)), "changes": changes(paths)},
        )
    yield store(
        "store/purge/age-extremes",
        "purge-age",
        "STORE-19",
        [
            file("base/smallest.ckpt", SMALLEST),
            file("base/largest.ckpt", LARGEST),
            file("base/failed.ckpt", changed(FULL, created_at_ms=0)),
        ],
        "A time of 0 is old, and a time in the future is not.",
        age="3600000",
        expect={
            "removed": "2",
            "changes": changes(["base/smallest.ckpt", "base/failed.ckpt"]),
        },
    )


def _written() -> Iterator[Draft]:
    name = f"{SCOPE}/run-unnamed.ckpt"
    before = changed(SMALLEST, **IDENTITY, created_at_ms=EXAMPLE.created_at_ms)
    smallest = changed(before, created_at_ms=0)
    for label, tree, why in (
        ("smallest", [], "Zeros and empty strings are values: this record is written."),
        ("smallest-replaces", [file(name, before)], "A time of 0 replaces a later one."),
    ):
        yield store(
            f"store/write/value/{label}",
            "write",
            "SAFE-2" + (" SAFE-9" if tree else ""),
            tree,
            why,
            record=to_json(smallest),
            expect={"path": name, "changes": changes([], [file(name, smallest)])},
        )
    for label, record, why in (
        ("largest", LARGEST, "No integer is too large, and no time too far in the future."),
        (
            "large",
            changed(EXAMPLE, run_id="large", step_state_payload="-" + "xyz" * 44000),
            "A record of more than 128 KiB is written whole.",
        ),
    ):
        scope = SCOPE if label == "large" else SCOPE.replace("TSP", "Ackley")
        path = f"{scope}/run-{record.run_id}.ckpt"
        yield store(
            f"store/write/value/{label}",
            "write",
            "SAFE-1 SAFE-2",
            [],
            why,
            record=to_json(record),
            expect={"path": path, "changes": changes([], [file(path, record)])},
        )
