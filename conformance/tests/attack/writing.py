"""What the tests of hostile writes share: two checkpoints of a run, and changed protocols."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.tests.store.examples import record
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite

OLD = record("HC-1-1-5")
NEW = OLD._replace(step_state_payload="iter=2;eval=2")
AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change owners"
)
STEPS = [step.__name__ for step in atomic_write.PROTOCOL]


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def before(
    step: str, act: Callable[[PendingWrite], None]
) -> tuple[Callable[[PendingWrite], None], ...]:
    """The protocol, with something that another program does before one of its steps."""
    at = STEPS.index(step)
    return (*atomic_write.PROTOCOL[:at], act, *atomic_write.PROTOCOL[at:])
