"""The kinds of faults of the crash tests, and the calls at which they happen."""

from __future__ import annotations

import errno
import fcntl

import pytest

from rckp.cli.crash import _KINDS
from rckp.conformance.crash.faults import KINDS, TOLERATED, fault_of, planned_faults, tolerated
from rckp.conformance.crash.traced_adapter import Call, Fault


def call(name: str, *arguments: int, at: int = 1, is_directory: bool = False) -> Call:
    return Call(name, at, ("/x",), arguments, None, 0, None, 0, is_directory)


def kinds_at(found: Call) -> set[str]:
    return {kind for kind, _ in planned_faults(KINDS, [found])}


def test_the_command_offers_every_kind() -> None:
    assert _KINDS == KINDS


@pytest.mark.parametrize(
    ("found", "refused"),
    [
        (call("linkat"), {"EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK"}),
        (call("fsync", is_directory=True), {"EINVAL"}),
        (call("fsync"), set()),
        (call("flock", 3, fcntl.LOCK_EX | fcntl.LOCK_NB), {"ENOLCK"}),
        (call("flock", 3, fcntl.LOCK_UN), set()),
        (call("renameat"), set()),
    ],
)
def test_errors_that_a_file_system_may_return(found: Call, refused: set[str]) -> None:
    assert kinds_at(found) & TOLERATED.keys() == refused
    assert {"kill", "EIO"} <= kinds_at(found)


def test_reads_and_writes() -> None:
    assert {"short", "lost"} <= kinds_at(call("write"))
    assert kinds_at(call("read")) & {"short", "lost"} == {"short"}
    assert not kinds_at(call("openat")) & {"short", "lost"}


def test_calls_outside_the_tree_do_not_fail() -> None:
    assert kinds_at(call("linkat", at=0)) == set()


def test_the_fault_of_a_check() -> None:
    assert fault_of("EPERM", "linkat#2") == Fault("error", "linkat", 2, errno.EPERM)
    assert fault_of("lost", "write#1") == Fault("lost", "write", 1)
    assert tolerated(fault_of("ENOLCK", "flock#1")) == "SAFE-6"
    assert tolerated(fault_of("EIO", "linkat#1")) == ""
    assert tolerated(fault_of("kill", "linkat#1")) == ""
    assert tolerated(None) == ""
