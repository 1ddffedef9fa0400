"""The threads of this process that want the same thing take turns, in the order of their arrival.

A save waits for its turn before its first system call, and so holds no descriptor meanwhile.
Threads that only wait do not disturb the one whose turn it is. Without turns, each system call of
that one would let another thread run, and it would wait for the interpreter's lock after the call.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Hashable

_mutex = threading.RLock()  # a signal handler may save as well
_queues: dict[Hashable, deque[Turn]] = {}  # the first of each has the turn, the others wait


class Turn:
    """The turn of one thread, from `enter` to `leave`. `key` tells what it is for.

    A signal such as Ctrl-C can interrupt each method anywhere. The queue alone tells whose turn it
    is, so `leave` can be called at any time, and again after an interruption.
    """

    def __init__(self, key: Hashable) -> None:
        self._key = key
        self._thread = threading.get_ident()
        self._gate = threading.Lock()  # locked until the turn comes
        self._gate.acquire()

    def is_own(self) -> bool:
        """Whether it is the turn of this thread: it is called by what interrupts its work."""
        queue = _queues.get(self._key)
        return queue is not None and len(queue) > 0 and queue[0]._thread == self._thread

    def is_awaited(self) -> bool:
        """Whether this thread waits for its turn, or has it, below what calls this.

        Only in the main thread: in no other one, a signal handler interrupts anything.
        """
        if self._thread != threading.main_thread().ident:
            return False
        return any(each._thread == self._thread for each in _queues.get(self._key, ()))

    def enter(self, timeout: float) -> bool:
        """Wait for the turn, at most `timeout` seconds. Return False if it has not come.

        Call `leave` whatever happens.
        """
        with _mutex:
            queue = _queues.setdefault(self._key, deque())
            queue.append(self)
            if queue[0] is self:
                return True
        if self._gate.acquire(timeout=max(0.0, min(timeout, threading.TIMEOUT_MAX))):
            return True
        with _mutex:
            if queue[0] is self:  # it came at the last moment
                return True
            self.leave()
            return False

    def leave(self) -> None:
        """Leave the queue, and let the next thread have its turn. Without a place, do nothing."""
        with _mutex:
            queue = _queues.get(self._key)
            if queue is None:
                return
            if self in queue:
                queue.remove(self)
            if not queue:
                del _queues[self._key]
            elif queue[0]._gate.locked():
                queue[0]._gate.release()


def _after_fork() -> None:
    """In a child, forget the threads of the parent."""
    global _mutex  # noqa: PLW0603 - a thread of the parent may have held it
    _mutex = threading.RLock()
    _queues.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
