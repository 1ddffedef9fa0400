"""The directories that a store writes into: made, opened, and tidied once."""

from __future__ import annotations

import os

from rckp.errors import StoreError
from rckp.files.directory import Directory
from rckp.log import warn
from rckp.store import temporary_files
from rckp.store.listing import open_base_to_write


class ScopeDirectories:
    """The scopes below one base directory, and which of them have been settled.

    A scope is settled when a write into it has succeeded: from then on its directories
    are known to be on the disk. It is swept when no temporary file of an earlier writer
    is left in it.
    """

    def __init__(self, base: str, durability: str) -> None:
        self._base = base
        self._durability = durability
        self._synced: set[str] = set()
        self._clean: set[str] = set()
        self._warned: set[str] = set()  # those of which this was told

    def open(self, scope: str) -> Directory:
        """The directory of a scope, made if it is missing (SAFE-2).

        Raises `StoreError` not-a-directory (SAFE-3, SAFE-4), or `OSError`.
        """
        with self._open_base() as base:
            algorithm, problem = scope.split("/")
            with self._below(base, algorithm) as directory:
                opened = self._below(directory, problem)
                try:
                    if scope not in self._synced and self._durability == "full":
                        # Whoever made them, perhaps this moment: all names must last.
                        self._flush_above()
                        base.fsync()
                        directory.fsync()
                except BaseException:
                    opened.close()
                    raise
                return opened

    def sweep_once(self, scope: str, directory: Directory, locked: bool) -> None:
        """Sweep a scope at each call until it succeeds, and once more after a failed write."""
        if scope not in self._synced:
            self._clean.discard(scope)
        if scope not in self._clean:
            try:
                temporary_files.sweep(directory, locked)
            except OSError as error:
                self._warn_not_swept(scope, directory.path, error)
            else:
                self._clean.add(scope)
        self._synced.discard(scope)

    def mark_synced(self, scope: str) -> None:
        """Record that a write into the scope has succeeded."""
        self._synced.add(scope)

    def _open_base(self) -> Directory:
        try:
            return open_base_to_write(self._base)
        except FileNotFoundError:
            self._make(self._base)
        return open_base_to_write(self._base)

    def _make(self, path: str) -> None:
        """Create a directory and its parents, and flush their names.

        Raise `StoreError` not-a-directory for a dangling link: without this check, the loop would
        not end.
        """
        missing, made = [path], set()
        while missing:
            here = missing[-1]
            above = os.path.dirname(here)
            try:
                os.mkdir(here)
            except FileExistsError as error:
                if os.path.islink(here) and not os.path.exists(here):
                    what = "a symbolic link that leads nowhere"
                    raise StoreError("not-a-directory", here, {"what": what}) from error
            except FileNotFoundError:
                if above == here or above in made:  # somebody removes what is made
                    raise
                missing.append(above)
                continue
            made.add(here)
            missing.pop()
            if self._durability == "full" and here != self._base:
                with Directory.open(above) as directory:
                    directory.fsync()

    def _flush_above(self) -> None:
        """Brings the name of the base to the disk, if the directory above may be read."""
        try:
            above = Directory.open(os.path.dirname(self._base))
        except PermissionError:
            return
        with above:
            above.fsync()

    def _below(self, directory: Directory, name: str) -> Directory:
        try:
            return directory.open_subdirectory(name)
        except FileNotFoundError:
            self._synced.clear()  # another program removed a synced directory
            directory.mkdir(name)
            return directory.open_subdirectory(name)

    def _warn_not_swept(self, scope: str, path: str, error: OSError) -> None:
        if scope in self._warned:
            return
        self._warned.add(scope)
        warn("%s was not swept: %s", path, error)
