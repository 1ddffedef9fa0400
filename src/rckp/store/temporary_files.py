"""Temporary files of a scope: their names, and removing those that interrupted writers left."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.files.directory import Directory

_TEMPORARY = ".rckp-{}.tmp"  # of one length; not ending in .ckpt (SAFE-5)
_TEMPORARY_LENGTH = len(_TEMPORARY.format("0" * 16))
_STALE = 86400  # seconds; without locks, an older temporary file is nobody's (SAFE-7)


def temporary_name() -> str:
    """Return a name that no other writer chooses (SAFE-5)."""
    return _TEMPORARY.format(os.urandom(8).hex())


def sweep(directory: Directory, locked: bool) -> None:
    """Remove the temporary files that interrupted writers have left (SAFE-7), and no other.

    Raises the last `OSError`, after it has tried them all.
    """
    with directory.scan() as entries:
        names = [
            entry.name
            for entry in entries
            if is_temporary(entry.name) and entry.is_file(follow_symlinks=False)
        ]
    failed: OSError | None = None
    for name in names:
        try:
            if locked or directory.lstat(name).st_mtime < time.time() - _STALE:
                directory.remove(name)
        except FileNotFoundError:
            pass
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed


def is_temporary(name: str) -> bool:
    """Whether an entry has the name of a temporary file of ours."""
    prefix, suffix = _TEMPORARY.split("{}")
    if not (len(name) == _TEMPORARY_LENGTH and name.startswith(prefix) and name.endswith(suffix)):
        return False
    return set(name[len(prefix) : -len(suffix)]) <= set("0123456789abcdef")
