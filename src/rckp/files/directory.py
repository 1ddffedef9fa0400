"""Directories that stay open, so that no other program can replace them by a link."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress

from rckp.errors import StoreError
from rckp.files import open_flags
from rckp.files.directory_lock import DirectoryLock, LockTimeoutError, NoLocksError
from rckp.files.interrupts import insist
from rckp.files.regular_file import kind
from rckp.log import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

READ = open_flags.READ | open_flags.NOFOLLOW
CREATE = open_flags.CREATE
_BELOW = open_flags.DIRECTORY | open_flags.NOFOLLOW

_HAVE_DIR_FD = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_LINKS_UNFOLLOWED = os.link in os.supports_follow_symlinks

_NO_DIRECTORY = (errno.ENOTDIR, errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP))


_NO_FLUSH = {errno.EINVAL, getattr(errno, "ENOTSUP", errno.EINVAL)}  # of a directory


def check_path(path: str) -> None:
    """Raise `OSError` EINVAL for a path with a NUL or a surrogate that does not encode a byte."""
    try:
        if b"\0" not in os.fsencode(path):
            return
        reason = "the path has a NUL character"
    except UnicodeEncodeError:
        reason = "the path has a lone surrogate"
    raise OSError(errno.EINVAL, reason)


class Directory:
    """One open directory; names given to its methods are entries of it.

    Where the system cannot work relative to an open directory (Windows), names are
    joined to its path instead. All methods raise `OSError`; `below` also `StoreError`.
    """

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self.descriptor = descriptor
        self.lock: DirectoryLock | None = None  # in a `with` statement with `locked`

    @classmethod
    def open(cls, path: str) -> Directory:
        """The directory at a path that a person named; links are followed.

        Raises `OSError`, with EINVAL for a path that no system could have.
        """
        check_path(path)
        if not _HAVE_DIR_FD:
            if not stat.S_ISDIR(os.stat(path).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            return cls(path, None)
        return cls(path, os.open(path, open_flags.DIRECTORY))

    def open_subdirectory(self, name: str) -> Directory:
        """Open a subdirectory by name, without following a link.

        Raises `StoreError` not-a-directory if there is something else (SAFE-4, STORE-13).
        """
        path = self.join(name)
        if self.descriptor is None:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                raise self._no_directory(name)
            return Directory(path, None)
        try:
            return Directory(path, os.open(name, _BELOW, dir_fd=self.descriptor))
        except OSError as error:
            if error.errno in _NO_DIRECTORY:
                raise self._no_directory(name) from error
            raise

    def mkdir(self, name: str) -> None:
        """Create a directory of this name. It is not an error if it exists."""
        with suppress(FileExistsError):  # what it is shows when it is opened
            os.mkdir(self._at(name), dir_fd=self.descriptor)

    def join(self, name: str) -> str:
        """The path of an entry, for messages and results."""
        return os.path.join(self.path, name)

    def open_file(self, name: str, flags: int, mode: int = 0o666) -> int:
        """A descriptor; `flags` is READ or CREATE, `mode` the permission bits of a new file."""
        return os.open(self._at(name), flags, mode, dir_fd=self.descriptor)

    def lstat(self, name: str) -> os.stat_result:
        """What the entry itself is, links not followed."""
        return os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)

    def link(self, old: str, new: str) -> None:
        """Give the entry `old` the additional name `new`, which must not exist."""
        here = self.descriptor
        if _LINKS_UNFOLLOWED:
            os.link(
                self._at(old),
                self._at(new),
                src_dir_fd=here,
                dst_dir_fd=here,
                follow_symlinks=False,
            )
        else:
            os.link(self._at(old), self._at(new), src_dir_fd=here, dst_dir_fd=here)

    def rename(self, old: str, new: str) -> None:
        """Rename the entry `old` to `new` in one step, replacing an existing entry."""
        os.replace(
            self._at(old), self._at(new), src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor
        )

    def remove(self, name: str) -> None:
        """Remove an entry. A link itself is removed, not its target."""
        os.unlink(self._at(name), dir_fd=self.descriptor)

    def scan(self) -> os._ScandirContextManager[str]:  # type: ignore[name-defined]
        """The entries, as `os.scandir`."""
        return os.scandir(self.path if self.descriptor is None else self.descriptor)

    def fsync(self) -> None:
        """Flush the directory. It does nothing on systems that cannot flush directories."""
        if self.descriptor is None:
            return
        try:
            os.fsync(self.descriptor)
        except OSError as error:
            if error.errno not in _NO_FLUSH:
                raise

    def locked(self, timeout: float, *, required: bool = True, waited: float = 0.0) -> Locked:
        """Hold the exclusive lock of the directory in a `with` statement (SAFE-6).

        It gives False if there are no locks, or if this thread has the lock already: what a signal
        handler does cannot wait for what it interrupts. Wait for at most `timeout` seconds, of
        which `waited` have passed. Then raise `StoreError` lock-timeout or, if the lock is not
        `required`, go on without it, and log a warning.
        """
        return Locked(self, timeout, required, waited)

    def close(self) -> None:
        """Close the directory. A second call does nothing.

        Errors of closing are ignored: nothing is written through the descriptor.
        """
        if self.lock is not None:  # a signal came as `Locked` was about to release it
            self.lock.release()
            self.lock = None
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            try:  # noqa: SIM105 - three times in a save
                os.close(descriptor)
            except OSError:
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _at(self, name: str) -> str:
        return name if self.descriptor is not None else self.join(name)

    def _no_directory(self, name: str) -> StoreError:
        try:
            mode = self.lstat(name).st_mode
            what = "a file" if stat.S_ISREG(mode) else kind(mode)
        except OSError:
            what = "something else"
        return StoreError("not-a-directory", self.join(name), {"what": what})


class Locked:
    """The lock of a directory, from the beginning to the end of a `with` statement.

    If a signal such as Ctrl-C ends it before anything is released, `Directory.close` does that.
    """

    def __init__(self, directory: Directory, timeout: float, required: bool, waited: float) -> None:
        self._directory = directory
        self._timeout = timeout
        self._required = required
        self._waited = waited

    def __enter__(self) -> bool:
        directory = self._directory
        if sys.platform == "win32" or directory.descriptor is None:
            return False
        lock = DirectoryLock(directory.descriptor)
        if lock.is_own():
            return False
        directory.lock = lock
        try:
            lock.acquire(self._timeout - self._waited)
        except NoLocksError:
            return False
        except LockTimeoutError as error:
            if self._required:
                details = {"timeout": self._timeout}
                raise StoreError("lock-timeout", directory.path, details) from error
            message = "%s is locked for more than %s s: saving without its lock"
            warn(message, directory.path, self._timeout)
            return False
        return True

    def __exit__(self, *_: object) -> None:
        directory = self._directory
        if directory.lock is not None:
            insist(directory.lock.release)
            directory.lock = None


if sys.platform == "win32":

    def read_at(descriptor: int, size: int, offset: int) -> bytes:
        """Up to `size` bytes from an offset; none at the end."""
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)

else:
    read_at: Callable[[int, int, int], bytes] = os.pread
