"""`CheckpointStore`: what a program does with the checkpoints below a directory."""

from __future__ import annotations

import errno
import os
import stat
import time
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rckp.errors import (
    DecodeError,
    DurabilityUncertain,
    PurgeIncomplete,
    RckpError,
    SelectionError,
    StoreError,
    from_os_error,
)
from rckp.files.directory import Directory, check_path
from rckp.files.regular_file import OpenFile, SourceError
from rckp.files.whole_file import TooLargeError, record_at
from rckp.format._codec import encode_parts
from rckp.format.paths import NAME_LIMIT, checkpoint_file_name, scope_name
from rckp.log import warn
from rckp.store import atomic_write, listing, selection
from rckp.store.pending_write import PendingWrite
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
    """A checkpoint with a record whose strings are cut, and their lengths in bytes by field."""

    path: Path
    record: CheckpointRecord
    lengths: Mapping[str, int]


@lru_cache(4)  # a run is saved at one path again and again
def _path(base: Path, scope: str, name: str) -> Path:
    """Where a checkpoint is to be. Raises `StoreError` name-too-long."""
    path = base / scope / name
    longest = max(len(component) for component in (*scope.split("/"), name))
    if longest > NAME_LIMIT:
        raise _too_long(path, longest, NAME_LIMIT)
    return path


