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
import sys
from typing import Any, NoReturn

from rckp.conformance.crash.control import Control
from rckp.conformance.crash.tracer import Tracer

_WAKING = (signal.SIGCHLD, signal.SIGIO)  # a thread stopped, or the runner wrote
_RESET = (signal.SIGPIPE, signal.SIGXFSZ)  # Python ignores them, and its children would


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
