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
from rckp.files.interrupts import insist
from rckp.files.turns import Turn

if sys.platform != "win32":
    import fcntl

_NO_LOCKS = {
    getattr(errno, name)
    for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL", "EBADF")
    if hasattr(errno, name)
}
_POLL_INTERVAL = 0.02  # seconds; only where a thread cannot wait


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
    """The lock of the directory that `descriptor` is open on, from `acquire` to `release`.

    A signal such as Ctrl-C can interrupt each method anywhere. Afterwards nothing is locked, if
    `release` is called (again).
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiter: _Waiter | None = None  # waits for the lock, or has it
        status = os.fstat(descriptor)
        self._key = (status.st_dev, status.st_ino)
        self._turn = Turn(self._key)

    def is_own(self) -> bool:
        """Whether this thread has the lock: it is asked by what interrupts its work."""
        return self._turn.is_own()

    def acquire(self, timeout: float) -> None:
        """Wait for the lock for at most `timeout` seconds.

        Raise `NoLocksError`, `LockTimeoutError`, or `OSError` for another failure. Then nothing is
        locked.
        """
        deadline = time.monotonic() + timeout
        try:
            _held.add(self)
            if self._turn.is_awaited():  # by a writer that a signal handler has interrupted
                self._poll(deadline)
            elif not self._turn.enter(timeout):
                raise LockTimeoutError
            else:
                self._lock(deadline)
        except BaseException:
            insist(self.release)
            raise

    def release(self) -> None:
        """Release the lock; the next writer gets it. Without the lock, do nothing."""
        _held.discard(self)
        try:
            # Closing would not do: a forked child may have the same open directory.
            _unlock(self._descriptor)
            if self._waiter is not None:
                self._waiter.dismiss()
                self._waiter = None
        finally:
            self._turn.leave()

    def drop(self) -> None:
        """Let go, in a forked child, of the lock of the parent."""
        _reopen(self._descriptor, self._descriptor)
        if self._waiter is not None:
            self._waiter.drop(self._descriptor)

    def _lock(self, deadline: float) -> None:
        if self._try_lock():
            return
        try:
            waiter = self._find_waiter()
        except (OSError, RuntimeError):  # no descriptor or no thread is left
            self._poll(deadline)
            return
        waiter.wait(deadline - time.monotonic())

    def _find_waiter(self) -> _Waiter:
        """Take over the waiter of the directory, or start one. `release` dismisses it.

        Raise `OSError` or `RuntimeError` if the process cannot have another descriptor or thread.
        """
        with _mutex:
            waiter = _waiters.get(self._key)
            if waiter is not None:
                self._waiter = waiter
                waiter.wanted = True
                return waiter
            descriptor = os.open(".", open_flags.DIRECTORY, dir_fd=self._descriptor)
            _opened.add(descriptor)
            self._waiter = waiter = _waiters[self._key] = _Waiter(self._key, descriptor)
            try:
                threading.Thread(target=waiter.run, name="rckp-lock", daemon=True).start()
            except RuntimeError:
                self._waiter = None
                waiter.close()
                raise
            except BaseException:  # such as Ctrl-C, before or after it has started
                waiter.forget()
                raise
            return waiter

    def _poll(self, deadline: float) -> None:
        while not self._try_lock():
            if time.monotonic() >= deadline:
                raise LockTimeoutError
            time.sleep(_POLL_INTERVAL)

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
    """A thread that waits for the lock of a directory, on a descriptor of its own.

    The descriptor has the lock from then on until `dismiss`.
    """

    def __init__(self, key: _Key, descriptor: int) -> None:
        self._key = key
        self._descriptor = descriptor
        self._is_open = True
        self._is_done = False
        self._gate = threading.Lock()  # until it is done; Ctrl-C can break an Event
        self._gate.acquire()
        self._error: OSError | None = None
        self.wanted = True

    def wait(self, timeout: float) -> None:
        """Wait for the lock. Raise `LockTimeoutError`, or `OSError` if it cannot be had."""
        self._gate.acquire(timeout=max(0.0, min(timeout, threading.TIMEOUT_MAX)))
        with _mutex:
            if not self._is_done:
                raise LockTimeoutError
            self.forget()
            if self._error is not None:
                raise self._error

    def dismiss(self) -> None:
        """Release the lock now, or as soon as it is granted, unless another writer wants it."""
        with _mutex:
            self.wanted = False
            if self._is_done:
                self.close()

    def run(self) -> None:
        """Wait in the kernel."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            self._error = error
        with _mutex:
            if not self.wanted or self._error is not None:
                self.close()
            self._is_done = True
            self._gate.release()

    def close(self) -> None:
        """Release the lock, and close the descriptor."""
        self.forget()
        if self._is_open:
            _unlock(self._descriptor)
            self._is_open = False
            _opened.discard(self._descriptor)
            os.close(self._descriptor)

    def forget(self) -> None:
        """Be no longer the waiter that the next writer takes over."""
        if _waiters.get(self._key) is self:
            del _waiters[self._key]

    def drop(self, directory: int) -> None:
        """Let go, in a forked child, of the lock of the parent."""
        _opened.discard(self._descriptor)
        _reopen(self._descriptor, directory)


def _unlock(descriptor: int) -> None:
    """Release a lock, if there is one, also where a forked child has the same open file."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)


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
