"""Other programs write, create or remove the checkpoint while the request is made."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from rckp.conformance.crash.company_visit import (
    Encounter,
    Place,
    Run,
    Visit,
    encoded,
    expected,
    pausing,
)
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.scenarios import directories_above
from rckp.store.temporary_files import is_temporary

_LATER = {"created_at_ms": "1767225700000", "step_state_payload": "iter=99;eval=100"}
_OTHER = "HC-8-00000000000000000000-1767225600000"  # a run id that is not that of any scenario
_FOREIGN = b"PK\x03\x04 of another program"
_LATE = ("not-written", "durability-uncertain")  # SAFE-18: something else has the name by now


def _write_same_run(place: Place) -> str:
    """Another writer of this run, without the lock; what cannot be replaced it quarantines."""
    there = place.data()
    new = expected(place.scenario)
    existing = place.scenario.existing or {}
    if there is not None and there != new and "bytes" in existing:
        os.link(place.checkpoint, place.checkpoint + b".other-writer")
    place.put(encoded(place.scenario, **_LATER), replace=True)
    if place.scenario.check.op == "write":
        return "after" if there == new else "before"
    return "after" if there is None else "before"


def _check_same_run(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    later = encoded(visit.scenario, **_LATER)
    named = found.named
    content = named.content if named is not None and named.kind == "file" else None
    if visit.scenario.check.op == "delete":
        wanted = None if found.change == "before" else later
        if not found.is_ok:
            yield Violation(
                f"the response is {found.code}, although only this run's file was there"
            )
        if content != wanted:
            what = "is lost" if content is None else "stays, although it had the name"
            yield Violation(f"the checkpoint of the other writer {what} (STORE-12)")
    elif found.change == "before":
        if not found.is_ok:
            yield Violation(
                f"the response is {found.code}, although the file is of the same run (SAFE-9)"
            )
        elif content != expected(visit.scenario):
            yield Violation(
                "the response is ok, but the name is not that of the new checkpoint (SAFE-1)"
            )
    else:
        if content != later:
            yield Violation("the checkpoint that came later was replaced or lost (SAFE-1)")
        yield from _late_response(found)
    kept = {later, *_foreign_before(visit)}
    yield from _left(visit, found, kept)
    yield from _not_lost(found, _foreign_before(visit), "the file of another program")


def _write_other_run(place: Place) -> str:
    """A writer of another run whose file has the same name; it finds out if this one was first."""
    other = encoded(place.scenario, run_id=_OTHER)
    return "put" if place.put(other, replace=False) else "late"


def _check_other_run(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    if found.change == "late":
        yield from _as_alone(visit, found)
        return
    other = encoded(visit.scenario, run_id=_OTHER)
    if found.named is None or found.named.content != other:
        yield Violation("the checkpoint of another run was replaced by a first write (SAFE-8)")
    if found.is_ok:
        yield Violation("the response is ok, although another run has the name (SAFE-8)")
    elif found.code != "run-id-collision":
        yield Violation(
            f"the response is {found.code}, not run-id-collision (SAFE-8)", only_code=True
        )
    yield from _left(visit, found, set())


def _write_foreign(place: Place) -> str:
    return "put" if place.put(_FOREIGN, replace=False) else "late"


def _check_foreign(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    if found.change == "put":
        yield from _not_lost(found, {_FOREIGN}, "the file that another program has created")
    yield from _as_alone(visit, found, {_FOREIGN})


def _remove(place: Place) -> str:
    """Another program deletes the checkpoint."""
    there = place.data()
    if there is None:
        return "gone"
    os.unlink(place.checkpoint)
    late = place.scenario.check.op == "write" and there == expected(place.scenario)
    return "after" if late else "before"


def _check_removed(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    op = visit.scenario.check.op
    if op == "write" and found.change != "after":
        yield from _as_alone(visit, found)
        return
    if op == "write":
        yield from _late_response(found)
    elif not found.is_ok:
        what = "STORE-12" if op == "delete" else "STORE-15"
        yield Violation(f"the response is {found.code}, although the file is gone ({what})")
    elif op == "purge":
        response = found.scene.observation.response
        removed = response.get("removed") if isinstance(response, Mapping) else None
        wanted = int(str(visit.scenario.check.case.expect["removed"])) - (found.change == "before")
        if removed != str(wanted):
            yield Violation(f"the response counts {removed} removed files, not {wanted} (STORE-15)")
    if found.named is not None:
        yield Violation("the checkpoint that another program has deleted is there again (SAFE-1)")


def _as_alone(
    visit: Visit, found: Encounter, kept: set[bytes] | None = None
) -> Iterator[Violation]:
    """Whether the request succeeded as if nobody else had been there."""
    if not found.is_ok:
        yield Violation(f"the response is {found.code}, although nothing is in its way (SAFE-11)")
    elif found.named is None or found.named.content != expected(visit.scenario):
        yield Violation(
            "the response is ok, but the name is not that of the new checkpoint (SAFE-1)"
        )
    yield from _left(visit, found, kept or set())


def _late_response(found: Encounter) -> Iterator[Violation]:
    if not found.is_ok and found.code not in _LATE:
        yield Violation(
            f"the response is {found.code}, not ok or {' or '.join(_LATE)} (SAFE-18)",
            only_code=True,
        )


def _foreign_before(visit: Visit) -> set[bytes]:
    existing = visit.scenario.existing or {}
    return {bytes.fromhex(existing["bytes"])} if "bytes" in existing else set()


def _not_lost(found: Encounter, contents: set[bytes], what: str) -> Iterator[Violation]:
    there = {entry.content for entry in found.scene.after.values() if entry.kind == "file"}
    if contents - there:
        yield Violation(f"{what} is lost (SAFE-10)")


def _left(visit: Visit, found: Encounter, kept: set[bytes]) -> Iterator[Violation]:
    """Names that nobody should have left, and other files that have changed."""
    scenario = visit.scenario
    above = directories_above([scenario.checkpoint])
    before, after = found.scene.before, found.scene.after
    for path, entry in after.items():
        if path == scenario.checkpoint or path in above or before.get(path) == entry:
            continue
        name = os.fsdecode(os.path.basename(path))
        aside = entry.content in kept | _foreign_before(visit) and not is_temporary(name)
        if path in before or not aside or name.endswith(".ckpt"):
            yield Violation(
                f"{name} was {'changed' if path in before else 'left behind'} (SAFE-12)"
            )
    for path in sorted(before.keys() - after.keys() - {scenario.checkpoint}):
        yield Violation(f"{os.fsdecode(os.path.basename(path))} is missing")


same_run: Run = pausing(_write_same_run, _check_same_run)
other_run: Run = pausing(_write_other_run, _check_other_run)
foreign: Run = pausing(_write_foreign, _check_foreign)
removed: Run = pausing(_remove, _check_removed)
