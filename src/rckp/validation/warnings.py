"""Warnings about the contents of valid checkpoints."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rckp.format.identity import run_id_timestamp_ms
from rckp.format.paths import checkpoint_file_name, scope_name
from rckp.validation.record_summary import MAX_HASHED_CHARS, SIGNATURES, RecordSummary

# What follows the name of the algorithm in a run id: process id, sequence number, time.
_TAIL = re.compile("-[0-9]+-[0-9]{20}-([0-9]+)")

CLOCK_SKEW = 300_000  # ms that two honest clocks may differ
LATER_LAYOUT = 17  # bytes: a version byte and two u64 (ALT-2)


class RecordWarning(NamedTuple):
    """A warning without the offset of its field."""

    code: str
    field: str
    details: dict[str, object]


def find_warnings(summary: RecordSummary, path: str | None, now_ms: int) -> Iterator[RecordWarning]:
    """Every warning about a valid record, in the order of the fields.

    `path` is where the file lies, if it lies anywhere; `now_ms` the time in ms since the
    epoch.
    """
    yield from _times(summary, now_ms)
    yield from _run_id(summary)
    yield from _hashes(summary)
    if is_later_layout(summary):
        yield RecordWarning("later-layout", "step_state_payload", {})
    status = summary.numbers["status"]
    if status == "completed":
        yield RecordWarning("completed-not-deleted", "status", {})
    if status == "failed" and "error_message" not in summary.texts:
        yield RecordWarning("failed-without-message", "status", {})
    if path is not None:
        yield from _place(summary, path)


def is_later_layout(summary: RecordSummary) -> bool:
    """Whether the payload, as far as it was read, starts as in the later layout (ALT-2)."""
    payload = summary.texts.get("step_state_payload", "")
    size = summary.declared_lengths.get("step_state_payload", len(payload))
    return payload.startswith("\x01") and size >= LATER_LAYOUT


def _times(summary: RecordSummary, now_ms: int) -> Iterator[RecordWarning]:
    created = int(summary.numbers["created_at_ms"])
    begun = run_id_timestamp_ms(summary.texts["run_id"])
    if begun is not None and "run_id" not in summary.truncated_fields and created < begun:
        yield RecordWarning("created-before-run", "created_at_ms", {"earlier": begun - created})
    if created > now_ms + CLOCK_SKEW:
        yield RecordWarning("created-in-future", "created_at_ms", {"ahead": created - now_ms})


def _run_id(summary: RecordSummary) -> Iterator[RecordWarning]:
    if usual_tail(summary.texts["run_id"], summary.texts["algorithm_name"]) is None:
        yield RecordWarning("unusual-run-id", "run_id", {})


def usual_tail(run_id: str, algorithm_name: str) -> re.Match[str] | None:
    """Match what follows the algorithm in a run id that is made as RUN-1 has it; else None.

    Group 1 has the digits of the time.
    """
    if not run_id.startswith(algorithm_name):
        return None
    return _TAIL.fullmatch(run_id, len(algorithm_name))


def _hashes(summary: RecordSummary) -> Iterator[RecordWarning]:
    for signature, computed in zip(SIGNATURES, summary.computed_hashes(), strict=True):
        stored = summary.numbers[signature]
        if computed is None:
            yield RecordWarning("hash-not-checked", signature, {"limit": MAX_HASHED_CHARS})
        elif stored != computed:
            yield RecordWarning(
                "hash-mismatch", signature, {"stored": stored, "computed": computed}
            )


def _place(summary: RecordSummary, path: str) -> Iterator[RecordWarning]:
    """Validate the place of a file only in what looks like a scope of a store (PATH-5)."""
    if {"run_id", "algorithm_name", "problem_description"} & summary.truncated_fields:
        return
    ends = scope_of(path)
    if ends is None:
        return
    algorithm, problem, name = ends
    expected = _scope_name(
        summary.texts["algorithm_name"],
        summary.texts["problem_description"],
        int(summary.numbers["algorithm_signature_hash"]),
        int(summary.numbers["problem_signature_hash"]),
    )
    if f"{algorithm}/{problem}" != expected:
        yield RecordWarning("misplaced", "algorithm_name", {"expected": expected})
    expected = checkpoint_file_name(summary.texts["run_id"])
    if name.startswith("run-") and name != expected:
        yield RecordWarning("misnamed", "run_id", {"expected": expected})


def scope_of(path: str) -> list[str] | None:
    """Return the last three components of a path in what looks like a scope, else None."""
    ends = path.rsplit(os.sep, 3)[-3:]
    if not _in_scope(ends):  # or the path has to be made a plain one first
        ends = os.path.abspath(path).rsplit(os.sep, 3)[-3:]
    return ends if _in_scope(ends) else None


def _in_scope(ends: list[str]) -> bool:
    return len(ends) == 3 and ends[0].startswith("alg-") and ends[1].startswith("prob-")


# Many files of a store lie in one scope.
_scope_name = lru_cache(maxsize=256)(scope_name)
