"""Signals that end the runner: it cleans up first, and then dies by the signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT")


class StoppedError(BaseException):
    """A signal arrived. No `Exception`, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def cleaning_up() -> Iterator[None]:
    """Raise `StoppedError` in the block for such a signal, and die by it when the block is left.

    A signal that was ignored before, as by nohup, is ignored still.
    """
    before = {}
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.getsignal(number)

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # cleaning up is not interrupted
        raise StoppedError(number)

    try:
        for number in before:
            signal.signal(number, stop)
        yield
    except StoppedError as stopped:
        signal.signal(stopped.number, signal.SIG_DFL)
        os.kill(os.getpid(), stopped.number)
        raise SystemExit(128 + stopped.number) from None  # if it did not end us
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
