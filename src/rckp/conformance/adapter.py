"""A running adapter: lines of JSON to its standard input and from its standard output.

Nothing that it does can hang the runner, fill its memory, or leave a process behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, NamedTuple

from rckp.conformance.checks import CLASSES, Message
from rckp.conformance.kept import clean
from rckp.conformance.processes import MARKER, end_all, new_marker
from rckp.conformance.shape import MAX_DEPTH, deeper_than
from rckp.conformance.temporary import remove
from rckp.display import describe_exit, escape

PROTOCOL = "1"
LONGEST_HELLO = 1 << 16  # bytes
LONGEST_NAME = 200  # characters of the name, version and language
LONGEST_ANSWER = 4 << 20  # bytes
PATIENCE_AFTER_BYE = 2.0  # seconds
FLUSH = "An adapter that buffers its output has to flush it after each answer."
_BLINK = 0.05  # seconds between two looks whether a process has ended
_STDERR_KEPT = 4096  # bytes
_GLANCE = 0.01  # seconds between two looks at the memory of a process


class AdapterError(Exception):
    """The adapter does not follow the protocol; the text is one sentence on how."""


class NoResponseError(Exception):
    """No answer came. `outcome` is crash, timeout or over-budget; the text says what happened."""

    def __init__(self, outcome: str, what: str, stderr: str) -> None:
        super().__init__(what)
        self.outcome = outcome
        self.stderr = stderr


class Hello(NamedTuple):
    """How an adapter introduces its implementation."""

    name: str
    version: str
    language: str
    classes: tuple[str, ...]


class Adapter:
    """A process that speaks the protocol. To be closed, or used in a `with`."""

    def __init__(
        self, command: Sequence[str], timeout: float = 10.0, user: int | None = None
    ) -> None:
        """Starts the command and exchanges hello. Raises `AdapterError`.

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

    def ask(
        self, message: Message, watch: Callable[[], str] | None = None, patience: float = 0.0
    ) -> Message:
        """The answer to a question of the type run: its `type` is ok, error or unsupported.

        While there is no answer, `watch` is called again and again; when it gives a text, the
        process is killed for that reason. `patience` is added to the time for the answer, in
        seconds. Raises `NoResponseError`, or `AdapterError`.
        """
        asked = message["id"]
        try:
            answer = self._exchange(message, LONGEST_ANSWER, f"the case {asked}", watch, patience)
        except NoResponseError:
            self.kill()
            raise
        kind, id_ = answer.get("type"), answer.get("id")
        if kind not in ("ok", "error", "unsupported"):
            raise AdapterError(
                f"the adapter answered the case {asked} with a message of the type "
                f"{_shown(kind)}, not ok, error or unsupported."
            )
        if id_ != asked:
            raise AdapterError(
                f"the adapter was asked the case {asked} and answered {_shown(id_)}: "
                "each question gets one answer, with its id, before the next is asked."
            )
        if kind == "unsupported" and not isinstance(answer.get("reason"), str):
            raise AdapterError(
                f"the adapter answered the case {asked} with unsupported, without a reason."
            )
        return answer

    def bye(self) -> str:
        """Ends the process as the protocol has it; what went wrong in that, or an empty text.

        Takes at most `PATIENCE_AFTER_BYE` seconds, whether it reads what it is sent or not.
        """
        deadline = time.monotonic() + PATIENCE_AFTER_BYE
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
                for key, _ in self._selector.select(min(left, _BLINK)):
                    if key.fileobj is not self._stdin:
                        self._discard(key.fileobj)
            status = self._process.poll()
        finally:
            self.kill()
        if status is None:
            return f"it did not end within {PATIENCE_AFTER_BYE:g} seconds of bye, and was killed"
        return f"after bye it {describe_exit(status)}" if status else ""

    def kill(self) -> None:
        """Ends the process, all that it has started, and its directory. May be called twice."""
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
        question = {"type": "hello", "protocol": PROTOCOL}
        try:
            answer = self._exchange(question, LONGEST_HELLO, "hello", None)
        except NoResponseError as lost:
            hint = f" {FLUSH}" if lost.outcome == "timeout" else ""
            raise AdapterError(
                f"{lost} before it said hello{stderr_tail(lost.stderr)}.{hint}"
            ) from lost
        return _checked(answer)

    def _exchange(
        self,
        message: Message,
        longest: int,
        what: str,
        watch: Callable[[], str] | None,
        patience: float = 0.0,
    ) -> Message:
        pending = memoryview(json.dumps(message).encode() + b"\n")
        if self._out:
            raise AdapterError(
                f"the adapter wrote more than one line before it was asked {what}: "
                f"{_shown(bytes(self._out))}."
            )
        line = self._line(pending, longest, what, watch, self._timeout + patience)
        try:
            # An implementation that takes malformed UTF-8 may hand it on; that is its
            # fault, which the comparison finds, and not the adapter's.
            answer = json.loads(line.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or deeper_than(answer, MAX_DEPTH):
            raise AdapterError(
                f"the adapter answered {what} with something that is not a JSON object: "
                f"{_shown(line)}."
            )
        return answer

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
                    f"the adapter answered {what} with a line of more than {longest >> 10} KiB, "
                    f"which begins {_shown(bytes(self._out[:40]))}."
                )
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._lost("timeout", f"the adapter did not answer in {timeout:g} s")
            ready = self._selector.select(min(left, _BLINK if watch is None else _GLANCE))
            if watch is not None and (reason := watch()):
                raise self._lost("over-budget", reason)
            for key, _ in ready:
                if key.fileobj is self._stdin:
                    pending = self._write(pending)
                    if not pending:
                        self._unregister_stdin()
                elif key.fileobj is self._stderr:
                    self._read_errors()
                elif not self._read():
                    raise self._ended()
            # A child of an adapter that has ended may hold its pipes open for ever; what the
            # adapter wrote before it ended is read first.
            if gone and not any(key.fileobj is self._stdout for key, _ in ready):
                raise self._ended()
            gone = self._process.poll() is not None

    def _register_stdin(self) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.register(self._stdin, selectors.EVENT_WRITE)

    def _unregister_stdin(self) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(self._stdin)

    def _discard(self, stream: object) -> None:
        """Read and forget, so that an adapter that still writes can end."""
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
            return pending[len(pending) :]  # it has ended; what it wrote last is still to be read

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

    def _ended(self) -> NoResponseError:
        try:
            status = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return self._lost("crash", "the adapter closed its standard output")
        return self._lost("crash", f"the adapter {describe_exit(status)}")

    def _lost(self, outcome: str, what: str) -> NoResponseError:
        # What it said last may still be in the pipe.
        with contextlib.suppress(OSError, KeyError, ValueError):
            left = 1 << 20  # bytes; a child that writes without end is not listened to
            while self._read_errors() and left > 0:
                left -= 1 << 16
        return NoResponseError(outcome, what, self._err.decode("utf-8", "replace"))


