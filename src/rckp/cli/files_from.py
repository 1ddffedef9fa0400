"""`--files-from`: the names of files, from a file or from standard input."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rckp.cli import EXIT_ERROR
from rckp.cli.file_errors import FileError, open_forwards

_MAX_NAME = 1 << 20  # bytes


def paths_from(source: str) -> Iterator[str]:
    """Yield each path of a list as soon as it was read; empty lines are skipped.

    The paths end with a line feed, or with a NUL byte if the first piece that is read has one, as
    the output of `find -print0` does. Raise `FileError` if the list cannot be read, or if a name is
    longer than any system allows.
    """
    separator, rest = b"", b""
    with open_forwards(source) as read:
        while piece := read():
            separator = separator or (b"\0" if b"\0" in piece else b"\n")
            *names, rest = (rest + piece).split(separator)
            yield from map(_path, filter(None, names))
            if len(rest) > _MAX_NAME:
                raise FileError(source, "a name of more than 1 MiB: this is no list", EXIT_ERROR)
    if rest:
        yield _path(rest)


def _path(name: bytes) -> str:
    # In a list this is a file of that name, never standard input.
    return "./-" if name == b"-" else os.fsdecode(name)