class CheckpointStore:
    """The checkpoints below a base directory.

    `base_dir` need not exist before the first write; a relative one is taken from the
    current directory of this moment. `durability` is `"full"`, `"file"` or `"none"`
    [SAFE-15]. WorkerPool and threads may use stores on the same directory at the same time.

    Methods raise `StoreError`, `SelectionError`, `DecodeError` and `EncodeError`, all of
    them `RckpError`, whose `code` says what is wrong.
    """

    lock_timeout: float = 30.0  # seconds to wait for another process that writes in the same scope

    # Whether a save fails when it did not get the lock. Otherwise it goes on without the lock, as
    # on a file system that has none: whoever may read a scope can hold its lock (spec/limits.md).
    lock_required: bool = False

    def __init__(self, base_dir: str | os.PathLike[str], *, durability: str = "full") -> None:
        """Raises `ValueError` for an unknown durability.

        Raises `StoreError` missing for a relative path if there is no current directory.
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
        """Writes the record, in place of the run's checkpoint if there is one, and gives its path.

        At every moment the old checkpoint or the new one is there, whole [SAFE-1].

        Raises `EncodeError`; `StoreError` `name-too-long`, `not-a-directory`, `not-a-file`,
        `lock-timeout` (only with `lock_required`) or `not-written`, and `RunIdCollision`, after
        which nothing has changed; or `DurabilityUncertain`, after which the checkpoint is in its
        place.
        """
        return self._write(record, None)

    def _write(self, record: CheckpointRecord, owner: Ownership | None) -> Path:
        """Writes for a run: raises `StoreError` taken-over if the file is not the owner's."""
        parts = encode_parts(record)
        name = checkpoint_file_name(record.run_id)
        scope = scope_name(
            record.algorithm_name,
            record.problem_description,
            record.algorithm_signature_hash,
            record.problem_signature_hash,
        )
        path = _path(self.base_dir, scope, name)
        write = None
        try:
            with (
                self._scopes.open(scope) as directory,
                directory.locked(self.lock_timeout, required=self.lock_required) as locked,
            ):
                if owner is not None:
                    owner.check(directory, name)
                self._scopes.sweep_once(scope, directory, locked)
                write = PendingWrite(directory, name, record.run_id, parts, self.durability)
                write.locked = locked
                try:
                    if owner is not None:
                        owner.writes(record)
                    atomic_write.run_steps(write)
                finally:
                    if owner is not None and write.published:
                        owner.wrote(directory, name, record)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                longest = max(len(os.fsencode(component)) for component in path.parts)
                raise _too_long(path, longest, "fewer") from error
            details = {"reason": error.strerror or str(error)}
            if write is not None and write.published:
                raise DurabilityUncertain("durability-uncertain", str(path), details) from error
            raise StoreError("not-written", str(path), details) from error
        self._scopes.mark_synced(scope)
        return path

    def read(self, path: str | os.PathLike[str]) -> CheckpointRecord:
        """The record of a file, wherever it lies [STORE-10].

        A invalid file is read up to its fault, in a bounded amount of memory. Raises
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
        """The paths of all checkpoint files in the order of [STORE-5], found as they are asked for.

        `on_error(path, error)` hears of directories that cannot be read; without it a log
        record says so. Raises `StoreError` `missing`, `not-a-directory` or `unreadable` for the
        base, when the first path is asked for.
        """
        with listing.open_base(str(self.base_dir)) as base:
            for directory, name in listing.walk(base, _error_handler(on_error), ordered=True):
                yield Path(directory.path, name)

    def entries(self, *, on_error: OnError | None = None) -> Iterator[CheckpointEntry]:
        """All checkpoints that can be read, of every identity and status, in the order of `files`.

        `on_error` hears of everything that is left out.
        """
        return self._entries(None, on_error, ordered=True)

    def short_entries(
        self, max_chars: int, *, on_error: OnError | None = None
    ) -> Iterator[ShortEntry]:
        """As `entries`, each string of a record cut to `max_chars` characters.

        Takes little memory, however large a payload is.
        """
        report = _error_handler(on_error)
        with listing.open_base(str(self.base_dir)) as base:
            for directory, name in listing.walk(base, report, ordered=True):
                found = listing.read_short(directory, name, max_chars, report)
                if found is not None:
                    yield ShortEntry(Path(directory.path, name), *found)

    def list_resumable(
        self, identity: Identity | None, *, on_error: OnError | None = None
    ) -> list[CheckpointEntry]:
        """What a run of this identity can resume from, the oldest first [SEL-1], [SEL-4].

        `identity` None stands for every identity. `on_error(path, error)` is called for each
        file that is left out because it cannot be read or decoded, in no certain order;
        without it a log record says so. If a file has another identity, the rest of it is not
        read [STORE-22]. Raises as `files`, and as `Identity.signature_hashes`.

        A store on the scope of the identity (`base_dir / scope_path(…)`) gives the
        same for files in their own places, whatever else the base holds.
        """
        wanted = None
        if identity is not None:
            algorithm, problem = identity.signature_hashes
            wanted = listing.IdentityFilter(
                (selection.COMPARED_TEXT, identity.algorithm_name),
                dict(zip(selection.COMPARED_HASHES, (algorithm, problem), strict=True)),
            )
        found = [
            entry
            for entry in self._entries(wanted, on_error, ordered=False)
            if entry.record.status in selection.RESUMABLE
        ]
        return sorted(found, key=selection.sort_key)

    def select_resume(
        self, identity: Identity, *, choose: Choose | None = None
    ) -> CheckpointRecord | None:
        """The record to resume: None if there is none, the only one unasked, else a choice.

        `choose(entries)` is asked when there are several and gives one of them, or None
        for a new run; `rckp.latest` takes the newest. Without it a person
        is asked at the terminal ([SEL-5] to [SEL-10]).

        `rckp.NamedRun` wants one run and no other, also where only one is
        found ([SEL-11][]).

        Raises `SelectionError` `listing-failed`, `choice-needed`, `invalid-index`,
        `index-out-of-range`, `not-offered` or `no-such-run`.
        """
        entry = self.select_entry(identity, choose=choose)
        return entry.record if entry else None

    def select_entry(
        self, identity: Identity, *, choose: Choose | None = None
    ) -> CheckpointEntry | None:
        """As `select_resume`, with the path."""
        entries = self.list_for_selection(identity)
        return selection.resolve_choice(entries, str(self.base_dir), choose)

    def list_for_selection(
        self, identity: Identity | None, *, on_error: OnError | None = None
    ) -> list[CheckpointEntry]:
        """As `list_resumable`, but never empty because of a failure [SEL-8].

        Raises `SelectionError` `listing-failed`: the base cannot be listed, or there is nothing
        to resume and a file or directory below the base could not be read.
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
        """Removes a checkpoint below the base; False if there was nothing [STORE-12].

        Raises `StoreError` `outside-base`, `not-a-directory`, `not-a-file`, `lock-timeout` or
        `not-removed`, after which it is still there, or `DurabilityUncertain`.
        """
        return self._delete(path, None)

    def _delete(self, path: str | os.PathLike[str], owner: Ownership | None) -> bool:
        """Deletes for a run: raises `StoreError` taken-over if the file is not the owner's."""
        *names, name = self._below(os.fspath(path))
        removed = False
        try:
            with self._open(names) as directory, directory.locked(self.lock_timeout):
                status = directory.status(name)
                if stat.S_ISDIR(status.st_mode):
                    raise StoreError("not-a-file", directory.join(name), {"what": "a directory"})
                if owner is not None:
                    owner.check(directory, name)
                directory.remove(name)
                removed = True
                if self.durability == "full":
                    directory.flush()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not removed:
                return False
            details = {"reason": error.strerror or str(error)}
            if removed:
                raise DurabilityUncertain(
                    "durability-uncertain", os.fspath(path), details
                ) from error
            raise StoreError("not-removed", os.fspath(path), details) from error
        return True

    def purge_older_than(
        self, ms: int, *, dry_run: bool = False, on_removal: OnRemoval | None = None
    ) -> int:
        """Removes every valid checkpoint with `created_at_ms` below `ms`; gives their number.

        `ms` is a time in milliseconds since the epoch. `on_removal(path)` hears of each. With
        `dry_run` nothing is removed, all else is the same.

        Raises `PurgeIncomplete` at the end if something could not be removed or read
        ([STORE-15] to [STORE-18]), and at once as `files` does for the base.
        """
        return self._purge(
            lambda directory, name: listing.expired_file(directory, name, ms), dry_run, on_removal
        )

    def purge_older_than_age(
        self, ms: int, *, dry_run: bool = False, on_removal: OnRemoval | None = None
    ) -> int:
        """As `purge_older_than`, `ms` milliseconds before now [STORE-19]."""
        before = max(0, time.time_ns() // 1_000_000 - ms)
        return self.purge_older_than(before, dry_run=dry_run, on_removal=on_removal)

    def purge_truncated(
        self,
        *,
        unchanged_for_ms: int = 60_000,
        dry_run: bool = False,
        on_removal: OnRemoval | None = None,
    ) -> int:
        """Removes truncated files, empty ones among them; gives their number [STORE-20].

        A file that was changed less than `unchanged_for_ms` ago stays: some program may
        be writing it in place. All else is as with `purge_older_than`.
        """
        since = time.time() - unchanged_for_ms / 1000
        return self._purge(
            lambda directory, name: listing.truncated_file(directory, name, since),
            dry_run,
            on_removal,
        )

    def _entries(
        self, wanted: listing.IdentityFilter | None, on_error: OnError | None, *, ordered: bool
    ) -> Iterator[CheckpointEntry]:
        report = _error_handler(on_error)
        with listing.open_base(str(self.base_dir)) as base:
            for directory, names in listing.walk_in_groups(base, report, ordered=ordered):
                above = None  # most directories have nothing that is wanted
                for name, record in listing.read_group(directory, names, wanted, report):
                    above = above or Path(directory.path)
                    yield CheckpointEntry(above / name, record)

    def _purge(
        self,
        judge: Callable[[Directory, str], listing.FileFingerprint | None],
        dry_run: bool,
        on_removal: OnRemoval | None,
    ) -> int:
        removed = 0
        failures: list[StoreError] = []

        def report(path: str, error: RckpError) -> None:
            if not isinstance(error, StoreError):
                error = StoreError("unreadable", path, {"reason": error})
            failures.append(error)

        with listing.open_base(str(self.base_dir)) as base:
            for directory, name in listing.walk(base, report, ordered=True):
                try:
                    judged = judge(directory, name)
                    if judged is None:
                        continue
                    with directory.locked(self.lock_timeout):
                        if not judged.is_unchanged(directory, name):
                            continue
                        if not dry_run:
                            directory.remove(name)
                        removed += 1
                    if on_removal is not None:
                        on_removal(Path(directory.join(name)))
                except FileNotFoundError:
                    continue
                except StoreError as error:
                    failures.append(error)
                except OSError as error:
                    details = {"reason": error.strerror or str(error)}
                    failures.append(StoreError("not-removed", directory.join(name), details))
        if failures:
            raise PurgeIncomplete(str(self.base_dir), removed, failures)
        return removed

    def _below(self, path: str) -> list[str]:
        """The components of a path below the base. Raises `StoreError` outside-base."""
        base = str(self.base_dir)
        try:
            check_path(path)
            check_path(base)
            absolute = str(Path(path).absolute())
        except OSError as error:
            details = {"reason": error.strerror or str(error)}
            raise StoreError("not-removed", path, details) from error
        for start in (base, os.path.realpath(base)):
            try:
                names = list(Path(absolute).relative_to(start).parts)
            except ValueError:
                continue
            if names and ".." not in names:
                return names
        raise StoreError("outside-base", path, {"base": base})

    def _open(self, names: list[str]) -> Directory:
        """The directory below the base. Raises `OSError`, `StoreError` not-a-directory."""
        directory = listing.open_base_to_write(str(self.base_dir))
        for name in names:
            with directory:
                below = directory.below(name)
            directory = below
        return directory


def _too_long(path: Path, size: int, limit: int | str) -> StoreError:
    return StoreError("name-too-long", str(path), {"size": size, "limit": limit})


def _error_handler(on_error: OnError | None) -> Callable[[str, RckpError], None]:
    if on_error is not None:
        return lambda path, error: on_error(Path(path), error)
    return _log


def _log(path: str, error: RckpError) -> None:
    warn("left out %s: %s", path, error)
