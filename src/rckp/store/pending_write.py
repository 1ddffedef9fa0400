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

_JOINED = 65536  # bytes; less is copied faster than it is written piece by piece
_TIME = field_slice("created_at_ms")
_RUN_ID = LAYOUT.fixed_offset("run_id")


class PendingWrite:
    """One checkpoint on its way to the disk, and what must be undone if it does not arrive."""

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
        self.replaced: os.stat_result | None = None  # what had the name of the checkpoint
        self.destination: tuple[os.stat_result, bool] | None = None  # a checked file
        self.restricted = False  # whether it has fewer permissions than a new file gets
        self.locked = False
        self.kept_all = True  # whether owner and group are those of the replaced file
        self.quarantine = ""
        self.linked = False
        self.published = False

    @property
    def path(self) -> str:
        """Where the checkpoint is to be, for messages."""
        return self.directory.join(self.name)

    def is_same_run(self, head: bytes) -> bool:
        """Whether what starts with `head` starts as this one does, but for the time.

        Then it is the same run's; most are, and no part need be judged to tell.
        """
        ours, start, stop = self.header, _TIME.start, _TIME.stop
        return head[:start] == ours[:start] and head[stop : len(ours)] == ours[stop:]

    def leads_here(self, name: str) -> bool:
        """Whether a name still leads to the file that was written, and not to another one.

        Where others may write into the directory, somebody may have put something else there.
        While the file is open, no other one can have its device and inode.
        """
        assert self.identity is not None  # noqa: S101 - the order of PROTOCOL
        try:
            return os.path.samestat(self.directory.status(name), self.identity)
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Closes the file; a second time does nothing."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def roll_back(self) -> None:
        """Leaves no trace; a temporary file that cannot be removed is swept by the next write."""
        with suppress(OSError):  # SAFE-12: left to the next write into this scope
            if self.created:
                self.directory.remove(self.temporary)
        with suppress(OSError):  # the file goes anyway
            self.close()
        with suppress(OSError):  # what was to be kept aside may well have two names
            if self.quarantine and not self.published:
                first, second = (
                    self.directory.status(self.name),
                    self.directory.status(self.quarantine),
                )
                if os.path.samestat(first, second):
                    self.directory.remove(self.quarantine)


def _first(parts: Sequence[bytes], number: int) -> bytes:
    """So many bytes of the beginning."""
    first = b""
    for part in parts:
        first += part[: number - len(first)]
        if len(first) == number:
            break
    return first
