"""Files from anywhere, opened so that none of them can block, surprise or change unseen."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from types import TracebackType

from rckp.errors import PathError, from_os_error
from rckp.files import open_flags
from rckp.format.scan import ByteReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFLNK: "a symbolic link",
}

_PATH_MAX: int = os.pathconf("/", "PC_PATH_MAX") if hasattr(os, "pathconf") else 4096  # bytes
_SURELY_SHORT = _PATH_MAX // 4  # characters


class SourceError(PathError):
    """A file could not be read. The code is one of the phase io.

    `details` holds the `reason` that the operating system gave (code unreadable), or
    `what` was found instead of a regular file (code not-a-file).
    """


def is_too_long(path: str) -> bool:
    """Whether a file can only be opened relative to its directory, because of its long path."""
    return len(path) > _SURELY_SHORT and len(os.fsencode(path)) >= _PATH_MAX


def kind(mode: int) -> str:
    """Return the kind of a file with this `st_mode`, in words."""
    return _KINDS.get(stat.S_IFMT(mode), "a special file")


def _refuse_special(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SourceError("not-a-file", path, {"what": kind(status.st_mode)})


class OpenFile:
    """A regular file, open for one reading; `window` moves over it (LIM-7, LIM-8).

    Raises `SourceError` for what is missing, unreadable or no regular file. A path that a
    person names may be a symbolic link; what a listing finds is opened with
    `follow=False`, and a link is then refused.

    If `directory` is the descriptor of the open directory of the file, its name is looked up there,
    and `path` is only for messages, and may be longer than the system allows.
    """

    def __init__(self, path: str, *, follow: bool = True, directory: int | None = None) -> None:
        self.path = path
        self._follow = follow
        self._directory = directory
        self._name = path if directory is None else os.path.basename(path)
        try:
            if follow or not open_flags.NOFOLLOW:
                # Asked before opening, since to open some devices is to make them act. What a
                # listing finds was a regular file a moment ago.
                _refuse_special(path, self._stat())
            flags = open_flags.READ if follow else open_flags.READ | open_flags.NOFOLLOW
            self.fd: int = os.open(self._name, flags, dir_fd=directory)
        except OSError as error:
            if not follow:
                with suppress(OSError):  # a link, or a socket, says less itself than this
                    _refuse_special(path, self._stat())
            raise from_os_error(SourceError, path, error) from None
        except ValueError:  # a NUL in the path
            raise SourceError("missing", path) from None
        self.status: os.stat_result = os.fstat(self.fd)
        try:
            _refuse_special(path, self.status)
        except SourceError:
            os.close(self.fd)
            raise
        # Files of /proc are regular and report the size 0; only reading shows the contents.
        self.window: ByteReader = ByteReader(self.read, self.status.st_size or None)

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`. Raises `SourceError` if they cannot be read."""
        try:
            return os.read(self.fd, size)
        except OSError as error:
            raise from_os_error(SourceError, self.path, error) from None

    def read_at(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes from an offset. Raises `SourceError` if they cannot be read."""
        try:
            if hasattr(os, "pread"):
                return os.pread(self.fd, size, offset)
            os.lseek(self.fd, offset, os.SEEK_SET)
            return os.read(self.fd, size)
        except OSError as error:
            raise from_os_error(SourceError, self.path, error) from None

    def check_unchanged(self) -> None:
        """Raise `SourceError` with the code changed-while-read if the file has changed.

        That is: if it grew, shrank or was written to, or if another file was put in its
        place, since it was opened.
        """
        was = self.status
        try:
            # By its path: if that still leads to the open file, it tells of that file, too.
            now = self._stat()
        except OSError:
            raise SourceError("changed-while-read", self.path) from None
        if (
            now.st_ino != was.st_ino
            or now.st_dev != was.st_dev
            or now.st_size != was.st_size
            or now.st_mtime_ns != was.st_mtime_ns
        ):
            raise SourceError("changed-while-read", self.path)

    def _stat(self) -> os.stat_result:
        return os.stat(self._name, dir_fd=self._directory, follow_symlinks=self._follow)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self.fd)
