"""`python -m conformance.tests.crash.company_mutants NAME`: an adapter that is wrong in company.

The adapter of the Python reference with one change. Alone, each works as it should.
"""

from __future__ import annotations

import fcntl
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import rckp
from rckp.conformance import reference
from rckp.files import directory, directory_lock
from rckp.files.directory import Directory
from rckp.store import atomic_write, pending_write, purging, temporary_files
from rckp.store.pending_write import PendingWrite


@contextmanager
def _no_lock(_self: Directory, _timeout: float, **_: bool) -> Iterator[bool]:
    yield True


def _shared_lock(descriptor: int, operation: int) -> None:
    if operation & fcntl.LOCK_EX:
        operation = operation & ~fcntl.LOCK_EX | fcntl.LOCK_SH
    fcntl.flock(descriptor, operation)


_SHARED = vars(fcntl) | {"flock": _shared_lock}


class _LockAbove(directory_lock.DirectoryLock):
    """The lock of the parent directory, which does not exclude holders of the right lock."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor))


def _sweep_all(directory: Directory, _locked: bool) -> None:
    _SWEEP(directory, True)


_SWEEP = temporary_files.sweep


def _claim_by_rename(write: PendingWrite) -> bool:
    write.directory.rename(write.temporary, write.name)
    return True


def _by_device_and_inode(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino


def _inherit_special_bits(write: PendingWrite, there: os.stat_result) -> None:
    assert write.descriptor is not None
    os.fchown(write.descriptor, there.st_uid, there.st_gid)
    os.fchmod(write.descriptor, there.st_mode & 0o7777)
    write.restricted = False


def _inherit_by_name(write: PendingWrite, there: os.stat_result) -> None:
    path = write.directory.join(write.temporary)
    os.chown(path, there.st_uid, there.st_gid)
    os.chmod(path, there.st_mode & 0o777)
    write.restricted = False


def _widening_group(descriptor: int, before: os.stat_result) -> int:
    from rckp.files import ownership

    ownership._change(descriptor, -1, before.st_gid)
    return before.st_mode & 0o777


def _through_links(self: Directory, name: str) -> Directory:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.descriptor)
    return Directory(self.join(name), descriptor)


def _permit_all(write: PendingWrite) -> None:
    assert write.descriptor is not None
    os.fchmod(write.descriptor, 0o666)


def _allocating(touched: int) -> Callable[..., Any]:
    """Read as usual, after having allocated what the second length of the file declares."""
    read = rckp.CheckpointStore.read

    def allocate_and_read(store: rckp.CheckpointStore, path: Any) -> Any:
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(16)[12:], "little")
        buffer = b"x" * min(size, touched) if touched else bytearray(size)
        return read(store, path) if len(buffer) else None

    return allocate_and_read


def _seeded_name() -> str:
    return f".rckp-{_SEEDED.getrandbits(64):016x}.tmp"


_SEEDED = random.Random(1)


def _silent(*_: object) -> None:
    pass


# By name: what is replaced, and what stands there then.
PATCHES: dict[str, tuple[object, str, Any]] = {
    "no lock": (Directory, "locked", _no_lock),
    "a shared lock": (directory_lock, "fcntl", SimpleNamespace(**_SHARED)),
    "the lock of another directory": (directory, "DirectoryLock", _LockAbove),
    "everything swept without the lock": (temporary_files, "sweep", _sweep_all),
    "the first write renames": (atomic_write, "_claim", _claim_by_rename),
    "not created exclusively": (atomic_write, "CREATE", os.O_WRONLY | os.O_CREAT),
    "the same names in every process": (pending_write, "temporary_name", _seeded_name),
    "temporary name not checked": (atomic_write, "_check_temporary", _silent),
    "published name not checked": (atomic_write, "_check_published", _silent),
    "links followed": (Directory, "open_subdirectory", _through_links),
    "not looked at again before removal": (
        purging.FileFingerprint,
        "is_unchanged",
        lambda *_: True,
    ),
    "looked at without the time": (
        purging.FileFingerprint,
        "_of",
        staticmethod(_by_device_and_inode),
    ),
    "set-ID bits copied": (atomic_write, "_inherit", _inherit_special_bits),
    "permissions set by name": (atomic_write, "_inherit", _inherit_by_name),
    "permissions widened": (atomic_write, "set_group", _widening_group),
    "umask ignored": (
        atomic_write,
        "PROTOCOL",
        (atomic_write.create, _permit_all, *atomic_write.PROTOCOL[1:]),
    ),
    "allocated as declared": (rckp.CheckpointStore, "read", _allocating(0)),
    "filled as declared": (rckp.CheckpointStore, "read", _allocating(20 << 20)),
}


def main(arguments: list[str]) -> None:
    """Apply the change, and response requests."""
    (name,) = arguments
    target, attribute, value = PATCHES[name]
    assert hasattr(target, attribute)
    setattr(target, attribute, value)
    reference.main()


if __name__ == "__main__":
    main(sys.argv[1:])
