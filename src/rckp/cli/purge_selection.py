"""Which files `rckp purge` removes, and which truncated files it leaves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rckp.errors import PurgeIncomplete, StoreError
from rckp.files.directory import Directory
from rckp.store import purging
from rckp.store.checkpoint_store import CheckpointStore
from rckp.store.purging import FileFingerprint

AT_REST = 60.0  # seconds; what was changed later may be being written (STORE-20)


class Purge:
    """A purge of a store by an age in milliseconds, of truncated files, or of both.

    With `among`, other files are left, and those that have changed since. `files` are those that
    were removed, `fingerprints` what they were, `recent` the truncated files that were modified
    too recently, and `failures` the errors.
    """

    def __init__(
        self,
        store: CheckpointStore,
        age: int | None,
        truncated: bool,
        *,
        among: Mapping[Path, FileFingerprint] | None = None,
    ) -> None:
        self.store = store
        self.files: list[Path] = []
        self.fingerprints: dict[Path, FileFingerprint] = {}
        self.recent: list[Path] = []
        self.failures: list[StoreError] = []
        self._age = age
        self._truncated = truncated
        self._among = among

    def run(self, *, dry_run: bool, on_removal: Callable[[Path], None]) -> None:
        """Remove the files; with `dry_run` only find them. Raise `StoreError` for the base."""
        if self._age is not None:
            before = max(0, time.time_ns() // 1_000_000 - self._age)
            self._purge(
                lambda directory, name: purging.expired_file(directory, name, before),
                dry_run,
                on_removal,
            )
        if self._truncated:
            since = time.time() - AT_REST
            self._purge(
                lambda directory, name: self._truncated_file(directory, name, since),
                dry_run,
                on_removal,
            )

    def _purge(
        self,
        select: Callable[[Directory, str], FileFingerprint | None],
        dry_run: bool,
        on_removal: Callable[[Path], None],
    ) -> None:
        def among(directory: Directory, name: str) -> FileFingerprint | None:
            selected = select(directory, name)
            if selected is None:
                return None
            path = Path(directory.join(name))
            if self._among is not None and self._among.get(path) != selected:
                return None
            self.fingerprints[path] = selected
            return selected

        def removed(path: Path) -> None:
            self.files.append(path)
            on_removal(path)

        try:
            purging.purge(
                self.store.base_dir,
                among,
                lock_timeout=self.store.lock_timeout,
                dry_run=dry_run,
                on_removal=removed,
            )
        except PurgeIncomplete as error:
            self.failures += error.failures

    def _truncated_file(
        self, directory: Directory, name: str, since: float
    ) -> FileFingerprint | None:
        if directory.lstat(name).st_mtime <= since:
            return purging.truncated_file(directory, name, since)
        if purging.truncated_file(directory, name, math.inf) is not None:
            self.recent.append(Path(directory.join(name)))
        return None
