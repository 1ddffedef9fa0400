"""Every system call fails, with every error: nothing is lost, and the failure is reported."""

from __future__ import annotations

import pytest

from conformance.tests.crash.oracle import violations
from conformance.tests.crash.scenarios import SCENARIOS
from conformance.tests.crash.tracing import Bench, Task

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EINTR", "EMFILE", "EXDEV", "EACCES")
FAULTS = [f"error={name}" for name in ERRORS]
# The others make no calls that these do not.
TASKS = [
    *(Task(name) for name in SCENARIOS if name not in {"two writes", "purge of broken files"}),
    Task("first write", "none"),
    Task("overwrite", "file"),
]
CAUGHT = {
    "flushed again after a failure": ("overwrite", "error=EIO"),
    "nothing abandoned": ("overwrite", "error=ENOSPC"),
    "the first name not removed": ("first write", "error=EIO"),
    "written in place": ("overwrite", "error=ENOSPC"),
    "errors of writing ignored": ("overwrite", "error=ENOSPC"),
    "the old one removed first": ("overwrite", "error=EIO"),
    "kept aside by renaming": ("foreign file", "error=EDQUOT"),
}


# The first two always, and all of them in the full run.
@pytest.mark.parametrize(
    "fault", [pytest.param(f, marks=[pytest.mark.slow] * (i > 1)) for i, f in enumerate(FAULTS)]
)
def test_every_system_call_fails(bench: Bench, fault: str) -> None:
    endings = bench.inject(TASKS, [fault])
    print(f"{len(endings)} system calls, {fault}: {len(violations(endings))} wrong")
    assert violations(endings) == []
    assert len(endings) > 400
    told = {ending.result.get("code") for ending in endings}
    assert {"not-written", "durability-uncertain"} <= told


def test_interrupted_before_every_system_call(bench: Bench) -> None:
    """Ctrl-C: the same, and the next save of the same process leaves nothing behind."""
    endings = bench.inject([Task(name) for name in SCENARIOS], ["signal=INT"])
    print(f"{len(endings)} interrupts, one at each system call: {len(violations(endings))} wrong")
    assert violations(endings) == []
    assert len(endings) > 400
    assert {ending.result["raised"] for ending in endings} == {"KeyboardInterrupt"}
    marked = SCENARIOS["run"].otherwise
    # Which of the saves an interrupt can still mark depends on where the calls are.
    assert sum(any(ending.tree == tree for ending in endings) for tree in marked) > 1


@pytest.mark.parametrize(("variant", "where"), CAUGHT.items())
def test_a_wrong_protocol_is_caught(bench: Bench, variant: str, where: tuple[str, str]) -> None:
    scenario, fault = where
    endings = bench.inject([Task(scenario, variant=variant)], [fault])
    assert violations(endings) != []
