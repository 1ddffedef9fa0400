"""The record: fourteen values, under the names and in the order of the layout."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class CheckpointRunStatus(StrEnum):
    """What a run was doing when the checkpoint was written [TYPE-10]."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class CheckpointRecord(NamedTuple):
    """One checkpoint [LAY-1].

    Integers are from 0 to `2**64 - 1` [TYPE-2]; times are in milliseconds, `created_at_ms`
    since the epoch in UTC. Strings are sequences of Unicode scalar values, of less than `2**32`
    bytes in UTF-8 ([TYPE-4] to [TYPE-6]). The two options are None when absent, which differs
    from `""` [TYPE-9].

    A record is a tuple, and equal to any tuple of the same fourteen values.
    """

    created_at_ms: int
    run_id: str
    random_seed: int
    algorithm_name: str
    algorithm_parameters: str
    problem_description: str
    problem_parameters: str
    algorithm_signature_hash: int
    problem_signature_hash: int
    step_state_payload: str
    seed_payload: str | None
    elapsed_millis: int
    status: CheckpointRunStatus
    error_message: str | None
