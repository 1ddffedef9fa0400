"""Starts an adapter and watches its system calls, in a process of its own.

The runner starts this process in place of the adapter and talks to it over a socket, one JSON
object on a line. The adapter has the standard streams for itself.

    {"do": "attach"}                          → {"attached": true} or {"failed": "…"}
    {"do": "watch", "root": …, "fault": …}    → {"watching": true}
    {"do": "report"}                          → {"calls": […], "struck": …}
    {"do": "continue"}                        after {"paused": […]}

After `watch`, the calls that concern a file below `root` are counted, by name and over all
threads. A fault is `{"call": "fsync", "at": 2, "kind": "kill"}`: the process is killed before the
second fsync, and the report comes without being asked for. Of the kind `error`, the call fails with
the `errno`; of the kind `short`, it writes half of the bytes or reads 7; of the kind `lost`, it
writes half of the bytes and returns that it wrote all. Of the kind `pause`, the tracer tells the
paths that the call names, and the thread makes the call after `continue`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import stat
import struct
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

from rckp.conformance.crash import ptrace
from rckp.conformance.crash.call_arguments import (
    as_signed,
    creates_file,
    file_status,
    named_path,
    opening_flags,
    size_to_write,
)
from rckp.conformance.crash.control import Control
from rckp.conformance.crash.system_calls import (
    CHANGING,
    OPENING,
    READ_CALLS,
    SystemCall,
    calls_by_number,
)
from rckp.conformance.processes import descendants

_WALL = 0x40000000
_WAKING = (signal.SIGCHLD, signal.SIGIO)  # a thread stopped, or the runner wrote
_RESET = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores them, and its children would
_GROUP_STOPS = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_MAX_CALLS = 100_000  # of one request
_SHORT_READ = 7  # bytes

Call = dict[str, Any]


class Tracer:
    """The threads of one adapter, and the calls of the present request."""

    def __init__(self, child: int, on_pause: Callable[[Call], None]) -> None:
        self._child = child
        self._on_pause = on_pause
        self._held: int | None = None  # the thread that is paused
        self._calls_by_number = calls_by_number(ptrace.MACHINE)
        self._threads: set[int] = set()
        self._starting: set[int] = set()  # interrupted, not stopped yet
        self._pending: dict[int, Call] = {}  # by thread: the call that has not returned
        self._results: dict[int, int] = {}  # by thread: the result to give it
        self._restore: dict[int, tuple[int, bytes]] = {}  # by thread: what stood in its memory
        self.status: int | None = None  # of the child, when it has ended
        self.watch(None, None)

    def watch(self, root: bytes | None, fault: dict[str, Any] | None) -> None:
        """Record the calls below `root` from the next stop of each thread; for None, none.

        Without `root`, the threads run on from their next stop, at full speed.
        """
        self._root = root
        self._fault = fault
        self._count: Counter[str] = Counter()
        self.calls: list[Call] = []
        self.struck: bool = False

    def watch_all(self, root: bytes, fault: dict[str, Any] | None) -> None:
        """Record every call below `root` from now on."""
        self.watch(root, fault)
        self._pending.clear()
        for thread in tuple(self._threads):
            with contextlib.suppress(ProcessLookupError):
                ptrace.interrupt(thread)
                self._starting.add(thread)
        self._wait_for_starting()

    def attach(self) -> None:
        """Trace all threads of the adapter and of the processes that it has started."""
        found = True
        while found:
            found = False
            for process in (self._child, *descendants(self._child)):
                for name in _list_directory(f"/proc/{process}/task"):
                    thread = int(name)
                    if thread in self._threads:
                        continue
                    with contextlib.suppress(ProcessLookupError):
                        ptrace.seize(thread)
                        self._threads.add(thread)
                        self._starting.add(thread)
                        found = True
            self._wait_for_starting()

    def _wait_for_starting(self) -> None:
        while self._starting and self.status is None:
            self.wait(0)

    def go_on(self) -> None:
        """Let the paused thread make its call."""
        thread, self._held = self._held, None
        if thread is not None:
            with contextlib.suppress(ProcessLookupError):
                ptrace.resume(thread)

    def wait(self, options: int) -> bool:
        """Handle one stop, if there is one."""
        try:
            thread, status = os.waitpid(-1, options | _WALL)
        except ChildProcessError:
            return False
        if thread == 0:
            return False
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            self._threads.discard(thread)
            self._starting.discard(thread)
            if thread == self._child:
                self.status = status
            return True
        with contextlib.suppress(ProcessLookupError):  # killed meanwhile
            self._handle(thread, status)
        return True

    def _handle(self, thread: int, status: int) -> None:
        self._threads.add(thread)
        self._starting.discard(thread)
        number, event = status >> 8 & 0xFF, status >> 16
        if number == signal.SIGTRAP | 0x80:
            if self._root is not None:
                self._at_call(thread)
            if thread != self._held:
                self._resume(thread)
        elif event == ptrace.EVENT_STOP and number in _GROUP_STOPS:
            ptrace.listen(thread)
        else:
            self._resume(thread, 0 if event else number)

    def _resume(self, thread: int, signal: int = 0) -> None:
        (ptrace.let_run if self._root is None else ptrace.resume)(thread, signal)

    def _at_call(self, thread: int) -> None:
        stopped = ptrace.stop(thread)
        if isinstance(stopped, ptrace.Entry):
            kind = self._calls_by_number.get(stopped.number)
            if kind is not None:
                self._enter(thread, kind, stopped.arguments)
        elif isinstance(stopped, ptrace.Exit) and thread in self._pending:
            self._leave(thread, stopped.result)

    def _enter(self, thread: int, kind: SystemCall, arguments: tuple[int, ...]) -> None:
        paths = [named_path(thread, place, arguments) for place in kind.places]
        concerned = any(self._is_below(path) for path in paths)
        changing = kind.name in CHANGING or creates_file(thread, kind.name, arguments)
        if not (concerned or changing or kind.name == "io_uring_setup"):
            return
        status = file_status(thread, kind, arguments, paths)
        call: Call = {
            "call": kind.name,
            "thread": thread,
            "paths": [os.fsdecode(path) for path in paths],
            "arguments": [as_signed(each) for each in arguments],
            "file": status and [status.st_dev, status.st_ino],
            "directory": status is not None and stat.S_ISDIR(status.st_mode),
        }
        if kind.name in OPENING:
            call["flags"] = opening_flags(thread, kind.name, arguments)
        self._pending[thread] = call
        if len(self.calls) < _MAX_CALLS:
            self.calls.append(call)
        if not concerned:
            call["outside"] = True
            return
        self._count[kind.name] += 1
        call["at"] = self._count[kind.name]
        fault = self._fault
        if fault and not self.struck and (kind.name, call["at"]) == (fault["call"], fault["at"]):
            self._strike(thread, kind, arguments, fault, call)

    def _strike(
        self,
        thread: int,
        kind: SystemCall,
        arguments: tuple[int, ...],
        fault: dict[str, Any],
        call: Call,
    ) -> None:
        self.struck = True
        call["fault"] = fault["kind"]
        if fault["kind"] == "kill":
            ptrace.skip(thread)
            del self._pending[thread]
            for process in (*descendants(self._child), self._child):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        elif fault["kind"] == "pause":
            self._held = thread
            self._on_pause(call)
        elif fault["kind"] == "error":
            self._results[thread] = -fault["errno"]
            if kind.name != "close":  # which closes in any case
                ptrace.skip(thread)
        else:
            self.struck = self._shorten(thread, kind, arguments)
            if fault["kind"] == "lost" and self.struck:
                self._results[thread] = size_to_write(thread, kind.name, arguments)

    def _shorten(self, thread: int, kind: SystemCall, arguments: tuple[int, ...]) -> bool:
        """Let a call write half of the bytes, or read a few. Return whether that is fewer."""
        if kind.name in READ_CALLS:
            if arguments[2] <= _SHORT_READ:
                return False
            ptrace.set_argument(thread, 2, _SHORT_READ)
            return True
        if kind.writes is None:
            return False
        count = arguments[kind.writes]
        if kind.name in ("write", "pwrite64"):
            if count < 2:
                return False
            ptrace.set_argument(thread, kind.writes, count // 2)
            return True
        if count > 1:
            ptrace.set_argument(thread, kind.writes, count // 2)
            return True
        at = arguments[1] + 8  # the length in the first and only buffer
        length = struct.unpack("=Q", ptrace.read_memory(thread, at, 8))[0]
        if length < 2:
            return False
        self._restore[thread] = (at, struct.pack("=Q", length))
        ptrace.write_memory(thread, at, struct.pack("=Q", length // 2))
        return True

    def _leave(self, thread: int, result: int) -> None:
        call = self._pending.pop(thread)
        if thread in self._results:
            result = self._results.pop(thread)
            ptrace.set_result(thread, result)
        if thread in self._restore:
            ptrace.write_memory(thread, *self._restore.pop(thread))
        call["result"] = result
        if result >= 0 and call["call"] in OPENING:
            with contextlib.suppress(OSError):
                status = os.stat(f"/proc/{thread}/fd/{result}")
                call["file"] = [status.st_dev, status.st_ino]
                call["mode"] = stat.S_IMODE(status.st_mode)

    def _is_below(self, path: bytes) -> bool:
        root = self._root
        return root is not None and (path == root or path.startswith(root + b"/"))


def _list_directory(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _obey(tracer: Tracer, control: Control, message: dict[str, Any]) -> None:
    if message["do"] == "attach":
        try:
            tracer.attach()
        except OSError as error:
            hint = "" if error.errno != errno.EPERM else ": is it traced already, or set-user-ID?"
            control.send({"failed": f"{error.strerror}{hint}"})
        else:
            control.send({"attached": True})
    elif message["do"] == "watch":
        tracer.watch_all(os.fsencode(message["root"]), message["fault"])
        control.send({"watching": True})
    elif message["do"] == "continue":
        tracer.go_on()
    else:
        _report(tracer, control)


def _report(tracer: Tracer, control: Control) -> None:
    control.send({"calls": tracer.calls, "struck": tracer.struck})
    tracer.watch(None, None)


def _serve(tracer: Tracer, control: Control) -> None:
    """Until the adapter has ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _WAKING)
    runner = control.socket.fileno()
    fcntl.fcntl(runner, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(runner, fcntl.F_SETFL, fcntl.fcntl(runner, fcntl.F_GETFL) | os.O_ASYNC)
    woken_by: int = signal.SIGIO  # the first message may have been there before
    while tracer.status is None:
        if woken_by == signal.SIGIO:
            for message in control.messages():
                _obey(tracer, control, message)
        while tracer.wait(os.WNOHANG):
            pass
        if tracer.status is None:
            woken_by = signal.sigwait(_WAKING)


def main(path: str, words: list[str]) -> NoReturn:
    """Start the command, and end as it ends."""
    control = Control(path)
    try:
        child = os.posix_spawnp(words[0], words, os.environ, setsigdef=_RESET)
    except OSError as error:
        sys.exit(f"cannot start {words[0]}: {error.strerror}")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(null, stream)  # so that the runner notices when the adapter closes them
    tracer = Tracer(child, lambda call: control.send({"paused": call["paths"]}))
    with contextlib.suppress(EOFError, ConnectionError):
        _serve(tracer, control)
        if tracer.struck:
            _report(tracer, control)
    if tracer.status is None:
        os.kill(child, signal.SIGKILL)
        sys.exit(1)
    if os.WIFSIGNALED(tracer.status):
        number = os.WTERMSIG(tracer.status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(tracer.status) & 0xFF)
