"""Files that a user names as an output: written completely or not at all.

A regular file is written beside its final name and then renamed. What is not a regular file
(a device, a FIFO) is written to directly. A symbolic link is followed to the file that it names.
A file that is replaced keeps its permissions, and its owner where the process may set it.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress

from rckp.files import open_flags
from rckp.files.leftovers import Leftover
from rckp.files.ownership import set_group, set_mode_and_owner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from typing_extensions import Buffer

_ACCESS_LIST = "system.posix_acl_access"


class OutputFile:
    """A file that will be written. Raises `OSError` now if that cannot succeed.

    Nothing is left behind by the check: an existing file is opened for writing and closed
    again, and where a new file is needed, one is created in the directory and removed. A
    device or FIFO is not opened, since opening can block or start something.

    With `new`, nothing may have the name, not even a symbolic link, and nothing that gets the
    name in the meantime is replaced: `FileExistsError`.
    """

    def __init__(self, path: str, *, new: bool = False) -> None:
        self.path = path
        self._new = new
        if new and os.path.lexists(path):
            raise _exists(path)
        target, before = _resolve(path)
        if before is None or stat.S_ISREG(before.st_mode):
            with Leftover(target) as temporary:
                os.close(_create(temporary.path, 0o600, path))

    def write(self, data: bytes) -> None:
        """Write the file, flush it to the disk, and put it in place. Raises `OSError`.

        If this fails, or a signal ends the process, what was there before is unchanged and
        nothing else is left. That does not hold for a device or FIFO.
        """
        with self.writing() as write:
            write(data)

    @contextmanager
    def writing(self) -> Iterator[Callable[[Buffer], None]]:
        """As `write`, of a file in pieces: a function that writes the next bytes.

        The file gets its name at the end of the block, unless the block raises.
        """
        target, before = _resolve(self.path)
        if self._new and os.path.lexists(self.path):
            raise _exists(self.path)
        if before is not None and not stat.S_ISREG(before.st_mode):
            with _Descriptor(os.open(target, open_flags.WRITE)) as file:
                yield file.write
            return
        with Leftover(target) as temporary:
            mode = 0o666 if before is None else 0o600
            with _Descriptor(_create(temporary.path, mode, self.path)) as file:
                yield file.write
                file.flush()
                if before is not None and not self._new:
                    _keep_permissions(file.descriptor, target, before)
            if self._new:
                _place_new(temporary.path, target, self.path)
            else:
                os.replace(temporary.path, target)


def write_tree(path: str, files: Mapping[str, bytes]) -> None:
    """Write a directory with these files, completely or not at all.

    `files` maps paths with `/` to contents. The directory must be missing, or be empty;
    directories above it are created. Raises `OSError`, and `FileExistsError` for a directory
    that is not empty.
    """
    target = os.path.realpath(path)
    if os.path.lexists(target):
        if not os.path.isdir(target) or os.listdir(target):
            raise FileExistsError(errno.EEXIST, "it exists, and is not an empty directory", path)
        with Leftover(os.path.join(target, "x")) as temporary:
            os.mkdir(temporary.path)
            _fill(temporary.path, files)
            placed = [Leftover.of(os.path.join(target, n)) for n in os.listdir(temporary.path)]
            try:
                for each in placed:
                    name = os.path.basename(each.path)
                    os.rename(os.path.join(temporary.path, name), each.path)
            except BaseException:
                for each in placed:
                    each.remove()
                raise
            finally:
                for each in placed:
                    each.forget()
        return
    first, below = target, ""  # the first directory that is missing, and the rest of the path
    while not os.path.lexists(parent := os.path.dirname(first)):
        first, below = parent, os.path.join(os.path.basename(first), below)
    with Leftover(first) as temporary:
        os.mkdir(temporary.path)
        inner = os.path.join(temporary.path, below)
        os.makedirs(inner, exist_ok=True)
        _fill(inner, files)
        os.rename(temporary.path, first)


def _fill(directory: str, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = os.path.join(directory, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with _Descriptor(_create(path, 0o666, path)) as file:
            file.write(data)


def _resolve(path: str) -> tuple[str, os.stat_result | None]:
    """Return the target of a path, and its status, or None. Raises `OSError`."""
    if not path:
        raise FileNotFoundError(errno.ENOENT, "the name is empty", path)
    try:
        # By the name as given, so that the rules of the system about links apply.
        found = os.stat(path)
    except FileNotFoundError:
        if path.endswith(_SEPARATORS):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path) from None
        # realpath gives an absolute path, and needs the current directory for that.
        return os.path.realpath(path), None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if stat.S_ISREG(found.st_mode):
        os.close(os.open(path, open_flags.WRITE | open_flags.NONBLOCK))  # may it be written?
        return os.path.realpath(path), found
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    return path, found


def _exists(path: str) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "it exists, and is never replaced", path)


def _place_new(temporary: str, target: str, named: str) -> None:
    """Give a file its name if nothing has it. Raise `FileExistsError` otherwise."""
    try:
        os.link(temporary, target)
        return
    except FileExistsError:
        raise _exists(named) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    # A file system without links: the name is taken by an empty file first.
    try:
        os.close(os.open(target, open_flags.CREATE, 0o600))
    except FileExistsError:
        raise _exists(named) from None
    placeholder = Leftover.of(target)
    try:
        os.replace(temporary, target)
    except BaseException:
        placeholder.remove()
        raise
    finally:
        placeholder.forget()


_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.EINVAL}


_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))


def _create(path: str, mode: int, named: str) -> int:
    """Create a file. Raises `OSError` with the name that the user knows."""
    try:
        return os.open(path, open_flags.CREATE, mode)
    except OSError as error:
        reason = error.strerror
        if isinstance(error, FileNotFoundError):
            reason = "the directory does not exist"
        elif isinstance(error, PermissionError):
            reason = f"no file can be created in its directory: {reason}"
        raise OSError(error.errno, reason, named) from None


class _Descriptor:
    """A descriptor that is written to, and closed at the end of a `with` block."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def write(self, data: Buffer) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]

    def flush(self) -> None:
        os.fsync(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


def _keep_permissions(descriptor: int, path: str, before: os.stat_result) -> None:
    """Give a new file the owner and permissions of the one it replaces; never more than those."""
    mode = set_group(descriptor, before)
    if not _keep_access_list(descriptor, path):
        mode &= ~0o070  # these bits were the mask of the list
    set_mode_and_owner(descriptor, mode, before)


def _keep_access_list(descriptor: int, path: str) -> bool:
    """Copy the access control list of a file, or remove an inherited one (Linux only)."""
    if not hasattr(os, "getxattr"):
        return True
    try:
        entries = os.getxattr(path, _ACCESS_LIST)
    except OSError:
        with suppress(OSError):
            os.removexattr(descriptor, _ACCESS_LIST)
        return True
    try:
        os.setxattr(descriptor, _ACCESS_LIST, entries)
    except OSError:
        return False
    return True
