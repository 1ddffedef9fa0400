"""The warnings: what is odd about a checkpoint that is valid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from rckp.identity import run_id_timestamp_ms
from rckp.read.facts import HASHED, SIGNATURES, Facts

CLOCK_SKEW = 300_000  # ms that two honest clocks may differ
LATER_LAYOUT = 17  # bytes: a version byte and two u64 (ALT-2)


class Oddity(NamedTuple):
    """A warning, before it is known where its field lies."""

    code: str
    field: str
    details: dict[str, object]


def oddities(facts: Facts, path: str | None, now_ms: int) -> Iterator[Oddity]:
    """Every warning about a valid record, in the order of the fields.

    `path` is where the file lies, if it lies anywhere; `now_ms` the time in ms since the
    epoch.
    """
    yield from _times(facts, now_ms)
    yield from _run_id(facts)
    yield from _hashes(facts)
    if is_later_layout(facts):
        yield Oddity("later-layout", "step_state_payload", {})
    status = facts.numbers["status"]
    if status == "completed":
        yield Oddity("completed-kept", "status", {})
    if status == "failed" and "error_message" not in facts.texts:
        yield Oddity("failed-silent", "status", {})
    if path is not None:
        yield from _place(facts, path)


def is_later_layout(facts: Facts) -> bool:
    """Whether the payload, as far as it was read, starts as in the later layout (ALT-2)."""
    payload = facts.texts.get("step_state_payload", "")
    size = facts.declared.get("step_state_payload", len(payload))
    return payload.startswith("\x01") and size >= LATER_LAYOUT


def _times(facts: Facts, now_ms: int) -> Iterator[Oddity]:
    created = int(facts.numbers["created_at_ms"])
    begun = run_id_timestamp_ms(facts.texts["run_id"])
    if begun is not None and "run_id" not in facts.cut and created < begun:
        yield Oddity("time-order", "created_at_ms", {"earlier": begun - created})
    if created > now_ms + CLOCK_SKEW:
        yield Oddity("time-future", "created_at_ms", {"ahead": created - now_ms})


def _run_id(facts: Facts) -> Iterator[Oddity]:
    run_id, algorithm = facts.texts["run_id"], facts.texts["algorithm_name"]
    tail = run_id.removeprefix(f"{algorithm}-").split("-")
    usual = (
        len(tail) == 3
        and run_id.startswith(f"{algorithm}-")
        and all(part.isascii() and part.isdigit() for part in tail)
        and len(tail[1]) == 20
    )
    if not usual:
        yield Oddity("unusual-run-id", "run_id", {})


def _hashes(facts: Facts) -> Iterator[Oddity]:
    for signature in SIGNATURES:
        stored, computed = facts.numbers[signature], facts.computed_hash(signature)
        if computed is None:
            yield Oddity("hash-not-checked", signature, {"limit": HASHED})
        elif stored != computed:
            yield Oddity("hash-mismatch", signature, {"stored": stored, "computed": computed})


def _place(facts: Facts, path: str) -> Iterator[Oddity]:
    """Judges the place of a file only in what looks like a scope of a store (PATH-5)."""
    if {"run_id", "algorithm_name", "problem_description"} & facts.cut:
        return
    folder, name = os.path.split(os.path.abspath(path))
    above, problem = os.path.split(folder)
    algorithm = os.path.basename(above)
    if not (algorithm.startswith("alg-") and problem.startswith("prob-")):
        return
    from rckp.paths import checkpoint_file_name, scope_name  # noqa: PLC0415 - seldom needed

    expected = scope_name(
        facts.texts["algorithm_name"],
        facts.texts["problem_description"],
        int(facts.numbers["algorithm_signature_hash"]),
        int(facts.numbers["problem_signature_hash"]),
    )
    if f"{algorithm}/{problem}" != expected:
        yield Oddity("misplaced", "algorithm_name", {"expected": expected})
    expected = checkpoint_file_name(facts.texts["run_id"])
    if name.startswith("run-") and name != expected:
        yield Oddity("misnamed", "run_id", {"expected": expected})
