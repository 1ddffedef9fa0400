"""The directories that a store writes into: made, opened, and tidied once."""

from __future__ import annotations

import errno
import os

from rckp.errors import StoreError
from rckp.files.directory import Directory
from rckp.log import warn
from rckp.store import temporary_files
from rckp.store.listing import open_base_to_write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


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
        self._unflushed: dict[str, None] = {}  # directories above the base, in order

    def open(self, scope: str) -> Directory:
        """The directory of a scope, made if it is missing (SAFE-2).

        Raises `StoreError` not-a-directory (SAFE-3, SAFE-4), or `OSError`.
        """
        with self._open_base() as base:
            algorithm, problem = scope.split("/")
            with self._below(base, algorithm) as directory:
                opened = self._below(directory, problem)
                try:
                    is_new = scope not in self._synced or bool(self._unflushed)
                    if self._durability == "full" and is_new:
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
        """Create a directory and its parents.

        Raise `StoreError` not-a-directory for a dangling link: without this check, the loop would
        not end. Raise `OSError` ENAMETOOLONG before anything is created (SAFE-3).
        """
        missing = [path]
        made: set[str] = set()
        while missing:
            here = missing[-1]
            above = os.path.dirname(here)
            try:
                if len(missing) > 1 and not made:
                    _check_lengths(above, map(os.path.basename, missing))
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
            if here != self._base and self._durability == "full":
                self._unflushed[above] = None

    def _flush_above(self) -> None:
        """Flush the directory above the base, and those in which a directory was created.

        One that may not be opened or is gone is skipped (SAFE-15). One that cannot be flushed is
        flushed again at the next call.
        """
        for path in (*self._unflushed, os.path.dirname(self._base)):
            try:
                directory = Directory.open(path)
            except (PermissionError, FileNotFoundError, NotADirectoryError):
                pass
            else:
                with directory:
                    directory.fsync()
            self._unflushed.pop(path, None)

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


def _check_lengths(directory: str, names: Iterable[str]) -> None:
    """Raise `OSError` ENAMETOOLONG if one of the names is too long for a file system.

    `directory` is on it. If it does not exist, do nothing.
    """
    try:
        limit = os.pathconf(directory, "PC_NAME_MAX") if hasattr(os, "pathconf") else 0
    except (OSError, ValueError):
        return
    for name in names:
        if 0 < limit < len(os.fsencode(name)):
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), name)
