"""The system calls of one request, and queries about them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rckp.conformance.crash.scenarios import Scenario
from rckp.conformance.crash.system_calls import FLUSHES, LINKS, OPENING, REMOVALS, RENAMES
from rckp.conformance.crash.traced_adapter import Call

UNNAMED = getattr(os, "O_TMPFILE", 0)


class Trace(NamedTuple):
    """The calls of one request, and what they are about."""

    scenario: Scenario
    root: str
    calls: Sequence[Call]

    @property
    def checkpoint(self) -> str:
        """The absolute path of the checkpoint."""
        return os.path.join(self.root, os.fsdecode(self.scenario.checkpoint))

    @property
    def scope(self) -> str:
        """The absolute path of its directory."""
        return os.path.dirname(self.checkpoint)

    @property
    def publication(self) -> int | None:
        """The position of the last call that gave a file the name of the checkpoint."""
        return self.last(LINKS | RENAMES, lambda call: call.paths[1] == self.checkpoint)

    @property
    def content(self) -> tuple[int, int] | None:
        """The device and inode of the file that was published."""
        at = self.publication
        return None if at is None else self.calls[at].file

    def all(self, names: Iterable[str], wanted: Callable[[Call], bool]) -> list[int]:
        """The positions of successful calls."""
        return [
            at
            for at, call in enumerate(self.calls)
            if call.name in names and call.succeeded and wanted(call)
        ]

    def last(self, names: Iterable[str], wanted: Callable[[Call], bool]) -> int | None:
        """The position of the last of them."""
        return max(self.all(names, wanted), default=None)

    def flushes_of(self, path: str) -> list[int]:
        """The positions of the flushes of a directory.

        A file system that answers EINVAL does not need them.
        """
        return [
            at
            for at, call in enumerate(self.calls)
            if call.name in FLUSHES
            and call.paths[0] == path
            and (call.succeeded or call.result == -errno.EINVAL)
        ]

    def creation(self) -> int | None:
        """The position of the call that created the file that was published."""
        wanted = self.content
        found = self.all(OPENING, lambda call: call.file == wanted and _creates(call))
        return min(found, default=None)

    def removed(self) -> list[int]:
        """The positions of the calls that removed files below the root."""
        return self.all(REMOVALS, lambda call: bool(call.at))

    def label(self, at: int) -> str:
        """A call in a message."""
        call = self.calls[at]
        return f"{call.label}({', '.join(self._short(path) for path in call.paths)})"

    def describe(self) -> Iterator[str]:
        """A line for each call: its label, its paths, and what it returned."""
        for call in self.calls:
            if call.result is None:
                end = "did not return"
            else:
                end = "ok" if call.succeeded else errno.errorcode.get(-call.result, "failed")
            paths = ", ".join(map(self._short, call.paths))
            yield f"{call.label:18} {end:8} {paths}"

    def _short(self, path: str) -> str:
        if path == self.checkpoint:
            return "the checkpoint"
        if path == self.scope:
            return "the scope"
        if os.path.dirname(path) == self.scope:
            return os.path.basename(path)
        return path.removeprefix(self.root + "/") if path != self.root else "the root"


def _creates(call: Call) -> bool:
    return bool(call.flags & os.O_CREAT) or call.flags & UNNAMED == UNNAMED != 0
