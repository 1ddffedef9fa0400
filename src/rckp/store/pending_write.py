"""The state of one write, and what must be undone if it fails."""

from __future__ import annotations

import os
from contextlib import suppress

from rckp.files.directory import Directory
from rckp.format._layout import LAYOUT
from rckp.store.record_reader import field_slice
from rckp.store.temporary_files import temporary_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_JOINED = 65536  # bytes; below it, copying is faster than writing in pieces
_TIME = field_slice("created_at_ms")
_RUN_ID = LAYOUT.fixed_offset("run_id")


class PendingWrite:
    """The state of one write, and its roll-back."""

    def __init__(
        self, directory: Directory, name: str, run_id: str, parts: Sequence[bytes], durability: str
    ) -> None:
        self.directory = directory
        self.name = name
        self.run_id = run_id
        self.size: int = sum(map(len, parts))
        self.parts: Sequence[bytes] = parts if self.size > _JOINED else [b"".join(parts)]
        self.header: bytes = _first(self.parts, _RUN_ID + len(run_id.encode()))
        self.durability = durability
        self.temporary: str = temporary_name()
        self.descriptor: int | None = None
        self.created = False
        self.identity: os.stat_result | None = None  # of the temporary file
        self.replaced: os.stat_result | None = (
            None  # the previous entry with the name of the checkpoint
        )
        self.destination: tuple[os.stat_result, bool] | None = None  # a checked file
        self.restricted = False  # whether it has fewer permissions than a new file
        self.locked = False
        self.kept_all = True  # whether owner and group are those of the replaced file
        self.quarantine = ""
        self.linked = False
        self.published = False

    @property
    def path(self) -> str:
        """The path of the checkpoint, for messages."""
        return self.directory.join(self.name)

    def is_same_run(self, head: bytes) -> bool:
        """Whether a file that starts with `head` has the header of this run, except for the time.

        This is the most frequent case, and needs no decoding.
        """
        ours, start, stop = self.header, _TIME.start, _TIME.stop
        return head[:start] == ours[:start] and head[stop : len(ours)] == ours[stop:]

    def leads_here(self, name: str) -> bool:
        """Whether a name still refers to the file that was written.

        Another user who may write to the directory can have replaced it. While the file is open,
        no other file can have its device and inode.
        """
        assert self.identity is not None  # noqa: S101 - the order of PROTOCOL
        try:
            return os.path.samestat(self.directory.lstat(name), self.identity)
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close the file. A second call does nothing."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def roll_back(self) -> None:
        """Undo the write. The next write sweeps a temporary file that cannot be removed."""
        with suppress(OSError):  # SAFE-12: left to the next write into this scope
            if self.created:
                self.directory.remove(self.temporary)
        with suppress(OSError):  # the file is removed anyway
            self.close()
        with suppress(OSError):  # the quarantined file may keep two names
            if self.quarantine and not self.published:
                first, second = (
                    self.directory.lstat(self.name),
                    self.directory.lstat(self.quarantine),
                )
                if os.path.samestat(first, second):
                    self.directory.remove(self.quarantine)


def _first(parts: Sequence[bytes], number: int) -> bytes:
    """Return the first `number` bytes."""
    first = b""
    for part in parts:
        first += part[: number - len(first)]
        if len(first) == number:
            break
    return first
