"""Temporary files and directories that are removed, also when a signal ends the process."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Self

_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
]
_present: set[Leftover] = set()
_previous: dict[int, object] = {}


class Leftover:
    """A name beside `target` for a temporary file or directory, which is removed at the end.

    While there is one, SIGINT, SIGTERM, SIGHUP and SIGQUIT remove it first and then do what
    they did before. Signals are handled in the main thread only.
    """

    def __init__(self, target: str) -> None:
        name = f".rckp-{secrets.token_hex(8)}.tmp"
        self.path: str = os.path.join(os.path.dirname(target), name)
        self._watch()

    @classmethod
    def of(cls, path: str) -> Self:
        """Return one for an existing name."""
        made = cls(path)
        made.path = path
        return made

    def remove(self) -> None:
        """Remove the file, if it exists."""
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass
        except OSError:  # a directory
            import shutil  # slow to import, seldom needed

            shutil.rmtree(self.path, ignore_errors=True)

    def forget(self) -> None:
        """Stop watching: from now on the name is not removed any more."""
        _present.discard(self)
        if not _present:
            _restore_handlers()

    def _watch(self) -> None:
        _present.add(self)
        if not _previous and threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                # What is ignored (under nohup) stays so; None was not set by Python.
                if handler is not signal.SIG_IGN and handler is not None:
                    _previous[number] = handler
                    signal.signal(number, _on_signal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
        self.forget()


def _on_signal(number: int, frame: FrameType | None) -> None:
    for leftover in list(_present):
        leftover.remove()
    handler = _previous.get(number, signal.SIG_DFL)
    if callable(handler):
        handler(number, frame)  # for SIGINT this raises KeyboardInterrupt
        return
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _restore_handlers() -> None:
    for number in list(_previous):
        with suppress(ValueError):  # not in the main thread
            signal.signal(number, _previous[number])  # type: ignore[arg-type]
            del _previous[number]
