"""Another program changes the file between its validation and its removal (STORE-17)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from rckp.conformance.crash.company_oracle import last_look
from rckp.conformance.crash.company_visit import (
    Encounter,
    Place,
    Run,
    Visit,
    encoded,
    pausing,
)
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.system_calls import READS
from rckp.conformance.crash.trace import Trace

_YOUNG = "1767225700000"  # milliseconds: not to be purged
_OTHER = "HC-8-00000000000000000000-1767225600000"


def until_removal(trace: Trace) -> Iterator[str]:
    """The calls up to the one that removes the first file."""
    end = _removal(trace)
    for call in trace.calls[: 0 if end is None else end + 1]:
        if call.at:
            yield call.label


def removal_is_decided(trace: Trace, label: str) -> bool:
    """Whether a call comes after the last look at the name before its removal.

    No system call removes a name only if it leads to a certain file. A change after that look
    cannot be noticed by a store, only prevented by the lock, which the runner does not respect.
    """
    end = _removal(trace)
    if end is None:
        return True
    paused = next(at for at, call in enumerate(trace.calls) if call.label == label)
    last_read = max(
        (
            at
            for at in range(end)
            if trace.calls[at].name in READS and trace.calls[at].paths[0] == trace.checkpoint
        ),
        default=-1,
    )
    return paused > last_look(trace, trace.checkpoint, last_read + 1, end)


def _removal(trace: Trace) -> int | None:
    return min(
        (at for at in trace.removed() if trace.calls[at].paths[0] == trace.checkpoint),
        default=None,
    )


def _replace(place: Place, run_id: str | None) -> str:
    named = {} if run_id is None else {"run_id": run_id}
    place.put(encoded(place.scenario, created_at_ms=_YOUNG, **named), replace=True)
    return "replaced"


def _rewrite(place: Place) -> str:
    """Write another checkpoint of the same size into the same file."""
    there = place.data()
    if there is None:
        place.put(encoded(place.scenario, created_at_ms=_YOUNG), replace=False)
        return "created"
    status = os.stat(place.checkpoint)
    with open(place.checkpoint, "r+b") as file:
        file.write(encoded(place.scenario, created_at_ms=_YOUNG))
    # The clock of a file system can be too coarse to tell the two contents apart.
    later = status.st_mtime_ns + 2_000_000_000
    os.utime(place.checkpoint, ns=(later, later))
    return "rewritten"


def _check(visit: Visit, label: str, found: Encounter) -> Iterator[Violation]:
    named, scenario = found.named, visit.scenario
    if not found.is_ok and found.code != "purge-incomplete":
        yield Violation(f"the response is {found.code}, not ok or purge-incomplete", only_code=True)
    young = int.from_bytes(named.content[4:12], "little") if named is not None else 0
    if young != int(_YOUNG) and not removal_is_decided(visit.trace, label):
        yield Violation(
            f"a file that was {found.change} after its validation was removed (STORE-17)"
        )
    after = found.scene.after
    for path in scenario.trees[-1]["removed"]:
        if path.encode() != scenario.checkpoint and path.encode() in after:
            yield Violation(f"{os.path.basename(path)} was not purged (STORE-18)")
    kept = {entry["path"].encode() for entry in scenario.tree}
    kept -= {path.encode() for path in scenario.trees[-1]["removed"]}
    for path in sorted(kept - after.keys()):
        yield Violation(f"{os.fsdecode(os.path.basename(path))} was removed (STORE-15)")
    response = found.scene.observation.response
    if isinstance(response, Mapping) and response["type"] == "ok":
        most = int(str(scenario.check.case.expect["removed"]))
        if response.get("removed") not in (str(most), str(most - 1)):
            yield Violation(
                f"the response counts {response.get('removed')} removed files (STORE-15)"
            )


same_run: Run = pausing(lambda place: _replace(place, None), _check)
other_run: Run = pausing(lambda place: _replace(place, _OTHER), _check)
in_place: Run = pausing(_rewrite, _check)
