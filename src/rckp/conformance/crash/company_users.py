"""Directories and files that the user of the store may not read or change, and lost groups.

If the runner is root, the adapter is started as another user: root may read everything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import AdapterError, NoResponseError
from rckp.conformance.case_paths import path_bytes
from rckp.conformance.crash.company_oracle import check_code
from rckp.conformance.crash.company_visit import CannotCheckError, Place, Visit
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import TracedAdapter
from rckp.conformance.trees import Snapshot, differences, snapshot

USER = 65534  # user and group: "nobody" on most systems
_STRANGE_GROUP = 54321  # of which that user is no member


class _Denial(NamedTuple):
    """What may not be read or changed, a request, and the expected response."""

    target: str  # file, scope, base or above
    mode: int
    requirement: str
    codes: tuple[str, ...]  # none: it succeeds
    op: str = ""  # if it is not that of the scenario
    may_succeed: bool = False  # because a store need not have the permission
    partly: bool = False  # what is elsewhere is done all the same


_NOT_WRITTEN = ("not-written",)
_NOT_REMOVED = ("not-removed",)
_INCOMPLETE = ("purge-incomplete",)
_DENIALS: dict[str, dict[str, _Denial]] = {
    "first-write": {
        "above-unwritable": _Denial("above", 0o500, "SAFE-12", _NOT_WRITTEN),
    },
    "overwrite": {
        "file": _Denial("file", 0o000, "SAFE-10", _NOT_WRITTEN),
        "scope-unreadable": _Denial("scope", 0o300, "SAFE-12", _NOT_WRITTEN, may_succeed=True),
        "scope-unwritable": _Denial("scope", 0o500, "SAFE-12", _NOT_WRITTEN),
        "scope-unsearchable": _Denial("scope", 0o600, "SAFE-12", _NOT_WRITTEN),
        "base-unsearchable": _Denial("base", 0o600, "SAFE-12", _NOT_WRITTEN),
        "read-file": _Denial("file", 0o000, "STORE-11", ("unreadable",), "read"),
        "read-scope-unsearchable": _Denial("scope", 0o600, "STORE-11", ("unreadable",), "read"),
    },
    "delete": {
        "file": _Denial("file", 0o000, "STORE-12", ()),
        "scope-unwritable": _Denial("scope", 0o500, "STORE-13", _NOT_REMOVED),
        "scope-unsearchable": _Denial("scope", 0o600, "STORE-13", _NOT_REMOVED),
        "base-unsearchable": _Denial("base", 0o600, "STORE-13", _NOT_REMOVED),
    },
    "purge": {
        "file": _Denial("file", 0o000, "STORE-18", _INCOMPLETE, partly=True),
        "scope-unreadable": _Denial("scope", 0o300, "STORE-18", _INCOMPLETE, partly=True),
        "scope-unwritable": _Denial("scope", 0o500, "STORE-18", _INCOMPLETE, partly=True),
        "base-unreadable": _Denial("base", 0o300, "STORE-6", ("unreadable",)),
        "files-scope-unreadable": _Denial("scope", 0o300, "STORE-7", (), "files"),
        "files-base-unreadable": _Denial("base", 0o300, "STORE-6", ("unreadable",), "files"),
    },
    "select": {
        "list-file": _Denial("file", 0o000, "STORE-8", (), "list"),
    },
}


def denials(trace: Trace) -> Iterator[str]:
    """The labels for a scenario."""
    yield from _DENIALS[trace.scenario.name]


def with_permission_denied(visit: Visit, label: str) -> Iterator[Violation]:
    """Make the request while a permission is missing."""
    denial = _DENIALS[visit.scenario.name][label]
    with visit.place() as place, as_other_user(visit, place) as adapter:
        target = {
            "file": place.checkpoint,
            "scope": place.scope,
            "base": os.path.join(os.fsencode(place.root), b"base"),
            "above": os.fsencode(place.root),
        }[denial.target]
        before = snapshot(place.root)
        usual = stat.S_IMODE(os.stat(target).st_mode)
        os.chmod(target, denial.mode)
        if denial.op:
            path = visit.scenario.checkpoint if denial.op == "read" else None
            message = visit.request(denial.op, place.root, path)
            if denial.op == "list":  # has the same members as select
                message = visit.message(place.root) | {"op": "list", "id": message["id"]}
        else:
            message = visit.message(place.root)
        response = visit.send(message, place.root, adapter=adapter).response
        if os.path.lexists(target):
            if stat.S_IMODE(os.stat(target).st_mode) != denial.mode:
                yield Violation(f"the permissions of the {denial.target} have changed")
            os.chmod(target, usual)
        after = snapshot(place.root)
        yield from _check(visit, denial, place, before, after)
    if isinstance(response, NoResponseError):
        yield Violation(f"no response: {response}")


def _check(
    visit: Visit, denial: _Denial, place: Place, before: Snapshot, after: Snapshot
) -> Iterator[Violation]:
    response, scenario = visit.response, visit.scenario
    succeeded = isinstance(response, Mapping) and response["type"] == "ok"
    if denial.may_succeed and isinstance(response, Mapping):  # all but the flush of a directory
        succeeded = succeeded or response.get("code") == "durability-uncertain"
    changes: dict[str, Any] = {"put": [], "removed": []}
    if denial.op == "files" and not denial.codes:
        yield from _check_listing(visit, place)
    elif denial.op == "list":
        yield from _check_reported(visit, place)
    elif not denial.codes or (denial.may_succeed and succeeded):
        if not succeeded:
            code = response.get("code") if isinstance(response, Mapping) else response
            yield Violation(f"the response is {code}, not ok ({denial.requirement})")
        changes = dict(scenario.trees[-1])
    else:
        yield from check_code(response, *denial.codes)
    if denial.partly:
        denied_ones = os.path.dirname(scenario.checkpoint)
        for path in scenario.trees[-1]["removed"]:
            spared = path_bytes(path) == scenario.checkpoint or (
                denial.target == "scope" and os.path.dirname(path_bytes(path)) == denied_ones
            )
            if not spared:
                changes["removed"].append(path)
    for each in differences(before, after, changes):
        yield Violation(f"{each} ({denial.requirement})")


def _check_listing(visit: Visit, place: Place) -> Iterator[Violation]:
    """Whether the files of the other directories are listed, and the scope is reported."""
    response = visit.response
    if not isinstance(response, Mapping) or response["type"] != "ok":
        yield Violation("a listing without one directory failed (STORE-7)")
        return
    scope = os.path.dirname(visit.scenario.checkpoint)
    paths = [path_bytes(entry["path"]) for entry in visit.scenario.tree]
    root = os.fsencode(place.root)
    readable = [os.path.join(root, path).hex() for path in paths if os.path.dirname(path) != scope]
    if response.get("paths") != readable:
        yield Violation("the rest is not listed if one directory cannot be read (STORE-7)")
    if "reported" in response and response["reported"] != [place.scope.hex()]:
        yield Violation("the directory that cannot be read is not reported (STORE-8)", True)


def _check_reported(visit: Visit, place: Place) -> Iterator[Violation]:
    """Whether a checkpoint that cannot be read is reported, and not listed."""
    response = visit.response
    if not isinstance(response, Mapping) or response["type"] != "ok":
        yield Violation("a listing without one file failed (STORE-7)")
    elif "reported" in response and response["reported"] != [place.checkpoint.hex()]:
        yield Violation("the file that cannot be read is not reported (STORE-8)", True)


def lost_groups(_trace: Trace) -> Iterator[str]:
    """Permissions of a checkpoint whose group the store cannot set."""
    yield from ("640", "660", "664", "604")


def lost_group(visit: Visit, label: str) -> Iterator[Violation]:
    """Check that no permission widens when the group cannot be kept."""
    if os.geteuid() != 0:
        raise CannotCheckError("only root can give a file a group: run it as root")
    mode = int(label, 8)
    common = (mode >> 3 & 7) & (mode & 7)
    wanted = mode & 0o700 | common << 3 | common
    with visit.place() as place, as_other_user(visit, place) as adapter:
        os.chown(place.checkpoint, USER, _STRANGE_GROUP)
        os.chmod(place.checkpoint, mode)
        response = visit.send(visit.message(place.root), place.root, adapter=adapter).response
        status = os.stat(place.checkpoint)
    if isinstance(response, NoResponseError) or response["type"] != "ok":
        yield Violation("the write does not go on if the group cannot be kept (SAFE-16)")
    elif status.st_gid != _STRANGE_GROUP and stat.S_IMODE(status.st_mode) != wanted:
        found = stat.S_IMODE(status.st_mode)
        yield Violation(
            f"a checkpoint with {mode:03o} whose group is lost has {found:03o}, not {wanted:03o} "
            "(SAFE-16)"
        )


@contextlib.contextmanager
def as_other_user(visit: Visit, place: Place) -> Iterator[TracedAdapter | None]:
    """An adapter to which permissions apply, and which owns the tree; None: the usual one."""
    if os.geteuid() != 0:
        yield None
        return
    if shutil.which("setpriv") is None:
        raise CannotCheckError("there is no setpriv to start the adapter as another user")
    prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    _give(place)
    if subprocess.run([*prefix, "test", "-w", str(place.root)], check=False).returncode:
        raise CannotCheckError("another user cannot reach the directory for temporary files")
    with contextlib.ExitStack() as stack:
        try:
            adapter = stack.enter_context(visit.another(*prefix, user=USER))
        except AdapterError as error:
            raise CannotCheckError(f"as another user, {error}") from error
        if not _works(visit, adapter):
            raise CannotCheckError("the adapter does not work as another user")
        yield adapter


def _works(visit: Visit, adapter: TracedAdapter) -> bool:
    """Whether the request succeeds with all permissions: else its failures say nothing."""
    with visit.place() as place:
        _give(place)
        response = visit.send(visit.message(place.root), place.root, adapter=adapter).response
    return not isinstance(response, NoResponseError) and response["type"] == "ok"


def _give(place: Place) -> None:
    """Give the tree to the other user."""
    for path in (place.root, *Path(place.root).rglob("*")):
        os.lchown(path, USER, USER)
