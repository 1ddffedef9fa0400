"""The directories that a store writes into: made, opened, and tidied once."""

from __future__ import annotations

import os

from rckp.store import durable
from rckp.store.errors import StoreError
from rckp.store.folder import Folder
from rckp.store.listing import open_base


class Scopes:
    """The scopes below one base directory, and which of them have been settled.

    A scope is settled when a write into it has succeeded: from then on its directories
    are known to be on the disk, and no temporary file of an earlier writer is in it.
    """

    def __init__(self, base: str, durability: str) -> None:
        self._base = base
        self._durability = durability
        self._settled: set[str] = set()

    def open(self, scope: str) -> Folder:
        """The directory of a scope, made if it is missing (SAFE-2).

        Raises `StoreError` not-a-directory (SAFE-3, SAFE-4), missing or unreadable, or
        `OSError`.
        """
        with self._open_base() as base:
            algorithm, problem = scope.split("/")
            with self._below(base, algorithm) as folder:
                opened = self._below(folder, problem)
                try:
                    if scope not in self._settled and self._durability == "full":
                        # Whoever made them, perhaps this moment: both names must last.
                        base.flush()
                        folder.flush()
                except BaseException:
                    opened.close()
                    raise
                return opened

    def tidy(self, scope: str, folder: Folder, locked: bool) -> None:
        """Sweeps a scope that is not settled. A failed write unsettles it again."""
        if scope not in self._settled:
            try:
                durable.sweep(folder, locked)
            except OSError as error:
                _log_unswept(folder.path, error)
        self._settled.discard(scope)

    def settled(self, scope: str) -> None:
        """Says that a write into the scope has succeeded."""
        self._settled.add(scope)

    def _open_base(self) -> Folder:
        try:
            return open_base(self._base)
        except StoreError as error:
            if error.code != "missing":
                raise
        self._make(self._base)
        try:
            return open_base(self._base)
        except StoreError as error:
            if error.code == "missing" and os.path.islink(self._base):
                what = "a symbolic link that leads nowhere"
                raise StoreError("not-a-directory", self._base, {"what": what}) from error
            raise

    def _make(self, path: str) -> None:
        """Makes a directory and those above it; each name is flushed to the disk."""
        above = os.path.dirname(path)
        try:
            os.mkdir(path)
        except FileExistsError:
            pass
        except FileNotFoundError:
            if above == path:
                raise
            self._make(above)
            self._make(path)
            return
        if self._durability == "full":
            with Folder.open(above) as folder:
                folder.flush()

    def _below(self, folder: Folder, name: str) -> Folder:
        try:
            return folder.below(name)
        except FileNotFoundError:
            self._settled.clear()  # somebody removed what was settled
            folder.make(name)
            return folder.below(name)


def _log_unswept(path: str, error: OSError) -> None:
    import logging  # noqa: PLC0415 - seldom needed, and slow to import

    logging.getLogger("rckp.store").warning("%s was not swept: %s", path, error)
