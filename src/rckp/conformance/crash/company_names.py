"""Writers that were started afresh: their temporary names (SAFE-5)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.crash.company_visit import Visit
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.trace import Trace

_PROCESSES = 2
_WRITES = 2  # of each process


def temporary_names(visit: Visit, _label: str) -> Iterator[Violation]:
    """Let several new processes write, and compare the names of their temporary files."""
    seen: dict[str, int] = {}
    for process in range(_PROCESSES):
        with visit.another() as adapter:
            for _ in range(_WRITES):
                with visit.place() as place:
                    message = visit.message(place.root)
                    observation = visit.send(message, place.root, adapter=adapter)
                if isinstance(observation.response, NoResponseError):
                    yield Violation(f"no response: {observation.response}")
                    return
                name = _temporary_name(Trace(visit.scenario, str(place.root), observation.calls))
                if not name:  # it has none, since it is created with O_TMPFILE
                    continue
                if name in seen:
                    who = "the same process" if seen[name] == process else "another process"
                    yield Violation(f"{who} has given a temporary file the name {name} (SAFE-5)")
                seen[name] = process


def _temporary_name(trace: Trace) -> str:
    """Return the name of the file that was published later, or nothing if it has no other name."""
    created = trace.creation()
    if created is None:
        return ""
    path = trace.calls[created].paths[0]
    return "" if path in (trace.scope, trace.checkpoint) else os.path.basename(path)
