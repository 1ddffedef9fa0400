"""The record of a run, made from its state (LIFE-3)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Protocol, Self

from rckp.format.record import CheckpointRecord, CheckpointRunStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.format.identity import Identity

_U64_MAX = (1 << 64) - 1


class StepStateCheckpoint(Protocol):
    """What the state of an algorithm must be able to do to be saved and restored."""

    def random_seed(self) -> int:
        """The generator's present state or the first seed, from 0 to `2**64 - 1`."""

    def to_payload(self) -> str:
        """All that `from_payload` needs; a text without lone surrogates."""

    @classmethod
    def from_payload(cls, payload: str) -> Self:
        """The state that gave this payload. Any exception refuses the payload [LIFE-9]."""

    def iteration(self) -> int:
        """How many steps have been taken."""

    def evaluations(self) -> int:
        """How often the objective has been evaluated."""


def build_checkpoint_record(
    state: StepStateCheckpoint, run_id: str, identity: Identity, elapsed: timedelta
) -> CheckpointRecord:
    """The record of a run that goes on, written at this moment [LIFE-3].

    `elapsed` is the time since the run was started or resumed, stored in milliseconds.
    Raises `EncodeError` if the identity cannot be hashed; the state's values are checked
    when the record is encoded.
    """
    algorithm_hash, problem_hash = identity.signature_hashes
    return CheckpointRecord(
        created_at_ms=now_ms(),
        run_id=run_id,
        random_seed=state.random_seed(),
        algorithm_name=identity.algorithm_name,
        algorithm_parameters=identity.algorithm_parameters,
        problem_description=identity.problem_description,
        problem_parameters=identity.problem_parameters,
        algorithm_signature_hash=algorithm_hash,
        problem_signature_hash=problem_hash,
        step_state_payload=state.to_payload(),
        seed_payload=None,
        elapsed_millis=milliseconds(elapsed),
        status=CheckpointRunStatus.RUNNING,
        error_message=None,
    )


def now_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return max(0, time.time_ns() // 1_000_000)


def milliseconds(elapsed: timedelta) -> int:
    """Return a duration in whole milliseconds, limited to what a record holds."""
    return min(max(0, elapsed // timedelta(milliseconds=1)), _U64_MAX)
