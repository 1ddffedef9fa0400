"""Another user puts links and files into the directories (SAFE-4, SAFE-18)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from rckp.conformance.crash.company_oracle import is_by_descriptor, last_look
from rckp.conformance.crash.company_purges import removal_is_decided
from rckp.conformance.crash.company_visit import (
    OUTSIDE,
    Encounter,
    Place,
    Run,
    Visit,
    encoded,
    expected,
    file_entry,
    pausing,
)
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.scenarios import Scenario
from rckp.conformance.crash.system_calls import OPENING
from rckp.conformance.crash.trace import Trace
from rckp.conformance.trees import TreeEntry

_OTHER = "HC-9-00000000000000000000-1767225600000"  # a run of the one who interferes
_SECRET = b"a file of another user\n"
_VICTIM = f"{OUTSIDE}/victim".encode()
_OWNER = "12345"  # of the victim, if the runner is root
_STALE = b".rckp-bbbbbbbbbbbbbbbb.tmp"


def _victim(_scenario: Scenario) -> list[dict[str, Any]]:
    owner = {"owner": _OWNER, "group": _OWNER} if os.geteuid() == 0 else {}
    return [file_entry(_VICTIM, _SECRET, mode="600", **owner)]


def while_temporary_exists(trace: Trace) -> Iterator[str]:
    """The calls from the creation of the temporary file to its end under this name."""
    created, published = trace.creation(), trace.publication
    if created is None or published is None:
        return
    name = trace.calls[created].paths[0]
    named = [at for at, call in enumerate(trace.calls) if name in call.paths and at > created]
    for at in range(created + 1, max([published, *named]) + 1):
        if trace.calls[at].at and not is_by_descriptor(trace.calls[at]):
            yield trace.calls[at].label


def creation_of_temporary(trace: Trace) -> Iterator[str]:
    """The call that creates the temporary file, if it has a name."""
    created = trace.creation()
    if created is not None and list(while_temporary_exists(trace)):
        yield trace.calls[created].label


def _take_name(place: Place) -> str:
    """Put a link where the temporary file is about to be created."""
    os.symlink(os.path.join(os.fsencode(place.root), _VICTIM), place.named[0])
    return "link"


def _check_taken(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    for each in found.changes_outside():
        yield Violation(f"{each}: the temporary file is not created exclusively (SAFE-5)")
    if not found.is_ok and found.code != "not-written":
        yield Violation(f"the response is {found.code}, not not-written (SAFE-12)", only_code=True)
    named = found.named
    if found.is_ok and (named is None or named.content != expected(visit.scenario)):
        yield Violation(
            "the response is ok, but the name is not that of the new checkpoint (SAFE-1)"
        )


def _temporary(place: Place) -> bytes | None:
    """The path of the file in the scope that is neither the checkpoint nor was there before."""
    scope = os.path.dirname(place.scenario.checkpoint)
    for name in os.listdir(place.scope):
        path = os.path.join(scope, name)
        if (
            path != place.scenario.checkpoint
            and path not in place.planted
            and not name.endswith(b".aside")
        ):
            return os.path.join(place.scope, name)
    return None


def _swap_for_link(place: Place) -> str:
    temporary = _temporary(place)
    if temporary is None:
        return ""
    os.unlink(temporary)
    os.symlink(os.path.join(os.fsencode(place.root), _VICTIM), temporary)
    return "link"


def _swap_for_file(place: Place) -> str:
    temporary = _temporary(place)
    if temporary is None:
        return ""
    os.unlink(temporary)
    with open(temporary, "wb") as file:
        file.write(encoded(place.scenario, run_id=_OTHER))
    return "file"


def _check_temporary(visit: Visit, label: str, found: Encounter) -> Iterator[Violation]:
    for each in found.changes_outside():
        yield Violation(f"{each} (SAFE-18)")
    named = found.named
    right = TreeEntry("file", expected(visit.scenario))[:2]
    if found.is_ok:
        if named is None or named[:2] != right:
            yield Violation(
                f"the response is ok, but the name leads to another {found.change} (SAFE-18)"
            )
        return
    if found.change and not _too_late(visit.trace, label):
        before = found.scene.before.get(visit.scenario.checkpoint)
        there = named and named[:2]
        if there not in (right, before and before[:2]):
            yield Violation(
                f"the {found.change} in place of the temporary file was published: the name was "
                "not checked before (SAFE-18)"
            )


def _too_late(trace: Trace, label: str) -> bool:
    """Whether a call comes after the last look at the temporary name before publication.

    What happens between that look and the publication can only be noticed afterwards.
    """
    created, published = trace.creation(), trace.publication
    if created is None or published is None:
        return True
    name = trace.calls[created].paths[0]
    paused = next(at for at, call in enumerate(trace.calls) if call.label == label)
    return paused > last_look(trace, name, created + 1, published)


def _swap_scope(place: Place, put: str) -> str:
    if not os.path.isdir(place.scope) or os.path.islink(place.scope):
        return ""
    os.rename(place.scope, place.scope + b"-moved")
    if put == "link":
        os.symlink(place.outside, place.scope)
    else:
        os.mkdir(place.scope)
        with open(place.checkpoint, "wb") as file:
            file.write(_young(place))
    return put


def _young(place: Place) -> bytes:
    """A checkpoint that nobody may replace or remove: of another run, and not to be purged."""
    return encoded(place.scenario, run_id=_OTHER, created_at_ms="1767225700000")


def _check_scope_link(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    what = {"write": "SAFE-4", "delete": "STORE-13"}.get(visit.scenario.check.op, "STORE-3")
    for each in found.changes_outside():
        yield Violation(f"{each}, behind a link in place of the scope ({what})")


def _check_scope_directory(visit: Visit, label: str, found: Encounter) -> Iterator[Violation]:
    purged = visit.scenario.check.op == "purge"
    if not found.change or (purged and removal_is_decided(visit.trace, label)):
        return
    young = _young(Place(found.scene.root, visit.scenario))
    if found.named is None or found.named.content != young:
        what = "SAFE-8" if visit.scenario.check.op == "write" else "STORE-17"
        yield Violation(
            f"the file in the directory that took the place of the scope is lost ({what})"
        )


def _swap_entry(place: Place) -> str:
    """Put a link in place of the checkpoint that is to be deleted."""
    if not os.path.lexists(place.checkpoint):
        return ""
    os.unlink(place.checkpoint)
    os.symlink(os.path.join(os.fsencode(place.root), _VICTIM), place.checkpoint)
    return "link"


def _check_entry(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    for each in found.changes_outside():
        yield Violation(f"{each}, which a link in place of the file leads to (STORE-12)")
    if visit.scenario.check.op == "delete" and found.change and found.is_ok and found.named:
        yield Violation("the response is ok, but the name is still there (STORE-12)")


def openings_of_checkpoint(trace: Trace) -> Iterator[str]:
    """The calls that open the file with the name of the checkpoint."""
    for call in trace.calls:
        if call.at and call.name in OPENING and trace.checkpoint in call.paths:
            yield call.label


def _swap_for_pipe(place: Place) -> str:
    """Put a named pipe in place of the checkpoint that is to be opened."""
    if not os.path.lexists(place.checkpoint):
        return ""
    os.unlink(place.checkpoint)
    os.mkfifo(place.checkpoint)
    return "pipe"


def _check_pipe(visit: Visit, _label: str, found: Encounter) -> Iterator[Violation]:
    selected = found.scene.observation.response
    if found.change and isinstance(selected, Mapping) and selected.get("selected"):
        yield Violation("the response selects a named pipe (STORE-3)")
    scope = os.path.dirname(visit.scenario.checkpoint)
    beside = [e for path, e in found.scene.after.items() if os.path.dirname(path) == scope]
    if found.change and all(entry.kind != "pipe" for entry in beside):
        what = "SAFE-10" if visit.scenario.check.op == "write" else "STORE-17"
        yield Violation(f"the named pipe in place of the checkpoint is lost ({what})")


def _behind_link(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the target of a link in place of a scope: files with the names that a store uses."""
    name = os.path.basename(scenario.checkpoint)
    same = encoded(scenario, step_state_payload="outside")
    return [
        *_victim(scenario),
        file_entry(f"{OUTSIDE}/".encode() + name, same, mode="644"),
        file_entry(f"{OUTSIDE}/".encode() + _STALE, b"RCKP", mode="644"),
    ]


name_taken: Run = pausing(_take_name, _check_taken, _victim)
temporary_for_link: Run = pausing(_swap_for_link, _check_temporary, _victim)
temporary_for_file: Run = pausing(_swap_for_file, _check_temporary, _victim)
scope_for_link: Run = pausing(
    lambda place: _swap_scope(place, "link"), _check_scope_link, _behind_link
)
scope_for_directory: Run = pausing(
    lambda place: _swap_scope(place, "directory"), _check_scope_directory
)
entry_for_link: Run = pausing(_swap_entry, _check_entry, _victim)
entry_for_pipe: Run = pausing(_swap_for_pipe, _check_pipe)
