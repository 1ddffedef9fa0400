"""An adapter whose system calls are watched: `Adapter`, started by the tracer."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from rckp.conformance.adapter import Adapter
from rckp.conformance.adapter_errors import AdapterError, NoResponseError
from rckp.conformance.checks import Message
from rckp.conformance.hello import Hello
from rckp.conformance.temporary import remove
from rckp.display import escape

_REPORT_TIMEOUT = 10.0  # seconds
_TRACER = """
import sys
path, number, *rest = sys.argv[1:]
sys.path[:] = rest[: int(number)]
from rckp.conformance.crash.tracer_process import main
main(path, rest[int(number) :])
"""
_MAX_REPORT = 64 << 20  # bytes


class Fault(NamedTuple):
    """What happens at a call: `at` counts the calls of this name that concern the tree."""

    kind: str  # kill, error, short, lost or pause
    call: str
    at: int
    errno: int = 0


class Call(NamedTuple):
    """A system call of a request. Paths and results are those of the system."""

    name: str
    at: int  # counted by name, from 1; 0 if it concerns no file of the tree
    paths: tuple[str, ...]
    arguments: tuple[int, ...]
    file: tuple[int, int] | None  # device and inode
    flags: int  # of an opening
    mode: int | None  # of a file that was opened: its permission bits
    result: int | None  # None: it did not return
    is_directory: bool

    @property
    def label(self) -> str:
        """Such as `fsync#2`."""
        return f"{self.name}#{self.at}" if self.at else self.name

    @property
    def succeeded(self) -> bool:
        """Whether it returned, and not with an error."""
        return self.result is not None and self.result >= 0


class Visitor(Protocol):
    """An actor that is called while a request is made. It may raise `OSError`."""

    def paused(self, paths: Sequence[str]) -> None:
        """The process waits before the call of the fault, which names these paths."""

    def waiting(self) -> None:
        """There is no response yet; called again and again."""


class Observation(NamedTuple):
    """The results of a request: a response or the lack of one, and the calls."""

    response: Message | NoResponseError
    calls: list[Call]
    struck: bool  # whether the fault happened


class TracedAdapter:
    """A running adapter. To be closed. Raises `AdapterError` if it cannot be traced."""

    def __init__(self, words: Sequence[str], timeout: float, user: int | None = None) -> None:
        if shutil.which(words[0]) is None:  # the tracer, which is started instead, does exist
            missing = os.strerror(errno.EACCES if Path(words[0]).exists() else errno.ENOENT)
            raise AdapterError(f"cannot start {escape(words[0])}: {missing}.")
        self._directory = tempfile.mkdtemp(prefix="rckp-tracer-")
        self._listener = socket.socket(socket.AF_UNIX)
        self._connection: socket.socket | None = None
        self._received = b""
        self._early: dict[str, Any] | None = None  # a report that came without being asked for
        self._words = words
        self._timeout = timeout
        path = str(Path(self._directory, "control"))
        # Without its own search for packages, which takes a third of the time of its start.
        tracer = [sys.executable, "-PS", "-c", _TRACER, path, str(len(sys.path)), *sys.path]
        try:
            self._listener.bind(path)
            self._listener.listen(1)
            self._listener.settimeout(_REPORT_TIMEOUT)
            self._adapter = Adapter([*tracer, *words], timeout, user)
        except BaseException:
            self._close()
            raise
        try:
            self._connection, _ = self._listener.accept()
            self._connection.settimeout(_REPORT_TIMEOUT)
            if reason := self._command({"do": "attach"}).get("failed"):
                raise AdapterError(f"the adapter cannot be traced: {reason}.")
        except (OSError, ValueError) as error:
            self.close()
            raise AdapterError(f"the adapter cannot be traced: {error}.") from error
        except BaseException:
            self.close()
            raise

    @property
    def hello(self) -> Hello:
        """How it introduced itself."""
        return self._adapter.hello

    @property
    def pid(self) -> int:
        """The id of the tracer, which is the parent of the adapter."""
        return self._adapter.pid

    def again(self, *prefix: str, user: int | None = None) -> TracedAdapter:
        """Start another process, by a command before the words. Raise `AdapterError`.

        `user` gets its temporary directory.
        """
        return TracedAdapter([*prefix, *self._words], self._timeout, user)

    def send_unwatched(self, message: Message) -> Message | NoResponseError:
        """Send a request, and do not watch its calls, which takes half of the time."""
        try:
            return self._adapter.send(message)
        except NoResponseError as lost:
            return lost

    def send(
        self,
        message: Message,
        root: Path,
        fault: Fault | None = None,
        visitor: Visitor | None = None,
        extra_time: float = 0.0,
    ) -> Observation:
        """Ask, and watch the calls below `root`. Raise `AdapterError`.

        `extra_time` is added to the seconds that there are for the response.
        """

        def watch() -> str:
            assert visitor is not None  # noqa: S101
            self._let_visit(visitor)
            return ""

        watched = {"do": "watch", "root": os.fsdecode(root), "fault": fault and fault._asdict()}
        response: Message | NoResponseError
        try:
            self._command(watched)
            try:
                response = self._adapter.send(message, watch if visitor else None, extra_time)
            except NoResponseError as lost:
                response = lost
                report = self._report(fault)
            else:
                report = self._command({"do": "report"})
        except (OSError, ValueError) as error:
            raise AdapterError(f"the tracer of the adapter has failed: {error}.") from error
        return Observation(response, [_call(each) for each in report["calls"]], report["struck"])

    def close(self) -> None:
        """End the adapter and its tracer."""
        self._adapter.kill()
        self._close()

    def _close(self) -> None:
        for each in (self._connection, self._listener):
            if each is not None:
                each.close()
        remove(self._directory)

    def _report(self, fault: Fault | None) -> dict[str, Any]:
        """The report of the tracer before it ended; nothing if it was killed itself."""
        early, self._early = self._early, None
        if early is not None:
            return early
        if fault is not None:
            with contextlib.suppress(OSError, ValueError):
                return self._line()
        return {"calls": [], "struck": False}

    def _let_visit(self, visitor: Visitor) -> None:
        connection = self._connected
        if self._early is None and (self._received or select.select([connection], [], [], 0)[0]):
            message = self._line()
            if "paused" in message:
                try:
                    visitor.paused(message["paused"])
                finally:
                    connection.sendall(b'{"do": "continue"}\n')
            else:
                self._early = message
        visitor.waiting()

    @property
    def _connected(self) -> socket.socket:
        if self._connection is None:
            raise OSError("there is no tracer")
        return self._connection

    def _command(self, message: dict[str, Any]) -> dict[str, Any]:
        self._connected.sendall(json.dumps(message).encode() + b"\n")
        return self._line()

    def _line(self) -> dict[str, Any]:
        pieces = [self._received]
        size = len(self._received)
        while b"\n" not in pieces[-1]:
            piece = self._connected.recv(1 << 20)
            size += len(piece)
            if not piece or size > _MAX_REPORT:
                raise ValueError("it ended, or reported too much")
            pieces.append(piece)
        line, _, self._received = b"".join(pieces).partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found


def _call(message: dict[str, Any]) -> Call:
    return Call(
        message["call"],
        message.get("at", 0),
        tuple(message["paths"]),
        tuple(message["arguments"]),
        tuple(message["file"]) if message["file"] else None,
        message.get("flags", 0),
        message.get("mode"),
        message.get("result"),
        message["directory"],
    )
