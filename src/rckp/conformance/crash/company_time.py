"""Long files: the processor time that they take grows as their size (LIM-3)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.crash.company_visit import Visit, encoded
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.traced_adapter import TracedAdapter
from rckp.conformance.processes import descendants, processor_time

_SMALL, _LARGE = 2 << 20, 16 << 20  # bytes of a string
_FACTOR = 1.5  # by which the time may grow more than the size
_SLACK = 0.5  # seconds, for what does not depend on the size


def long_file(visit: Visit, _label: str) -> Iterator[Violation]:
    """Let the request decode files of two sizes, and compare the processor time."""
    with visit.another() as adapter:
        taken = [_time(visit, adapter, size) for size in (_SMALL, _SMALL, _LARGE)]
    if isinstance(visit.response, NoResponseError):
        yield Violation(f"a file of {_LARGE >> 20} MiB: {visit.response}")
        return
    _, small, large = taken
    most = _FACTOR * _LARGE / _SMALL * small + _SLACK
    if large > most:
        yield Violation(
            f"a file of {_LARGE >> 20} MiB took {large / small:.0f} times the processor time of a "
            f"file of {_SMALL >> 20} MiB (LIM-3)"
        )


def _time(visit: Visit, adapter: TracedAdapter, size: int) -> float:
    """Return the processor time in seconds of a request over a file of about this size."""
    if isinstance(visit.response, NoResponseError):
        return 0.0
    with visit.place() as place:
        _plant(place.checkpoint, encoded(visit.scenario, step_state_payload="x" * 5000), size)
        before = _used(adapter)
        visit.send(visit.message(place.root), place.root, adapter=adapter)
        return _used(adapter) - before


def _plant(path: bytes, data: bytes, size: int) -> None:
    """Write a checkpoint whose payload is NULs, which take no place on the disk."""
    start = data.index(b"x" * 5000)
    with open(path, "wb") as file:
        file.write(data[: start - 4] + size.to_bytes(4, "little"))
        file.seek(size, os.SEEK_CUR)
        file.write(data[start + 5000 :])


def _used(adapter: TracedAdapter) -> float:
    """Return the processor time of the processes of an adapter, without that of the tracer."""
    return sum(map(processor_time, descendants(adapter.pid)))
