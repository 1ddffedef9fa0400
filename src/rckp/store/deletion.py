"""Deleting one checkpoint of a store."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rckp.errors import DurabilityUncertain, StoreError
from rckp.files.directory import Directory, check_path
from rckp.store import listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.store.run_ownership import Ownership


def delete(
    base_dir: Path, path: str, *, durability: str, lock_timeout: float, owner: Ownership | None
) -> bool:
    """Remove a checkpoint; return whether it existed (STORE-12).

    With an `owner`, raises `StoreError` taken-over if the file is not that of the owner.

    Raises `StoreError` `outside-base`, `not-a-directory`, `not-a-file`, `lock-timeout` or
    `not-removed`, after which the file still exists, or `DurabilityUncertain`.
    """
    *names, name = names_below(base_dir, path)
    removed = False
    try:
        with _open_below(base_dir, names) as directory, directory.locked(lock_timeout):
            status = directory.lstat(name)
            if stat.S_ISDIR(status.st_mode):
                raise StoreError("not-a-file", directory.join(name), {"what": "a directory"})
            if owner is not None:
                owner.check(directory, name)
            directory.remove(name)
            removed = True
            if durability == "full":
                directory.fsync()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not removed:
            return False
        details = {"reason": error.strerror or str(error)}
        if removed:
            raise DurabilityUncertain("durability-uncertain", path, details) from error
        raise StoreError("not-removed", path, details) from error
    return True


def names_below(base_dir: Path, path: str) -> list[str]:
    """Return the components of a path below the base.

    Raises `StoreError` `outside-base`, or `not-removed` if there is no current directory.
    """
    base = str(base_dir)
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


def _open_below(base_dir: Path, names: list[str]) -> Directory:
    """Return the directory below the base, open. Raises `OSError`, `StoreError` not-a-directory."""
    directory = listing.open_base_to_write(str(base_dir))
    for name in names:
        with directory:
            below = directory.open_subdirectory(name)
        directory = below
    return directory
