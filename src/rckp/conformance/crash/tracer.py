"""The system calls of an adapter: recorded, and made to fail."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

from rckp.conformance.crash import ptrace
from rckp.conformance.crash.call_arguments import (
    as_signed,
    creates_file,
    file_status,
    named_path,
    opening_flags,
    size_to_write,
)
from rckp.conformance.crash.system_calls import (
    CHANGING,
    OPENING,
    READ_CALLS,
    SystemCall,
    calls_by_number,
)
from rckp.conformance.processes import descendants

_WALL = 0x40000000
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
        for of_calls_before in (self._pending, self._results, self._restore):
            of_calls_before.clear()
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
