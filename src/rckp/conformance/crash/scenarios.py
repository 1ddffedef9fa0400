"""The scenarios of the crash tests: JSON files below `fixtures/crash`.

A scenario is a case of the class store or selection with two more members. `between` lists the
trees, as changes to the tree before, that an interrupted or failed request may leave besides the
tree before and the one after. `next` is the request that follows; `next.changes` lists what it may
leave.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.case_paths import path_bytes
from rckp.conformance.case_shape import CHANGES, check_case
from rckp.conformance.cases import Case
from rckp.conformance.checks import Check
from rckp.conformance.shape import anything, list_of, members, one_of
from rckp.conformance.suite import Suite
from rckp.store.temporary_files import is_temporary

DIRECTORY = "fixtures/crash"
_NEXT = members({"op": one_of(["write", "purge"]), "input": anything, "changes": list_of(CHANGES)})
_BETWEEN = list_of(CHANGES)
_NOTHING: dict[str, Any] = {"put": [], "removed": []}


class Scenario(NamedTuple):
    """One scenario. `name` is its id without `crash/`."""

    name: str
    check: Check
    following: Check
    trees: tuple[Mapping[str, Any], ...]  # before, between …, after
    trees_following: tuple[Mapping[str, Any], ...]

    @property
    def tree(self) -> list[Mapping[str, Any]]:
        """The entries of the initial tree."""
        entries: list[Mapping[str, Any]] = self.check.case.document["input"]["tree"]
        return entries

    @property
    def checkpoint(self) -> bytes:
        """The path from the root of the checkpoint that the request is about."""
        document = self.check.case.document
        named = document["input"].get("path") or document["expect"].get("path")
        if named is None:
            named = self.tree[0]["path"]
        return path_bytes(named)

    @property
    def existing(self) -> Mapping[str, Any] | None:
        """The entry of the tree at the path of the checkpoint."""
        found = (entry for entry in self.tree if path_bytes(entry["path"]) == self.checkpoint)
        return next(found, None)

    @property
    def replaces(self) -> bool:
        """Whether the request replaces a checkpoint of the same run."""
        existing, given = self.existing, self.check.case.document["input"]
        return (
            existing is not None
            and "record" in existing
            and existing["record"]["run_id"] == given.get("record", {}).get("run_id")
        )

    @property
    def succeeds(self) -> bool:
        """Whether the request succeeds when nothing goes wrong."""
        return "error" not in self.check.case.expect

    @property
    def stale(self) -> frozenset[bytes]:
        """The paths of the temporary files of the initial tree."""
        paths = (path_bytes(entry["path"]) for entry in self.tree if entry["kind"] == "file")
        return frozenset(p for p in paths if is_temporary(os.fsdecode(os.path.basename(p))))


def load_scenarios(suite: Suite) -> list[Scenario]:
    """Every scenario, sorted. Raise `ValueError` with one sentence for a wrong one."""
    files = suite.files
    names = [name for name in files.names(DIRECTORY) if name.endswith(".json")]
    return [_scenario(suite, name, files.json(name)) for name in names]


def digest(suite: Suite) -> str:
    """The SHA-256 of the scenarios: a line for each file, its path and its own SHA-256.

    The manifest of the suite does not list them: a new scenario changes no response to a case.
    """
    files = suite.files
    lines = [
        f"{name}\t{hashlib.sha256(files.read(name)).hexdigest()}\n"
        for name in files.names(DIRECTORY)
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _scenario(suite: Suite, name: str, document: Any) -> Scenario:
    if not isinstance(document, dict):
        raise ValueError(f"{name} is not an object")
    extra: dict[str, Any] = {each: document.get(each) for each in ("between", "next")}
    _BETWEEN(extra["between"], f"{name}: between")
    _NEXT(extra["next"], f"{name}: next")
    plain = {each: value for each, value in document.items() if each not in extra}
    plain["classes"] = ["selection" if document.get("op") == "select" else "store"]
    given = extra["next"]["input"] | {each: plain["input"][each] for each in ("tree", "base")}
    following = plain | {"id": f"{plain['id']}/next", "op": extra["next"]["op"], "input": given}
    following["classes"] = ["store"]
    following["expect"] = {"path": ""} if following["op"] == "write" else {"removed": "0"}
    following["expect"]["changes"] = _NOTHING
    checks = []
    for each in (plain, following):
        try:
            check_case(each)
        except (ValueError, KeyError) as error:
            raise ValueError(f"{name}: {error}") from None
        case = Case(each["id"], Path(name), each, suite.files)
        checks.append(Check(case.id, case, case.op, case.classes[0], tuple(case.requirements)))
    after = plain["expect"].get("changes", _NOTHING)
    return Scenario(
        plain["id"].removeprefix("crash/"),
        checks[0],
        checks[1],
        (_NOTHING, *extra["between"], after),
        tuple(extra["next"]["changes"]),
    )


def directories_above(paths: Iterable[bytes]) -> set[bytes]:
    """The directories on the way to some files, from the root."""
    found = set()
    for path in paths:
        while path := os.path.dirname(path):
            found.add(path)
    return found