def _checked(answer: Mapping[str, Any]) -> Hello:
    if answer.get("type") != "hello":
        raise AdapterError(
            f"the adapter answered hello with a message of the type {_shown(answer.get('type'))}."
        )
    texts = [answer.get(name) for name in ("name", "version", "language")]
    for name, value in zip(("name", "version", "language"), texts, strict=True):
        if not isinstance(value, str) or (name == "name" and not value):
            raise AdapterError(f"the adapter's hello has no {name!r}, which must be a string.")
        if len(value) > LONGEST_NAME:
            raise AdapterError(
                f"the adapter's hello has a {name!r} of more than {LONGEST_NAME} characters."
            )
    classes = answer.get("classes")
    if not isinstance(classes, list) or not classes:
        raise AdapterError("the adapter's hello has no 'classes', which must be a list of them.")
    for class_ in classes:
        if not isinstance(class_, str) or class_ not in CLASSES:
            known = ", ".join(CLASSES)
            raise AdapterError(
                f"the adapter's hello claims the class {_shown(class_)}; the classes are {known}."
            )
    name, version, language = (clean(str(value)) for value in texts)
    return Hello(name, version, language, tuple(each for each in CLASSES if each in classes))


def stderr_tail(stderr: str) -> str:
    """What a process said last, as the rest of a sentence; nothing if it said nothing."""
    lines = stderr.strip().splitlines()
    return f"; the last it wrote to standard error was {_shown(lines[-1], 120)}" if lines else ""


def _shown(value: object, limit: int = 60) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        try:
            value = json.dumps(value)
        except (ValueError, RecursionError):
            value = type(value).__name__
    return repr(escape(value, limit))
