"""A running adapter: JSON lines to its standard input and from its standard output.

An adapter cannot block the runner, fill its memory, or leave a process behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import IO

from rckp.conformance.adapter_errors import (
    FLUSH,
    AdapterError,
    NoResponseError,
    stderr_tail,
)
from rckp.conformance.checks import Message
from rckp.conformance.hello import Hello, parse_hello
from rckp.conformance.processes import MARKER, end_all, new_marker
from rckp.conformance.shape import MAX_DEPTH, deeper_than, quote
from rckp.conformance.temporary import remove
from rckp.display import describe_exit, escape

PROTOCOL = "1"
MAX_HELLO = 1 << 16  # bytes
MAX_RESPONSE = 4 << 20  # bytes
BYE_TIMEOUT = 2.0  # seconds
_POLL_INTERVAL = 0.05  # seconds between two looks whether a process has ended
_STDERR_KEPT = 4096  # bytes
_TOO_DEEP = f"has more than {MAX_DEPTH} arrays and objects within each other"
_MEMORY_POLL_INTERVAL = 0.01  # seconds between two looks at the memory of a process


class Adapter:
    """A process that implements the protocol. Close it, or use it in a `with` block."""

    def __init__(
        self, command: Sequence[str], timeout: float = 10.0, user: int | None = None
    ) -> None:
        """Start the command and exchange hello. Raise `AdapterError`.

        `user` is the id of the user and group that get its temporary directory, if the command
        runs as another user.
        """
        self._timeout = timeout
        self._out = bytearray()
        self._err = bytearray()
        self._marker = new_marker()
        self._directory = tempfile.mkdtemp(prefix="rckp-adapter-")
        if user is not None:
            os.chown(self._directory, user, user)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # so that its children can be killed with it
                env=os.environ | {MARKER: self._marker, "TMPDIR": self._directory},
            )
        except (OSError, ValueError) as error:
            remove(self._directory)
            reason = getattr(error, "strerror", None) or str(error)
            raise AdapterError(f"cannot start {escape(command[0])}: {reason}.") from error
        except BaseException:
            remove(self._directory)
            raise
        self._ended_for_good = False
        self._selector = selectors.DefaultSelector()
        for stream in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(stream.fileno(), False)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)
        try:
            self.hello: Hello = self._introduce()
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def send(
        self, message: Message, watch: Callable[[], str] | None = None, extra_time: float = 0.0
    ) -> Message:
        """Return the response to a request of the type run: ok, error or unsupported.

        `watch` is called repeatedly until the response arrives. If it returns a text, the process
        is killed for that reason. `patience` is added to the time for the response, in seconds.
        Raise `NoResponseError` or `AdapterError`.
        """
        case_id = message["id"]
        try:
            response = self._exchange(
                message, MAX_RESPONSE, f"the case {case_id}", watch, extra_time
            )
        except NoResponseError:
            self.kill()
            raise
        kind, id_ = response.get("type"), response.get("id")
        if kind not in ("ok", "error", "unsupported"):
            raise AdapterError(
                f"the response to the case {case_id} has the type {quote(kind)}, not ok, "
                "error or unsupported."
            )
        if id_ != case_id:
            raise AdapterError(
                f"the response to the case {case_id} has the id {quote(id_)}: "
                "each request gets one response, with its id, before the next request."
            )
        if kind == "unsupported" and not isinstance(response.get("reason"), str):
            raise AdapterError(
                f"the response to the case {case_id} is unsupported, without a reason."
            )
        return response

    def bye(self) -> str:
        """End the process by the protocol; return what went wrong, or an empty text.

        This takes at most `PATIENCE_AFTER_BYE` seconds, even if the adapter does not read.
        """
        deadline = time.monotonic() + BYE_TIMEOUT
        pending = memoryview(b'{"type": "bye"}\n')
        try:
            self._register_stdin()
            while (left := deadline - time.monotonic()) > 0:
                pending = self._write(pending)
                if not pending and not self._stdin.closed:
                    self._unregister_stdin()
                    with contextlib.suppress(OSError):
                        self._stdin.close()
                if self._process.poll() is not None:
                    break
                for key, _ in self._selector.select(min(left, _POLL_INTERVAL)):
                    if key.fileobj is not self._stdin:
                        self._discard(key.fileobj)
            status = self._process.poll()
        finally:
            self.kill()
        if status is None:
            return f"it did not end within {BYE_TIMEOUT:g} seconds of bye, and was killed"
        return f"after bye it {describe_exit(status)}" if status else ""

    def kill(self) -> None:
        """End the process and its children and remove its directory. May be called twice."""
        if self._ended_for_good:
            return
        self._ended_for_good = True
        end_all(self._process.pid, self._marker)
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._selector.close()
        for stream in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(OSError):
                stream.close()
        remove(self._directory)

    def __enter__(self) -> Adapter:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def _stdin(self) -> IO[bytes]:
        return self._process.stdin  # type: ignore[return-value]

    @property
    def _stdout(self) -> IO[bytes]:
        return self._process.stdout  # type: ignore[return-value]

    @property
    def _stderr(self) -> IO[bytes]:
        return self._process.stderr  # type: ignore[return-value]

    def _introduce(self) -> Hello:
        request = {"type": "hello", "protocol": PROTOCOL}
        try:
            response = self._exchange(request, MAX_HELLO, "hello", None)
        except NoResponseError as lost:
            hint = f" {FLUSH}" if lost.outcome == "timeout" else ""
            raise AdapterError(
                f"{lost} before its response to hello{stderr_tail(lost.stderr)}.{hint}"
            ) from lost
        return parse_hello(response)

    def _exchange(
        self,
        message: Message,
        longest: int,
        what: str,
        watch: Callable[[], str] | None,
        extra_time: float = 0.0,
    ) -> Message:
        pending = memoryview(json.dumps(message).encode() + b"\n")
        if self._out:
            raise AdapterError(
                f"the adapter wrote another line before the request for {what}: "
                f"{quote(bytes(self._out))}."
            )
        line = self._line(pending, longest, what, watch, self._timeout + extra_time)
        try:
            # An implementation that accepts malformed UTF-8 may return it. That is not an error of
            # the adapter; the comparison detects it.
            response = json.loads(line.decode("utf-8", "surrogateescape"))
        except json.JSONDecodeError:
            problem = "is not a JSON object"
        except ValueError:  # the only other one that the library raises
            problem = "has a number with too many digits"
        except RecursionError:
            problem = _TOO_DEEP
        else:
            if isinstance(response, dict) and not deeper_than(response, MAX_DEPTH):
                return response
            problem = _TOO_DEEP if isinstance(response, dict) else "is not a JSON object"
        raise AdapterError(f"the response to {what} {problem}: {quote(line)}.")

    def _line(
        self,
        pending: memoryview,
        longest: int,
        what: str,
        watch: Callable[[], str] | None,
        timeout: float,
    ) -> bytes:
        deadline = time.monotonic() + timeout
        searched = 0
        pending = self._write(pending)
        if pending:
            self._register_stdin()
        gone = False
        while True:
            end = self._out.find(b"\n", searched)
            if end >= 0 and not pending:
                line = bytes(self._out[:end])
                del self._out[: end + 1]
                return line
            searched = len(self._out) if end < 0 else end
            if searched > longest:
                raise AdapterError(
                    f"the response to {what} is longer than {longest >> 10} KiB; it begins with "
                    f"{quote(bytes(self._out[:40]))}."
                )
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._failure("timeout", f"the adapter did not respond within {timeout:g} s")
            interval = _POLL_INTERVAL if watch is None else _MEMORY_POLL_INTERVAL
            ready = self._selector.select(min(left, interval))
            if watch is not None and (reason := watch()):
                raise self._failure("over-budget", reason)
            for key, _ in ready:
                if key.fileobj is self._stdin:
                    pending = self._write(pending)
                    if not pending:
                        self._unregister_stdin()
                elif key.fileobj is self._stderr:
                    self._read_errors()
                elif not self._read():
                    raise self._exit_error()
            # A child can hold the pipes of an adapter open after it has exited. What the adapter
            # wrote before is read first.
            if gone and not any(key.fileobj is self._stdout for key, _ in ready):
                raise self._exit_error()
            gone = self._process.poll() is not None

    def _register_stdin(self) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.register(self._stdin, selectors.EVENT_WRITE)

    def _unregister_stdin(self) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(self._stdin)

    def _discard(self, stream: object) -> None:
        """Read and discard, so that an adapter that still writes can exit."""
        source = self._stdout if stream is self._stdout else self._stderr
        if not os.read(source.fileno(), 1 << 16):
            self._selector.unregister(source)

    def _write(self, pending: memoryview) -> memoryview:
        if not pending:
            return pending
        try:
            return pending[os.write(self._stdin.fileno(), pending) :]
        except BlockingIOError:
            return pending
        except BrokenPipeError:
            return pending[len(pending) :]  # it has exited; its last output must still be read

    def _read(self) -> bool:
        piece = os.read(self._stdout.fileno(), 1 << 16)
        self._out += piece
        return bool(piece)

    def _read_errors(self) -> bool:
        piece = os.read(self._stderr.fileno(), 1 << 16)
        if not piece:
            self._selector.unregister(self._stderr)
        self._err = (self._err + piece)[-_STDERR_KEPT:]
        return bool(piece)

    def _exit_error(self) -> NoResponseError:
        try:
            status = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return self._failure("crash", "the adapter closed its standard output")
        return self._failure("crash", f"the adapter {describe_exit(status)}")

    def _failure(self, outcome: str, what: str) -> NoResponseError:
        # Its last output may still be in the pipe.
        with contextlib.suppress(OSError, KeyError, ValueError):
            left = 1 << 20  # bytes; a child may write without end
            while self._read_errors() and left > 0:
                left -= 1 << 16
        return NoResponseError(outcome, what, self._err.decode("utf-8", "replace"))
