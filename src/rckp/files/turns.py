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


class _Queue:
    """The thread whose turn it is, and those that wait, each with the gate that it waits at."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.waiting: deque[tuple[threading.Lock, int]] = deque()


_queues: dict[Hashable, _Queue] = {}


class Turn:
    """The turn of one thread, from `enter` to `leave`. `key` tells what it is for."""

    def __init__(self, key: Hashable) -> None:
        self._key = key

    def is_own(self) -> bool:
        """Whether it is the turn of this thread: it is called by what interrupts its work."""
        queue = _queues.get(self._key)
        return queue is not None and queue.thread == threading.get_ident()

    def enter(self, timeout: float) -> bool:
        """Wait for the turn, at most `timeout` seconds. Return False if it has not come."""
        with _mutex:
            queue = _queues.get(self._key)
            if queue is None:
                _queues[self._key] = _Queue()
                return True
            gate = threading.Lock()
            gate.acquire()
            queue.waiting.append((gate, threading.get_ident()))
        try:
            passed = gate.acquire(timeout=max(0.0, min(timeout, threading.TIMEOUT_MAX)))
        except BaseException:
            if not self._step_back(gate):
                self.leave()
            raise
        return passed or not self._step_back(gate)

    def leave(self) -> None:
        """Let the next thread have its turn."""
        with _mutex:
            queue = _queues.get(self._key)
            if queue is None:  # in a forked child
                return
            if queue.waiting:
                gate, queue.thread = queue.waiting.popleft()
                gate.release()
            else:
                del _queues[self._key]

    def _step_back(self, gate: threading.Lock) -> bool:
        """Leave the queue before the turn came. Return False if it has come."""
        with _mutex:
            queue = _queues.get(self._key)
            place = (gate, threading.get_ident())
            if queue is None or place not in queue.waiting:
                return False
            queue.waiting.remove(place)
            return True


def _after_fork() -> None:
    """In a child, forget the threads of the parent."""
    global _mutex  # noqa: PLW0603 - a thread of the parent may have held it
    _mutex = threading.RLock()
    _queues.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
