"""The shortest way to validate what most files are: small, valid, and without a finding.

The files of a scope have one identity. `RoutineFiles` keeps that of the last file without a
finding, so that of the next file only the rest needs to be decoded. It accepts a file or does not
know; what it does not accept is validated in full.
"""

from __future__ import annotations

import os
import stat

from rckp.files import open_flags
from rckp.format.codec import IDENTITY_FIELDS, decode_others, encode_identity
from rckp.format.paths import SUFFIX, checkpoint_file_name
from rckp.format.record import CheckpointRunStatus
from rckp.format.scan import CHUNK
from rckp.validation.warnings import CLOCK_SKEW, scope_of, usual_tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rckp.format.record import CheckpointRecord

    RunKey = tuple[str, int, int]

# Windows has neither reading at an offset nor the time of the last change of status.
ENABLED: bool = hasattr(os, "pread") and os.name != "nt"

_FOLLOWED = open_flags.READ
_UNFOLLOWED = open_flags.READ | open_flags.NOFOLLOW
# Warnings do not compare names that are much longer, and `int` refuses thousands of digits.
_MAX_IDENTITY = 1024  # bytes
_MAX_RUN_ID = 255  # characters
_CLOCK_MARGIN = 2_000_000_000  # ns that the clock of a file system may be behind
_RUNNING, _INTERRUPTED = CheckpointRunStatus.RUNNING, CheckpointRunStatus.INTERRUPTED


class RoutineFiles:
    """Accepts valid files without a finding that have directory and identity of the last one.

    Several threads may use it at a time. With `cwd_changes=False`, relative paths lead to the same
    place as long as it is used.
    """

    def __init__(self, *, cwd_changes: bool = True) -> None:
        self._cwd_changes = cwd_changes
        # In one attribute, so that another thread sees all of it or nothing.
        self._last: tuple[str, bytes, tuple[Any, ...], str, bool] | None = None

    def run_of(self, data: bytes, directory: str, name: str, now_ms: int) -> RunKey | None:
        """Return the run of a file that is valid without a finding, or None if that is not known.

        `data` is all of the file, and `directory` and `name` are where it is. `now_ms` is as for
        `validate`.
        """
        last = self._last
        if last is None or last[0] != directory:
            return None
        _, identity, values, name_start, in_scope = last
        others = decode_others(data, identity)
        if others is None:
            return None
        created_at_ms, run_id, _, payload, _, _, status, _ = others
        tail = usual_tail(run_id, values[0])
        if (
            tail is None
            or len(run_id) > _MAX_RUN_ID
            or not int(tail[1]) <= created_at_ms <= now_ms + CLOCK_SKEW
            or payload.startswith("\x01")
            or (status is not _RUNNING and status is not _INTERRUPTED)
            or (name != f"{name_start}{tail[0]}{SUFFIX}" and in_scope)
        ):
            return None
        return run_id, values[-2], values[-1]

    def remember(self, record: CheckpointRecord, path: str) -> None:
        """Keep the identity and the directory of a file that is valid without a finding."""
        values: Any = record[IDENTITY_FIELDS]
        identity = encode_identity(values)
        ends = scope_of(path)
        if self._cwd_changes and ends is None and not os.path.isabs(path):
            return  # later it may be the path of a file in a scope
        tail = usual_tail(record.run_id, record.algorithm_name)
        # The place of a file with longer names has not been checked.
        if tail is None or len(identity) > _MAX_IDENTITY or len(record.run_id) > _MAX_RUN_ID:
            return
        # Of a usual run id, the end is part of the name as it is (PATH-1).
        name_start = checkpoint_file_name(record.run_id).removesuffix(tail[0] + SUFFIX)
        place = path.rpartition(os.sep)[0]
        self._last = place, identity, values, name_start, ends is not None


def read_small(path: str, opened_ns: int, *, follow: bool, here: int | None = None) -> bytes | None:
    """Return the bytes of a small regular file that nobody changes.

    `path` is relative to the directory that the descriptor `here` is open on. With `follow=False`
    it is that of an entry of a directory. `opened_ns` is the present time or earlier, in
    nanoseconds since the epoch.

    Return None for all other files, without the reason: those that cannot be opened, are
    not small, are not regular or may be changing.
    """
    try:
        # To open some devices is to make them act. What a listing finds was a regular file.
        if follow and not stat.S_ISREG(os.stat(path, dir_fd=here).st_mode):
            return None
        descriptor = os.open(path, _FOLLOWED if follow else _UNFOLLOWED, dir_fd=here)
    except (OSError, ValueError):
        return None
    try:
        data = os.pread(descriptor, CHUNK, 0)
        status = os.fstat(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    # Only a regular file is not empty by its size and can be read at an offset. Whoever changes,
    # renames or removes a file sets the time of its last change of status, and cannot set it back.
    if 0 < len(data) == status.st_size < CHUNK and status.st_ctime_ns < opened_ns - _CLOCK_MARGIN:
        return data
    return None
