"""The files of a suite: below one directory, no links, of a stated size.

A suite may come from anywhere. What is read of it is opened below its own directory, name by
name, and nothing but a regular file is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.shape import parse, quote
from rckp.files import open_flags

MAX_FILE = 16 << 20  # bytes of one file
MAX_FILES = 20_000
MAX_TOTAL = 512 << 20  # bytes of all files

_HAVE_DIR_FD = os.open in os.supports_dir_fd


class SuiteFiles(NamedTuple):
    """A directory with `fixtures` and `spec`. `links` says whether links in it are followed.

    They are in the suite of an installation, since installers may link its files.
    """

    root: Path
    links: bool

    def read(self, name: str, start: str = "") -> bytes:
        """Return the bytes of a file by its path from the root or from the directory `start`.

        Raise `ValueError` with one sentence for a path that leaves `fixtures` and `spec`, for
        what is not a regular file, and for one of more than `MAX_FILE` bytes.
        """
        names: list[str] = []
        for part in (*start.split("/"), *name.split("/")):
            if part == "..":
                if len(names) < 2:
                    raise ValueError(f"the path {quote(name)} leads out of the suite")
                names.pop()
            elif part not in ("", "."):
                names.append(part)
        if name.startswith("/") or "\0" in name or "\\" in name or ":" in name or not names:
            raise ValueError(f"{quote(name)} is not a path in a suite")
        where = "/".join(names)
        try:
            return self._read(names, where)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ValueError(f"cannot read {quote(where)}: {reason}") from None

    def json(self, name: str) -> Any:
        """Return the JSON value in a file. Raise `ValueError` with one sentence."""
        data = self.read(name)
        try:
            return parse(data)
        except ValueError as error:
            raise ValueError(f"{quote(name)}: {error}") from None

    def names(self, top: str) -> Iterator[str]:
        """The paths of all files below the directory `top`, from the root, sorted.

        Raise `ValueError` for what is neither a regular file nor a directory, and for more
        than `MAX_FILES` files or `MAX_TOTAL` bytes.
        """
        found: list[str] = []
        root, total = os.path.join(self.root, ""), 0
        if not self.links and (self.root / top).is_symlink():
            raise ValueError(f"{quote(top)} is a link")
        for directory, directories, files in os.walk(root + top, followlinks=self.links):
            for name in (*directories, *files):
                path = os.path.join(directory, name)
                status = os.stat(path, follow_symlinks=self.links)
                where = path[len(root) :].replace(os.sep, "/")
                if stat.S_ISREG(status.st_mode):
                    found.append(where)
                    total += status.st_size
                elif not stat.S_ISDIR(status.st_mode):
                    raise ValueError(f"{quote(where)} is neither a regular file nor a directory")
            if len(found) > MAX_FILES or total > MAX_TOTAL:
                raise ValueError(f"it has more than {MAX_FILES:,} files or {MAX_TOTAL >> 20} MiB")
        yield from sorted(found)

    def _read(self, names: list[str], where: str) -> bytes:
        if self.links:
            return _content(os.open(f"{self.root}/{where}", open_flags.READ), where)
        if not _HAVE_DIR_FD:
            paths = [self.root.joinpath(*names[: at + 1]) for at in range(len(names))]
            if any(path.is_symlink() for path in paths):
                raise ValueError(f"{quote(where)} is or leads through a link")
            return _content(os.open(paths[-1], open_flags.READ), where)
        at = os.open(self.root, open_flags.DIRECTORY)
        try:
            for name in names[:-1]:
                below = os.open(name, open_flags.DIRECTORY | open_flags.NOFOLLOW, dir_fd=at)
                os.close(at)
                at = below
            file = os.open(names[-1], open_flags.READ | open_flags.NOFOLLOW, dir_fd=at)
        finally:
            os.close(at)
        return _content(file, where)


def _content(descriptor: int, where: str) -> bytes:
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{quote(where)} is not a regular file")
        data = file.read(MAX_FILE + 1) if status.st_size <= MAX_FILE else b""
        if status.st_size > MAX_FILE or len(data) > MAX_FILE:
            raise ValueError(f"{quote(where)} has more than {MAX_FILE >> 20} MiB")
        return data
