"""The requests that are sent while the disk is recorded, and the permitted trees afterwards.

The files, records and names are those of the tests in conformance/tests/crash, so that their
model of a disk can be compared with real file systems.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tests.crash.scenarios import (
    ASIDE,
    FOREIGN,
    NEW,
    NEXT,
    OLD,
    OTHER_PATH,
    OTHER_RUN,
    PATH,
    SAME_NAME,
    SCOPE,
    STALE,
    Tree,
)
from rckp.format.record_json import to_json

BASE = "base"
# Files of others: beside the base, and in the scope. No scenario may change them.
BESIDE = "beside/notes.txt"
OTHERS: Tree = {OTHER_PATH: rckp.encode(OTHER_RUN), f"{SCOPE}/notes.txt": b"of somebody else"}

Request = tuple[str, rckp.CheckpointRecord | str]  # operation, and what to write or delete
_OLD, _NEW, _NEXT = (rckp.encode(each) for each in (OLD, NEW, NEXT))
_TEMPORARY = re.compile(r"\.rckp-[0-9a-f]{16}\.tmp")


class Scenario(NamedTuple):
    """`planted` and what the requests `before` do is on the disk when the recording begins.

    After that the directories `made` are made and not flushed. `trees` are the states through
    which the base goes, first what was planted. After the last response it must be the last one.
    """

    requests: tuple[Request, ...]
    trees: tuple[Tree, ...]
    planted: Tree = OTHERS
    before: tuple[Request, ...] = ()
    made: str = ""
    code: str = ""  # of the error that is the right response

    def allowed(self, responses: int) -> tuple[Tree, ...]:
        """The states that may be found when this many responses have arrived."""
        if responses == 0:
            return self.trees
        return self.trees[len(self.trees) - 1 - (len(self.requests) - responses) :]


def _among_others(*trees: Tree) -> tuple[Tree, ...]:
    return tuple(OTHERS | tree for tree in trees)


SCENARIOS = {
    "first write": Scenario((("write", NEW),), ({}, {PATH: _NEW}), planted={}),
    "first write, directories made": Scenario(
        (("write", NEW),), ({}, {PATH: _NEW}), planted={}, made=f"{BASE}/{SCOPE}"
    ),
    "overwrite": Scenario(
        (("write", NEW),), _among_others({PATH: _OLD}, {PATH: _NEW}), OTHERS | {PATH: _OLD}
    ),
    "two writes": Scenario(
        (("write", NEW), ("write", NEXT)),
        _among_others({PATH: _OLD}, {PATH: _NEW}, {PATH: _NEXT}),
        before=(("write", OLD),),
    ),
    "sweep": Scenario(
        (("write", NEW),),
        _among_others({PATH: _OLD}, {PATH: _NEW}),
        OTHERS | {PATH: _OLD} | dict.fromkeys(STALE, b"RCK"),
    ),
    "foreign file": Scenario(
        (("write", NEW),),
        _among_others(
            {PATH: FOREIGN}, {PATH: FOREIGN, ASIDE: FOREIGN}, {PATH: _NEW, ASIDE: FOREIGN}
        ),
        OTHERS | {PATH: FOREIGN},
    ),
    "another run": Scenario((("write", SAME_NAME),), _among_others({}), code="run-id-collision"),
    "delete": Scenario((("delete", PATH),), _among_others({PATH: _OLD}, {}), OTHERS | {PATH: _OLD}),
}
# What the quick selection also has beside another program that flushes.
QUICK_BUSY = ("overwrite",)


def plant(mount: Path, scenario: Scenario) -> None:
    for name, data in {
        BESIDE: FOREIGN,
        **{f"{BASE}/{path}": data for path, data in scenario.planted.items()},
    }.items():
        (mount / name).parent.mkdir(parents=True, exist_ok=True)
        (mount / name).write_bytes(data)


def message(request: Request, mount: Path) -> dict[str, Any]:
    """A request of the adapter protocol."""
    operation, what = request
    base = mount / BASE
    members = {"type": "run", "id": operation, "op": operation, "base": os.fsencode(base).hex()}
    if isinstance(what, str):
        return members | {"path": os.fsencode(base / what).hex()}
    return members | {"record": to_json(what)}


def read_tree(mount: Path) -> Tree:
    """What is in a base, but for temporary files, which every implementation names as it likes.

    So is a quarantined file: its name does not matter, if it is not that of a checkpoint or of a
    temporary file. Raises OSError.
    """
    tree: Tree = {}
    for directory, _, names in os.walk(mount / BASE, onerror=_raise):
        for name in names:
            path = Path(directory, name)
            shown = path.relative_to(mount / BASE).as_posix()
            data = path.read_bytes()
            if name.endswith(".ckpt") or shown in OTHERS:
                tree[shown] = data
            elif data == FOREIGN and not _TEMPORARY.fullmatch(name):
                tree[ASIDE] = data
    if (mount / BESIDE).read_bytes() != FOREIGN:
        tree[f"../{BESIDE}"] = b""
    return tree


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
