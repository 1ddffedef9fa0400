"""The exclusive lock of a directory (SAFE-6): limited in time, and fair.

The lock is `flock` on a descriptor of the directory. A writer that finds it taken waits in two
queues. Of the threads of one process only the first competes with other processes; the others wait
for their turn in the order of their arrival (`rckp.files.turns`). That one waits in the queue of
the kernel, which is what a blocking `flock` does. Polling instead would leave most of the time
unused, and starve some writers.

A blocking call has no time limit, so a thread makes it, on a descriptor of its own. There is at
most one such thread for each directory. If its writer gives up, the thread goes on waiting, and the
next writer of this process takes it over with its place in the queue of the kernel. If there is no
such writer when the lock is granted, the thread releases it at once.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from contextlib import suppress

from rckp.files import open_flags
from rckp.files.turns import Turn

if sys.platform != "win32":
    import fcntl

_NO_LOCKS = {
    getattr(errno, name)
    for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL", "EBADF")
    if hasattr(errno, name)
}
_POLL_INTERVAL = 0.02  # seconds; only where no thread or no descriptor can be had


class NoLocksError(Exception):
    """The file system has no locks."""


class LockTimeoutError(Exception):
    """Another process, or another thread, held the lock for all of the time."""


_Key = tuple[int, int]  # device and inode of a directory

_waiters: dict[_Key, _Waiter] = {}
_mutex = threading.RLock()  # a signal handler may save as well
_held: set[DirectoryLock] = set()
_opened: set[int] = set()  # descriptors of waiters that hold a lock, or wait for it


class DirectoryLock:
    """The lock of the directory that `descriptor` is open on, from `acquire` to `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._own: int | None = None  # a descriptor that holds the lock, if not `descriptor`
        status = os.fstat(descriptor)
        self._key = (status.st_dev, status.st_ino)
        self._turn = Turn(self._key)

    def acquire(self, timeout: float) -> None:
        """Wait for the lock for at most `timeout` seconds.

        Raise `NoLocksError`, `LockTimeoutError`, or `OSError` for another failure.
        """
        deadline = time.monotonic() + timeout
        if not self._turn.enter(timeout):
            raise LockTimeoutError
        try:
            _held.add(self)
            self._lock(deadline)
        except BaseException:
            _held.discard(self)
            self._close_own()
            self._turn.leave()
            raise

    def release(self) -> None:
        """Release the lock; the next writer gets it."""
        _held.discard(self)
        try:
            if not self._close_own():
                # Closing would not do: a forked child may have the same open directory.
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            self._turn.leave()

    def drop(self) -> None:
        """Let go, in a forked child, of the lock of the parent."""
        _reopen(self._descriptor, self._descriptor)
        if self._own is not None:
            _opened.discard(self._own)
            _reopen(self._own, self._descriptor)

    def _lock(self, deadline: float) -> None:
        if self._try_lock():
            return
        try:
            waiter = _Waiter.of(self._key, self._descriptor)
        except (OSError, RuntimeError):  # no descriptor or no thread is left
            while not self._try_lock():
                if time.monotonic() >= deadline:
                    raise LockTimeoutError from None
                time.sleep(_POLL_INTERVAL)
            return
        waiter.wait(deadline - time.monotonic(), self)

    def take_over(self, descriptor: int) -> None:
        """Use a descriptor that holds the lock, and close it in the end."""
        self._own = descriptor

    def _close_own(self) -> bool:
        own, self._own = self._own, None
        if own is not None:
            _close(own)
        return own is not None

    def _try_lock(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise NoLocksError from error
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                raise
            return False
        return True


class _Waiter:
    """A thread that waits for the lock of a directory, on a descriptor of its own."""

    def __init__(self, key: _Key, descriptor: int) -> None:
        self._key = key
        self._descriptor = descriptor
        self._done = threading.Event()
        self._wanted = True
        self._error: OSError | None = None

    @classmethod
    def of(cls, key: _Key, directory: int) -> _Waiter:
        """Return the waiter of a directory, or start one.

        Raise `OSError` or `RuntimeError` if the process cannot have another descriptor or thread.
        """
        with _mutex:
            waiter = _waiters.get(key)
            if waiter is not None:
                waiter._wanted = True
                return waiter
            descriptor = os.open(".", open_flags.DIRECTORY, dir_fd=directory)
            _opened.add(descriptor)
            waiter = cls(key, descriptor)
            try:
                threading.Thread(target=waiter._run, name="rckp-lock", daemon=True).start()
            except RuntimeError:
                _close(descriptor)
                raise
            _waiters[key] = waiter
            return waiter

    def wait(self, timeout: float, lock: DirectoryLock) -> None:
        """Wait until `lock` has the descriptor, which holds the lock.

        Raise `LockTimeoutError`, or `OSError` if the lock cannot be had.
        """
        try:
            self._done.wait(max(0.0, timeout))
            with _mutex:
                self._wanted = False
                if not self._done.is_set():
                    raise LockTimeoutError
                del _waiters[self._key]
                if self._error is not None:
                    raise self._error
                lock.take_over(self._descriptor)
        except LockTimeoutError:
            raise
        except BaseException:  # such as Ctrl-C, also when the lock has just been granted
            with _mutex:
                self._wanted = False
                if self._done.is_set() and _waiters.pop(self._key, None) is not None:
                    _close(self._descriptor)
            raise

    def _run(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with _mutex:
            if not self._wanted:
                _waiters.pop(self._key, None)
            if not self._wanted or self._error is not None:
                _close(self._descriptor)
            self._done.set()


def _close(descriptor: int) -> None:
    """Close a descriptor of ours, also where a forked child has the same open file."""
    _opened.discard(descriptor)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _reopen(descriptor: int, directory: int) -> None:
    """Open a directory again under the same number, so that what uses the number goes on."""
    with suppress(OSError):
        new = os.open(".", open_flags.DIRECTORY, dir_fd=directory)
        os.dup2(new, descriptor, inheritable=False)
        os.close(new)
        return
    with suppress(OSError):
        os.close(descriptor)


def _after_fork() -> None:
    """In a child, forget the locks and threads of the parent."""
    global _mutex  # noqa: PLW0603 - a thread of the parent may have held it
    _mutex = threading.RLock()
    _waiters.clear()
    for lock in _held:
        lock.drop()
    _held.clear()
    for descriptor in _opened:
        with suppress(OSError):
            os.close(descriptor)
    _opened.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
