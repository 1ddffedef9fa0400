"""The checkpoint files below a directory, in an order that does not depend on the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from rckp.read.source import SourceError, refusal

SUFFIX = ".ckpt"

OnError = Callable[[str, SourceError], None]


def is_checkpoint_name(name: str) -> bool:
    """Whether a listing takes a file of this name for a checkpoint."""
    return name.endswith(SUFFIX) and len(name) > len(SUFFIX)


def checkpoint_files(
    base: str, on_error: OnError, passed_over: Callable[[str], None] | None = None
) -> Iterator[str]:
    """Every regular file below `base` with the name of a checkpoint, at any depth.

    Symbolic links below `base` are not followed, and nothing is opened (LIM-7). Paths come
    in the order of their components as bytes. A directory that cannot be read is told to
    `on_error`, the rest is still listed; everything else that is left out is told to
    `passed_over`.
    """
    waiting = [base]
    while waiting:
        path = waiting.pop()
        if not path.endswith("\0"):
            found = _entries(path, on_error, passed_over)
            # The last is taken first; a NUL, which no path holds, marks a file.
            waiting.extend(f"{e}\0" if is_file else e for e, is_file in reversed(found))
        else:
            yield path[:-1]


def _entries(
    folder: str, on_error: OnError, passed_over: Callable[[str], None] | None
) -> list[tuple[str, bool]]:
    """The directories (False) and checkpoints (True) in one directory, in order."""
    found: list[tuple[bytes, str, bool]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append((os.fsencode(entry.name), entry.path, False))
                elif is_checkpoint_name(entry.name) and entry.is_file(follow_symlinks=False):
                    found.append((os.fsencode(entry.name), entry.path, True))
                elif passed_over is not None:
                    passed_over(entry.path)
    except OSError as error:
        on_error(folder, refusal(error, folder))
    return [(path, is_file) for _, path, is_file in sorted(found)]
