"""The warnings: what is odd about a checkpoint that is valid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rckp.format.identity import run_id_timestamp_ms
from rckp.format.paths import checkpoint_file_name, scope_name
from rckp.validation.record_summary import HASHED, SIGNATURES, RecordSummary

CLOCK_SKEW = 300_000  # ms that two honest clocks may differ
LATER_LAYOUT = 17  # bytes: a version byte and two u64 (ALT-2)


class RecordWarning(NamedTuple):
    """A warning, before it is known where its field lies."""

    code: str
    field: str
    details: dict[str, object]


def find_warnings(facts: RecordSummary, path: str | None, now_ms: int) -> Iterator[RecordWarning]:
    """Every warning about a valid record, in the order of the fields.

    `path` is where the file lies, if it lies anywhere; `now_ms` the time in ms since the
    epoch.
    """
    yield from _times(facts, now_ms)
    yield from _run_id(facts)
    yield from _hashes(facts)
    if is_later_layout(facts):
        yield RecordWarning("later-layout", "step_state_payload", {})
    status = facts.numbers["status"]
    if status == "completed":
        yield RecordWarning("completed-kept", "status", {})
    if status == "failed" and "error_message" not in facts.texts:
        yield RecordWarning("failed-silent", "status", {})
    if path is not None:
        yield from _place(facts, path)


def is_later_layout(facts: RecordSummary) -> bool:
    """Whether the payload, as far as it was read, starts as in the later layout (ALT-2)."""
    payload = facts.texts.get("step_state_payload", "")
    size = facts.declared.get("step_state_payload", len(payload))
    return payload.startswith("\x01") and size >= LATER_LAYOUT


def _times(facts: RecordSummary, now_ms: int) -> Iterator[RecordWarning]:
    created = int(facts.numbers["created_at_ms"])
    begun = run_id_timestamp_ms(facts.texts["run_id"])
    if begun is not None and "run_id" not in facts.cut and created < begun:
        yield RecordWarning("time-order", "created_at_ms", {"earlier": begun - created})
    if created > now_ms + CLOCK_SKEW:
        yield RecordWarning("time-future", "created_at_ms", {"ahead": created - now_ms})


def _run_id(facts: RecordSummary) -> Iterator[RecordWarning]:
    run_id, algorithm = facts.texts["run_id"], facts.texts["algorithm_name"]
    start = f"{algorithm}-"
    tail = run_id[len(start) :]
    parts = tail.split("-")
    usual = (
        run_id.startswith(start)
        and len(parts) == 3
        and len(parts[1]) == 20
        and tail.isascii()
        and all(map(str.isdigit, parts))
    )
    if not usual:
        yield RecordWarning("unusual-run-id", "run_id", {})


def _hashes(facts: RecordSummary) -> Iterator[RecordWarning]:
    for signature, computed in zip(SIGNATURES, facts.computed_hashes(), strict=True):
        stored = facts.numbers[signature]
        if computed is None:
            yield RecordWarning("hash-not-checked", signature, {"limit": HASHED})
        elif stored != computed:
            yield RecordWarning(
                "hash-mismatch", signature, {"stored": stored, "computed": computed}
            )


def _place(facts: RecordSummary, path: str) -> Iterator[RecordWarning]:
    """Validate the place of a file only in what looks like a scope of a store (PATH-5)."""
    if {"run_id", "algorithm_name", "problem_description"} & facts.cut:
        return
    ends = path.rsplit(os.sep, 3)[-3:]
    if not _in_scope(ends):  # or the path has to be made a plain one first
        ends = os.path.abspath(path).rsplit(os.sep, 3)[-3:]
        if not _in_scope(ends):
            return
    algorithm, problem, name = ends
    expected = _scope_name(
        facts.texts["algorithm_name"],
        facts.texts["problem_description"],
        int(facts.numbers["algorithm_signature_hash"]),
        int(facts.numbers["problem_signature_hash"]),
    )
    if f"{algorithm}/{problem}" != expected:
        yield RecordWarning("misplaced", "algorithm_name", {"expected": expected})
    expected = checkpoint_file_name(facts.texts["run_id"])
    if name.startswith("run-") and name != expected:
        yield RecordWarning("misnamed", "run_id", {"expected": expected})


def _in_scope(ends: list[str]) -> bool:
    """Whether the last three components of a path are in what looks like a scope."""
    return len(ends) == 3 and ends[0].startswith("alg-") and ends[1].startswith("prob-")


# Many files of a store lie in one scope.
_scope_name = lru_cache(maxsize=256)(scope_name)
