"""The exclusive lock of a directory (SAFE-6): limited in time, and fair.

The lock is `flock` on a descriptor of the directory. A writer that finds it taken waits in two
queues. Of the threads of one process only the first competes with other processes; the others wait
for it in the order of their arrival. That one waits in the queue of the kernel, which is what a
blocking `flock` does. Polling instead would leave most of the time unused, and starve some writers.
A blocking call has no time limit, so a thread makes it on a descriptor of its own, and closes that
again if the lock comes too late.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress

if sys.platform != "win32":
    import fcntl

_NO_LOCKS = {
    getattr(errno, name)
    for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL", "EBADF")
    if hasattr(errno, name)
}
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)


class NoLocksError(Exception):
    """The file system has no locks."""


class LockTimeoutError(Exception):
    """Another process, or another thread, held the lock for all of the time."""


class _Queue:
    """The threads of this process that want the lock of one directory."""

    def __init__(self) -> None:
        self.waiting: deque[threading.Lock] = deque()


_queues: dict[tuple[int, int], _Queue] = {}
_mutex = threading.RLock()  # a signal handler may save as well
_held: set[DirectoryLock] = set()
_waiters: set[int] = set()  # descriptors that hold a lock, or wait for it


class DirectoryLock:
    """The lock of the directory that `descriptor` is open on, from `acquire` to `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._own: int | None = None  # a descriptor that holds the lock, if not `descriptor`
        status = os.fstat(descriptor)
        self._key = (status.st_dev, status.st_ino)

    def acquire(self, timeout: float) -> None:
        """Wait for the lock for at most `timeout` seconds.

        Raise `NoLocksError`, `LockTimeoutError`, or `OSError` for another failure.
        """
        deadline = time.monotonic() + timeout
        self._enter_queue(timeout)
        try:
            self._lock(deadline)
            _held.add(self)
        except BaseException:
            self._leave_queue()
            raise

    def release(self) -> None:
        """Release the lock; the next writer gets it."""
        _held.discard(self)
        try:
            if self._own is not None:
                _close(self._own)
            else:
                # Closing would not do: a forked child may have the same open directory.
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            self._leave_queue()

    def drop(self) -> None:
        """Close, in a forked child, what would keep the lock of the parent."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _lock(self, deadline: float) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise NoLocksError from error
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                raise
        waiter = _Waiter(os.open(".", _DIRECTORY, dir_fd=self._descriptor))
        self._own = waiter.wait(deadline - time.monotonic())

    def _enter_queue(self, timeout: float) -> None:
        with _mutex:
            queue = _queues.get(self._key)
            if queue is None:
                _queues[self._key] = _Queue()
                return
            gate = threading.Lock()
            gate.acquire()
            queue.waiting.append(gate)
        try:
            passed = gate.acquire(timeout=max(0.0, timeout))
        except BaseException:
            passed = False
            if not self._step_back(gate):
                self._leave_queue()
            raise
        if not passed and self._step_back(gate):
            raise LockTimeoutError

    def _step_back(self, gate: threading.Lock) -> bool:
        """Leave the queue before the turn came. Return False if it has come."""
        with _mutex:
            queue = _queues.get(self._key)
            if queue is None or gate not in queue.waiting:
                return False
            queue.waiting.remove(gate)
            return True

    def _leave_queue(self) -> None:
        with _mutex:
            queue = _queues.get(self._key)
            if queue is None:  # in a forked child
                return
            if queue.waiting:
                queue.waiting.popleft().release()
            else:
                del _queues[self._key]


class _Waiter:
    """A thread that waits for the lock on a descriptor, which belongs to it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        _waiters.add(descriptor)
        self._mutex = threading.Lock()
        self._done = threading.Event()
        self._abandoned = False
        self._error: OSError | None = None

    def wait(self, timeout: float) -> int:
        """Return the descriptor, which holds the lock.

        Raise `LockTimeoutError`, or `OSError` if the lock cannot be had.
        """
        try:
            threading.Thread(target=self._run, name="rckp-lock", daemon=True).start()
        except RuntimeError as error:  # no more threads
            _close(self._descriptor)
            raise OSError(errno.EAGAIN, str(error)) from error
        try:
            self._done.wait(max(0.0, timeout))
        except BaseException:  # such as Ctrl-C, also when the lock has just been granted
            self._abandon(keep=False)
            raise
        if not self._done.is_set() and not self._abandon(keep=True):
            raise LockTimeoutError
        if self._error is not None:
            raise self._error
        return self._descriptor

    def _abandon(self, *, keep: bool) -> bool:
        """Give up. Return True instead if the lock was granted by now, and is to be kept."""
        with self._mutex:
            if self._done.is_set() and keep:
                return True
            if self._done.is_set() and self._error is None:
                _close(self._descriptor)
            self._abandoned = True
            return False

    def _run(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with self._mutex:
            self._done.set()
            if self._abandoned or self._error is not None:
                _close(self._descriptor)


def _close(descriptor: int) -> None:
    """Close a descriptor of ours, also where a forked child has the same open file."""
    _waiters.discard(descriptor)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _after_fork() -> None:
    """Give up, in a child, what belongs to the parent: its locks, its queues, its threads."""
    global _mutex  # noqa: PLW0603 - a thread of the parent may have held it
    _mutex = threading.RLock()
    _queues.clear()
    for lock in _held:
        lock.drop()
    _held.clear()
    for descriptor in _waiters:
        with suppress(OSError):
            os.close(descriptor)
    _waiters.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
