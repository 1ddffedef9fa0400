"""Purging a store: which files are removed, and how."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

from rckp.errors import DecodeError, PurgeIncomplete, RckpError, StoreError
from rckp.files.directory import READ, Directory, read_at
from rckp.format.layouts import april_layout
from rckp.store import listing
from rckp.store.record_reader import HEADER_READ_SIZE, field_slice, validate_fd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_CREATED_AT = field_slice("created_at_ms")
_MAX_OTHER_LAYOUT = 1 << 26  # bytes of a file that is tried in another layout


class FileFingerprint:
    """The state of a validated file, which is removed only if it is unchanged (STORE-17)."""

    def __init__(self, status: os.stat_result) -> None:
        self._fingerprint = self._of(status)

    @staticmethod
    def _of(status: os.stat_result) -> tuple[int, int, int, int]:
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileFingerprint) and self._fingerprint == other._fingerprint

    def __hash__(self) -> int:
        return hash(self._fingerprint)

    def is_unchanged(self, directory: Directory, name: str) -> bool:
        """Whether the name still refers to this file, unchanged. Raises `FileNotFoundError`."""
        status = directory.lstat(name)
        return stat.S_ISREG(status.st_mode) and self._of(status) == self._fingerprint


def expired_file(directory: Directory, name: str, before: int) -> FileFingerprint | None:
    """Return the file if it is valid and older than `before` (STORE-15), else None.

    `before` is compared with `created_at_ms`. Raises `OSError`.
    """
    descriptor = directory.open_file(name, READ)
    try:
        status = os.fstat(descriptor)
        head = read_at(descriptor, HEADER_READ_SIZE, 0)
        # An invalid file stays as well, and a file with a truncated time is invalid.
        if int.from_bytes(head[_CREATED_AT], "little") >= before:
            return None
        validate_fd(descriptor, head)
    except DecodeError:
        return None
    finally:
        os.close(descriptor)
    return FileFingerprint(status)


def truncated_file(
    directory: Directory, name: str, unchanged_since: float
) -> FileFingerprint | None:
    """Return the file if it is truncated and has not changed recently, else None (STORE-20).

    `unchanged_since` is a time in seconds since the epoch (STORE-21). Raises `OSError`.
    """
    descriptor = directory.open_file(name, READ)
    try:
        status = os.fstat(descriptor)
        if status.st_mtime > unchanged_since:
            return None
        validate_fd(descriptor, read_at(descriptor, HEADER_READ_SIZE, 0))
    except DecodeError as error:
        if error.code != "truncated" or _is_of_another_layout(descriptor, status.st_size):
            return None
        return FileFingerprint(status)
    finally:
        os.close(descriptor)
    return None


def _is_of_another_layout(descriptor: int, size: int) -> bool:
    """Whether a small file is complete in a layout of April 2026 (STORE-21)."""
    if not 0 < size <= _MAX_OTHER_LAYOUT:
        return False
    return april_layout(read_at(descriptor, size, 0)) is not None


def purge(
    base_dir: Path,
    select: Callable[[Directory, str], FileFingerprint | None],
    *,
    lock_timeout: float,
    dry_run: bool,
    on_removal: Callable[[Path], None] | None,
) -> int:
    """Remove the files that `select(directory, name)` returns; return their number.

    Each file is removed under the lock of its directory, and only if it is unchanged (STORE-17).
    The purge waits for the lock of a directory once. `on_removal(path)` is called for each file
    that was removed; what it raises ends the purge. With `dry_run` nothing is removed.

    Raises `PurgeIncomplete` at the end if something could not be removed or read (STORE-18), and
    `StoreError` at once for the base (STORE-6).
    """
    removed = 0
    failures: list[StoreError] = []

    def report(path: str, error: RckpError) -> None:
        if error.code == "missing":  # a directory that somebody else has removed
            return
        if not isinstance(error, StoreError):
            error = StoreError("unreadable", path, {"reason": error})
        failures.append(error)

    not_locked = ""  # the path of a directory whose lock was not granted
    with (
        listing.open_base(str(base_dir)) as base,
        closing(listing.walk(base, report, ordered=True)) as files,
    ):
        for directory, name in files:
            if directory.path == not_locked:
                continue
            try:
                selected = select(directory, name)
                if selected is None:
                    continue
                with directory.locked(lock_timeout):
                    if not selected.is_unchanged(directory, name):
                        continue
                    if not dry_run:
                        directory.remove(name)
                    removed += 1
            except FileNotFoundError:
                continue
            except StoreError as error:
                if error.code == "lock-timeout":  # nor would it be for the next of its files
                    not_locked = directory.path
                failures.append(error)
                continue
            except OSError as error:
                details = {"reason": error.strerror or str(error)}
                failures.append(StoreError("not-removed", directory.join(name), details))
                continue
            if on_removal is not None:
                on_removal(Path(directory.join(name)))
    if failures:
        raise PurgeIncomplete(str(base_dir), removed, failures)
    return removed
