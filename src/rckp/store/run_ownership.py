"""Whose a checkpoint is while its run lives (LIFE-10), and what ends the run."""

from __future__ import annotations

import os
import signal
import stat
import threading
from contextlib import suppress
from typing import ClassVar

from rckp.errors import DecodeError, RckpError, RunIdCollision, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from rckp.files.directory import Directory
    from rckp.format.record import CheckpointRecord

_LONGEST_MESSAGE = 10_000  # characters of an exception that a checkpoint keeps


class Ownership:
    """The checkpoint of a run as last read or written, and the process that may change it.

    `read` returns the record at a path. `path` and `record` are those of the checkpoint that
    the run resumes, if it does.
    """

    def __init__(
        self,
        read: Callable[[str], CheckpointRecord],
        path: str = "",
        record: CheckpointRecord | None = None,
    ) -> None:
        self._process = os.getpid()
        self._read = read
        self._path = path
        self._record = record
        self._pending: CheckpointRecord | None = None
        self._marks: tuple[int, ...] = ()

    @property
    def here(self) -> bool:
        """Whether this process entered the run; a forked child did not."""
        return os.getpid() == self._process

    def check(self, directory: Directory, name: str) -> None:
        """Check that no other program has written the file since. The directory is locked.

        If the file status differs (a new mount may change it), the record is compared. The rules
        of the store apply to a file that is missing or not a checkpoint.

        Raises `StoreError` taken-over or unreadable, `RunIdCollision`, or `OSError`.
        """
        path = directory.join(name)
        if self._record is None or path != self._path:
            return
        try:
            status = directory.lstat(name)
        except FileNotFoundError:
            return
        if not stat.S_ISREG(status.st_mode) or _marks(status) == self._marks:
            return
        try:
            found = self._read(path)
        except DecodeError:
            return
        if found.run_id != self._record.run_id:
            details = {"run_id": self._record.run_id, "other": found.run_id}
            raise RunIdCollision("run-id-collision", path, details)
        if found not in (self._record, self._pending):
            raise StoreError("taken-over", path)
        self._marks = _marks(status)

    def writes(self, record: CheckpointRecord) -> None:
        """Remember the record to be written, because a signal may arrive after its publication."""
        self._pending = record

    def wrote(self, directory: Directory, name: str, record: CheckpointRecord) -> None:
        """Remember the file that was written. The directory is still locked."""
        self._path, self._record, self._marks = directory.join(name), record, ()
        with suppress(OSError):  # then the next check compares the records
            self._marks = _marks(directory.lstat(name))


class Sigterm:
    """Raises SystemExit(143) on SIGTERM, in the main thread and without another handler.

    Several runs may overlap, as those of generators and coroutines do. The last one to end restores
    the default action.
    """

    _process = 0  # the process of the runs below, and not one that was forked from it
    _runs: ClassVar[set[Sigterm]] = set()

    def catch(self) -> None:
        """Begin, if the signal has its default action, or a handler that a fork inherited."""
        if threading.current_thread() is not threading.main_thread():
            return
        if Sigterm._process != os.getpid():
            Sigterm._process = os.getpid()
            Sigterm._runs.clear()
        handler = signal.getsignal(signal.SIGTERM)
        if handler is signal.SIG_DFL or handler is _terminate:
            Sigterm._runs.add(self)
            signal.signal(signal.SIGTERM, _terminate)

    def release(self) -> None:
        """End. After the last run, restore the default action, unless another handler is set."""
        if self not in Sigterm._runs or threading.current_thread() is not threading.main_thread():
            return
        Sigterm._runs.discard(self)
        if not Sigterm._runs and signal.getsignal(signal.SIGTERM) is _terminate:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    @classmethod
    def is_caught(cls) -> bool:
        """Whether this process has a run, and not only the one that it was forked from."""
        return bool(cls._runs) and cls._process == os.getpid()


def _terminate(number: int, _frame: FrameType | None) -> None:
    if not Sigterm.is_caught():  # a forked child ends as if nobody handled it
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    raise SystemExit(128 + number)


def as_rckp_error(error: Exception, code: str, path: Path) -> RckpError:
    """Return an error of rckp as it is, and any other as a `StoreError` with this code."""
    if isinstance(error, RckpError):
        return error
    wrapped = StoreError(code, str(path), {"reason": reason(error)})
    wrapped.__cause__ = error
    return wrapped


def message(error: BaseException) -> str:
    """The type and the message of an exception, as text that can be encoded and is not huge."""
    name, text = type(error).__name__, reason(error)
    return _encodable(f"{name}: {text}" if text != name else name)


def reason(error: BaseException) -> str:
    """The message of an exception, or its type if it has none or `__str__` raises."""
    try:
        text = str(error)
    except BaseException:
        text = ""
    return _encodable(text or type(error).__name__)


def _encodable(text: str) -> str:
    if len(text) > _LONGEST_MESSAGE:
        text = text[: _LONGEST_MESSAGE - 1] + "…"
    return str.encode(text, "utf-8", "backslashreplace").decode()


def _marks(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
