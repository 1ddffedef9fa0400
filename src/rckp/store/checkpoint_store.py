"""`CheckpointStore`: saving, listing, selecting and removing the checkpoints below a directory."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from rckp.errors import (
    DecodeError,
    RckpError,
    SelectionError,
    StoreError,
    from_os_error,
)
from rckp.files.directory import Directory
from rckp.files.regular_file import OpenFile, SourceError
from rckp.files.whole_file import TooLargeError, record_at
from rckp.log import warn
from rckp.store import atomic_write, deletion, listing, purging, saving, selection
from rckp.store.resumable import resumable_entries
from rckp.store.scope_directories import ScopeDirectories
from rckp.store.selection import CheckpointEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rckp.format.identity import Identity
    from rckp.format.record import CheckpointRecord
    from rckp.store.run_ownership import Ownership
    from rckp.store.selection import Choose

    OnError = Callable[[Path, RckpError], None]
    OnRemoval = Callable[[Path], None]


class ShortEntry(NamedTuple):
    """A checkpoint with truncated strings, their full lengths in bytes by field, and its size."""

    path: Path
    record: CheckpointRecord
    lengths: Mapping[str, int]
    size: int


class CheckpointStore:
    """The checkpoints below a base directory.

    `base_dir` need not exist before the first write. A relative path is resolved with the
    current directory at construction. `durability` is `"full"`, `"file"` or `"none"`
    [SAFE-15]. Processes and threads may use stores on the same directory concurrently.

    Methods raise `StoreError`, `SelectionError`, `DecodeError` and `EncodeError`. All are
    subclasses of `RckpError`, whose `code` identifies the error.
    """

    lock_timeout: float = 30.0  # seconds to wait for another process that writes in the same scope

    # Whether a save fails if it cannot acquire the lock. Otherwise it continues without the lock,
    # as on a file system without locks, because any user who may read a scope can hold its lock
    # (spec/limits.md).
    lock_required: bool = False

    def __init__(self, base_dir: str | os.PathLike[str], *, durability: str = "full") -> None:
        """Raise `ValueError` for an unknown durability.

        Raise `StoreError` missing for a relative path if there is no current directory.
        """
        if durability not in atomic_write.DURABILITIES:
            raise ValueError(f"durability is one of {', '.join(atomic_write.DURABILITIES)}")
        try:
            self.base_dir: Path = Path(base_dir).absolute()
        except OSError as error:  # the current directory was removed
            raise from_os_error(StoreError, os.fspath(base_dir), error) from error
        self.durability = durability
        self._scopes = ScopeDirectories(str(self.base_dir), durability)

    def write(self, record: CheckpointRecord) -> Path:
        """Write the record, replacing the checkpoint of its run if there is one; return the path.

        At every moment the old checkpoint or the new one exists, complete [SAFE-1].

        Raise `EncodeError`; `StoreError` `name-too-long`, `not-a-directory`, `not-a-file`,
        `lock-timeout` (only with `lock_required`) or `not-written`, or `RunIdCollision`, after
        which nothing has changed; or `DurabilityUncertain`, after which the checkpoint is
        published.
        """
        return self._write(record, None)

    def _write(self, record: CheckpointRecord, owner: Ownership | None) -> Path:
        """Write for a run: raises `StoreError` taken-over if the file is not the owner's."""
        return saving.save(
            self.base_dir,
            record,
            self._scopes,
            durability=self.durability,
            lock_timeout=self.lock_timeout,
            lock_required=self.lock_required,
            owner=owner,
        )

    def read(self, path: str | os.PathLike[str]) -> CheckpointRecord:
        """Return the record of a file, which need not be below the base [STORE-10].

        An invalid file is read up to its error, in a bounded amount of memory. Raise
        `DecodeError`, or `StoreError` `missing`, `unreadable`, `not-a-file`,
        `changed-while-read`, or `too-large` for a valid file that does not fit into memory.
        """
        try:
            with OpenFile(os.fspath(path)) as file:
                try:
                    record = record_at(file.read_at, size=file.status.st_size)
                except DecodeError:
                    file.check_unchanged()
                    raise
                file.check_unchanged()
        except SourceError as error:
            raise StoreError(error.code, error.path, error.details) from error
        except TooLargeError as error:
            raise StoreError("too-large", os.fspath(path), {"size": error.size}) from error
        return record

    def files(self, *, on_error: OnError | None = None) -> Iterator[Path]:
        """Yield the paths of all checkpoint files in the order of [STORE-5].

        `on_error(path, error)` is called with each directory that cannot be read; without it,
        the error is logged. Raise `StoreError` `missing`, `not-a-directory` or `unreadable` for
        the base, at the first path.
        """
        with listing.open_base(str(self.base_dir)) as base:
            for directory, name in listing.walk(base, _error_handler(on_error), ordered=True):
                yield Path(directory.path, name)

    def entries(self, *, on_error: OnError | None = None) -> Iterator[CheckpointEntry]:
        """Yield all readable checkpoints, of every identity and status, in the order of `files`.

        `on_error(path, error)` is called with each file or directory that cannot be read.
        """
        report = _error_handler(on_error)
        with listing.open_base(str(self.base_dir)) as base:
            for directory, names in listing.walk_in_groups(base, report, ordered=True):
                for name, record in listing.read_group(directory, names, None, report):
                    yield CheckpointEntry(Path(directory.path, name), record)

    def short_entries(
        self, max_chars: int, *, max_payload: int = 0, on_error: OnError | None = None
    ) -> Iterator[ShortEntry]:
        """As `entries`, with each string of a record truncated to `max_chars` characters.

        A `step_state_payload` of at most `max_payload` bytes is kept whole. The memory does not
        depend on the size of the files.
        """
        report = _error_handler(on_error)
        with listing.open_base(str(self.base_dir)) as base:
            for directory, name in listing.walk(base, report, ordered=True):
                found = listing.read_short(directory, name, max_chars, max_payload, report)
                if found is not None:
                    yield ShortEntry(Path(directory.path, name), *found)

    def list_resumable(
        self, identity: Identity | None, *, on_error: OnError | None = None
    ) -> list[CheckpointEntry]:
        """Return the resumable checkpoints of an identity, oldest first [SEL-1], [SEL-4].

        `identity` None selects every identity. `on_error(path, error)` is called with each
        file that cannot be read or decoded, in no defined order; without it, the error is
        logged. A file with another identity is not read further [STORE-22]. Raise as `files`
        and `Identity.signature_hashes` do.

        A store on the scope of the identity (`base_dir / scope_path(…)`) returns the same if
        no file has been moved, and does not read the other scopes.
        """
        return resumable_entries(str(self.base_dir), identity, _error_handler(on_error))

    def select_resume(
        self, identity: Identity, *, choose: Choose | None = None
    ) -> CheckpointRecord | None:
        """Return the record to resume, or None if there is none.

        If there are several, `choose(entries)` returns one of them, or None for a new run;
        `rckp.latest`, `rckp.latest_saved` and `rckp.most_advanced` are such functions. Without
        it, a person is prompted at the terminal ([SEL-5] to [SEL-10]). `rckp.NamedRun` requests
        one run, and is also called if there is only one ([SEL-11][]).

        Raise `SelectionError` `listing-failed`, `choice-needed`, `invalid-index`,
        `index-out-of-range`, `not-offered` or `no-such-run`.
        """
        entry = self.select_entry(identity, choose=choose)
        return entry.record if entry else None

    def select_entry(
        self, identity: Identity, *, choose: Choose | None = None
    ) -> CheckpointEntry | None:
        """As `select_resume`, but return the entry, which has the path."""
        entries = self.list_for_selection(identity)
        return selection.resolve_choice(entries, str(self.base_dir), choose)

    def list_for_selection(
        self, identity: Identity | None, *, on_error: OnError | None = None
    ) -> list[CheckpointEntry]:
        """As `list_resumable`, but never empty because of a failure [SEL-8].

        Raise `SelectionError` `listing-failed` if the base cannot be listed, or if there is
        nothing to resume and a file or directory below the base could not be read.
        """
        failures: list[RckpError] = []
        report = _error_handler(on_error)

        def collect(path: Path, error: RckpError) -> None:
            report(str(path), error)
            if selection.hides_checkpoint(error):
                failures.append(error)

        try:
            entries = self.list_resumable(identity, on_error=collect)
            if not entries and failures:
                raise failures[0]
        except StoreError as error:
            raise SelectionError("listing-failed", str(self.base_dir), {"reason": error}) from error
        return entries

    def delete_on_success(self, path: str | os.PathLike[str]) -> bool:
        """Remove a checkpoint below the base; return whether it existed [STORE-12].

        Raise `StoreError` `outside-base`, `not-a-directory`, `not-a-file`, `lock-timeout` or
        `not-removed`, after which the file still exists, or `DurabilityUncertain`.
        """
        return self._delete(path, None)

    def _delete(self, path: str | os.PathLike[str], owner: Ownership | None) -> bool:
        """Delete for a run: raises `StoreError` taken-over if the file is not the owner's."""
        return deletion.delete(
            self.base_dir,
            os.fspath(path),
            durability=self.durability,
            lock_timeout=self.lock_timeout,
            owner=owner,
        )

    def purge_older_than(
        self, ms: int, *, dry_run: bool = False, on_removal: OnRemoval | None = None
    ) -> int:
        """Remove every valid checkpoint with `created_at_ms` below `ms`; return their number.

        `ms` is a time in milliseconds since the epoch. `on_removal(path)` is called for each.
        With `dry_run` nothing is removed, but the calls and the result are the same.

        Raise `PurgeIncomplete` at the end if something could not be removed or read
        ([STORE-15] to [STORE-18]), and at once as `files` does for the base.
        """
        return self._purge(
            lambda directory, name: purging.expired_file(directory, name, ms), dry_run, on_removal
        )

    def purge_older_than_age(
        self, ms: int, *, dry_run: bool = False, on_removal: OnRemoval | None = None
    ) -> int:
        """As `purge_older_than`, for a time `ms` milliseconds ago [STORE-19]."""
        before = max(0, time.time_ns() // 1_000_000 - ms)
        return self.purge_older_than(before, dry_run=dry_run, on_removal=on_removal)

    def purge_truncated(
        self,
        *,
        unchanged_for_ms: int = 60_000,
        dry_run: bool = False,
        on_removal: OnRemoval | None = None,
    ) -> int:
        """Remove truncated files, including empty ones; return their number [STORE-20].

        A file that was modified less than `unchanged_for_ms` milliseconds ago is kept, because
        a program may be writing it in place. Otherwise as `purge_older_than`.
        """
        since = time.time() - unchanged_for_ms / 1000
        return self._purge(
            lambda directory, name: purging.truncated_file(directory, name, since),
            dry_run,
            on_removal,
        )

    def _purge(
        self,
        select: Callable[[Directory, str], purging.FileFingerprint | None],
        dry_run: bool,
        on_removal: OnRemoval | None,
    ) -> int:
        return purging.purge(
            self.base_dir,
            select,
            lock_timeout=self.lock_timeout,
            dry_run=dry_run,
            on_removal=on_removal,
        )


def _error_handler(on_error: OnError | None) -> Callable[[str, RckpError], None]:
    if on_error is not None:
        return lambda path, error: on_error(Path(path), error)
    return _log


def _log(path: str, error: RckpError) -> None:
    warn("left out %s: %s", path, error)
