"""Every system call fails: nothing is lost, and the failure is reported.

`strace` injects the errors here. `rckp conformance crash` has a tracer of its own, and makes each
call of the same store fail with all of these errors (test_crash_command.py). So here all tasks fail
with two errors, and only the run, which that command does not know, with each.
"""

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


@pytest.mark.parametrize("fault", FAULTS[:2])
def test_every_system_call_fails(bench: Bench, fault: str) -> None:
    endings = bench.inject(TASKS, [fault])
    print(f"{len(endings)} system calls, {fault}: {len(violations(endings))} wrong")
    assert violations(endings) == []
    assert len(endings) > 400
    told = {ending.result.get("code") for ending in endings}
    assert {"not-written", "durability-uncertain"} <= told


@pytest.mark.parametrize("fault", FAULTS[2:])
def test_every_system_call_of_a_run_fails(bench: Bench, fault: str) -> None:
    endings = bench.inject([Task("run")], [fault])
    assert violations(endings) == []
    assert len(endings) > 40
    told = "".join(str(ending.result) for ending in endings)
    if fault != "error=EINTR":  # such a call is repeated
        assert "[not-written" in told
        assert "[durability-uncertain" in told


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
