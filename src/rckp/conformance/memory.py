"""How much memory a process takes for one request. Linux only: it reads /proc.

Growth is measured, not the sum: a virtual machine reserves gigabytes before it does
anything. Resident memory shows what was written to, address space what was only asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rckp.conformance.processes import descendants

RESIDENT_BUDGET = 8 << 20  # bytes by which resident memory may grow
RESERVED_BUDGET = 512 << 20  # bytes by which the address space may grow
ADDRESS_SPACE_CAP = (
    6 << 30
)  # bytes of address space after which an allocation fails, so that we live


ALLOCATION_BUDGET = 32 << 20  # bytes that a warm process can still allocate


def reset_peak(pids: Iterable[int]) -> int:
    """Forget the greatest resident memory of processes so far; return the present one in bytes.

    Raise `OSError` where that is not possible.
    """
    pids = list(pids)
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return resident_peak(pids)


def resident_peak(pids: Iterable[int]) -> int:
    """Return the greatest resident memory of processes since their peak was reset, in bytes."""
    return sum(_sizes(pid).get("VmHWM", 0) for pid in pids)


@contextlib.contextmanager
def limit_allocations(pids: Iterable[int]) -> Iterator[None]:
    """Limit the allocations of processes to `ALLOCATION_BUDGET` within a block.

    Resident memory does not show what is allocated and not written to. Memory that is only
    reserved, as virtual machines do, does not count.
    """
    import resource  # there is none on Windows

    usual = {}
    for pid in pids:
        _, hard = usual[pid] = resource.prlimit(pid, resource.RLIMIT_DATA)
        most = _sizes(pid).get("VmData", 0) + ALLOCATION_BUDGET
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.prlimit(pid, resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        for pid, limits in usual.items():
            with contextlib.suppress(OSError):  # it has ended
                resource.prlimit(pid, resource.RLIMIT_DATA, limits)


class _Peak(NamedTuple):
    """The greatest amounts so far, in bytes."""

    resident: int
    reserved: int


class MemoryMonitor:
    """Compares the memory of a process and its children with what they had at the start."""

    def __init__(self, pid: int) -> None:
        """Start to watch. On systems without a measurement, the memory never grows."""
        self._pid = pid
        self._before = _peak(pid)
        _limit(pid, self._before)

    def __call__(self) -> str:
        """By how much it has grown, if that is more than the budget; else an empty text."""
        now = _peak(self._pid)
        for kind, budget in (("resident", RESIDENT_BUDGET), ("reserved", RESERVED_BUDGET)):
            grown = getattr(now, kind) - getattr(self._before, kind)
            if grown > budget:
                return f"its {_NAMES[kind]} grew by more than {budget >> 20} MiB: {grown >> 20} MiB"
        return ""


_NAMES = {"resident": "resident memory", "reserved": "address space"}


def _peak(pid: int) -> _Peak:
    peaks = [_status(each) for each in (pid, *descendants(pid))]
    return _Peak(sum(each.resident for each in peaks), sum(each.reserved for each in peaks))


def _sizes(pid: int) -> dict[str, int]:
    """Return the memory of a process from /proc, in bytes."""
    sizes = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in ("VmHWM", "VmPeak", "VmData"):
                sizes[name] = int(value.split()[0]) << 10
    return sizes


def _status(pid: int) -> _Peak:
    sizes = _sizes(pid)
    return _Peak(sizes.get("VmHWM", 0), sizes.get("VmPeak", 0))


def _limit(pid: int, peak: _Peak) -> None:
    import resource  # there is none on Windows

    prlimit = getattr(resource, "prlimit", None)
    if prlimit is not None and peak.reserved:
        with contextlib.suppress(OSError, ValueError):
            most = peak.reserved + ADDRESS_SPACE_CAP
            prlimit(pid, resource.RLIMIT_AS, (most, most))
