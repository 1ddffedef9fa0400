"""Stores to list and to purge, as many short runs leave them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import rckp
from conformance.tools.bench.records import ASCII, payload
from conformance.tools.bench.store_peers import IDENTITY

IN_A_SCOPE = 100  # files of others
_FIRST = 1767225600000  # ms; each file was written a millisecond after the one before


class Tree(NamedTuple):
    """A store of `files` files of `size` bytes, of which the oldest `ours` are of `IDENTITY`."""

    base: Path
    files: int
    size: int
    ours: int

    def before(self, number: int) -> int:
        """Return the time before which a number of files were written, in milliseconds."""
        return _FIRST + number

    @property
    def one_of_others(self) -> rckp.Identity:
        """An identity that has a scope of `IN_A_SCOPE` files, if there are enough."""
        return _identity(self.ours)


def plant(base: Path, files: int, size: int, ours: int) -> Tree:
    """Makes a store. All run ids are of one length, and so all identities at one place."""
    room = size - len(rckp.encode(_record(0, _identity(0), "")))
    if room < 0:
        raise ValueError(f"a record of {size} bytes is too small")
    text = payload(room, ASCII)
    at = 0
    while at < files:
        identity, stop = (IDENTITY, ours) if at < ours else (_identity(at), at + IN_A_SCOPE)
        hashes = identity.signature_hashes
        scope = base / rckp.scope_path(identity[0], identity[2], *hashes)
        scope.mkdir(parents=True)
        # A directory of its own, as a path that is joined anew for each file takes longer.
        descriptor = os.open(scope, os.O_RDONLY)
        try:
            for i in range(at, min(files, stop)):
                record = _record(i, identity, text)
                name = rckp.checkpoint_file_name(record.run_id)
                file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o666, dir_fd=descriptor)
                os.write(file, rckp.encode(record))
                os.close(file)
        finally:
            os.close(descriptor)
        at = stop
    return Tree(base, files, size, ours)


class Reserve:
    """Second links of the oldest files of a tree, from which removed files are restored."""

    def __init__(self, tree: Tree, number: int, directory: Path) -> None:
        directory.mkdir()
        self._names = [(path, directory / str(i)) for i, path in enumerate(_paths(tree, number))]
        for path, kept in self._names:
            os.link(path, kept)

    def restore(self) -> None:
        """Restore the removed names."""
        for path, kept in self._names:
            if not path.exists():
                os.link(kept, path)


def _paths(tree: Tree, number: int) -> list[Path]:
    found = []
    for i in range(number):
        identity = (
            IDENTITY
            if i < tree.ours
            else _identity(tree.ours + (i - tree.ours) // IN_A_SCOPE * IN_A_SCOPE)
        )
        scope = rckp.scope_path(identity[0], identity[2], *identity.signature_hashes)
        name = rckp.checkpoint_file_name(_record(i, identity, "").run_id)
        found.append(tree.base / scope / name)
    return found


def _identity(first: int) -> rckp.Identity:
    """Return an identity as long as the searched one, with the first file in its parameters."""
    last = IDENTITY.problem_parameters
    return IDENTITY._replace(problem_parameters=f"{first:08}{last[8:]}")


def _record(at: int, identity: rckp.Identity, text: str) -> rckp.CheckpointRecord:
    return rckp.CheckpointRecord(
        _FIRST + at,
        f"{identity.algorithm_name}-21418-{at:020}-{_FIRST + at}",
        13222152554359348375,
        *identity,
        *identity.signature_hashes,
        text,
        None,
        120,
        rckp.CheckpointRunStatus.RUNNING,
        None,
    )
