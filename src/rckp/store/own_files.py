"""The files that a run has written, told from those of another program (LIFE-10)."""

from __future__ import annotations

import os
from collections import deque

from rckp.errors import RckpError
from rckp.record import CheckpointRecord
from rckp.store.folder import read_at
from rckp.store.head import HEAD, whole

FileIdentity = tuple[int, int, int, int]
"""Device, inode, size in bytes and time of modification in ns."""


class OwnFiles:
    """The last files that a run has written, or the one that it was resumed from.

    Several, because a save that was interrupted may have put its file in place or not.
    """

    def __init__(self) -> None:
        self._files: deque[tuple[FileIdentity | None, CheckpointRecord]] = deque(maxlen=4)

    def begin(self, record: CheckpointRecord | None) -> None:
        """Forget all files, and start with the record that the run is resumed from."""
        self._files.clear()
        if record is not None:
            self._files.append((None, record))

    def add(self, status: os.stat_result, record: CheckpointRecord) -> None:
        """Take note of a file that is about to be put in place."""
        self._files.append((_identity(status), record))

    def has(self, descriptor: int) -> bool:
        """Return whether an open file is one of them, or a copy of one. Raise `OSError`."""
        identity = _identity(os.fstat(descriptor))
        if any(identity == known for known, _ in self._files):
            return True
        try:
            found = whole(descriptor, read_at(descriptor, HEAD, 0))
        except RckpError:
            return False
        return any(found == record for _, record in self._files)


def _identity(status: os.stat_result) -> FileIdentity:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
