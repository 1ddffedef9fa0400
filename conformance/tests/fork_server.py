"""A process that has imported the command `rckp`, and forks for each run of it.

Most of the time of a short command is the start of Python and its imports. A run is a fork of
this process, with its own arguments, directory, environment and standard streams.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
MAX_REQUEST = 1 << 20  # bytes

# As Python opens them in the locale C.UTF-8.
_STREAMS = (
    ("stdin", "rb", "surrogateescape"),
    ("stdout", "wb", "surrogateescape"),
    ("stderr", "wb", "backslashreplace"),
)


class ForkServer:
    """The side of the tests. One run at a time; a second thread waits."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "conformance.tests.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                env=os.environ | {"LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
            )
        self._lock = threading.Lock()
        atexit.register(self.close)

    def close(self) -> None:
        """End the server. It has no run then."""
        self._socket.close()
        self._process.wait()

    def run(
        self,
        arguments: list[str],
        directory: str,
        environment: dict[str, str],
        streams: tuple[int, int, int],
        timeout: float,
    ) -> int:
        """Run `rckp` with these arguments and descriptors, and return its exit status.

        The status of a run that a signal ended is the negative number of the signal. Raises
        `TimeoutError` after `timeout` seconds; the run is killed then.
        """
        request = json.dumps([arguments, directory, environment]).encode()
        with self._lock:
            socket.send_fds(self._socket, [request], streams)
            pid = int(self._receive(timeout))
            try:
                return int(self._receive(timeout))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._receive(timeout)
                raise

    def _receive(self, timeout: float) -> bytes:
        self._socket.settimeout(timeout)
        if response := self._socket.recv(64):
            return response
        raise ConnectionError("the fork server has ended")


def _serve(connection: socket.socket) -> list[str]:
    """Fork for each request. Returns the arguments in the fork, and never in the server."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST, 3)
        if not request:
            os._exit(0)  # the tests have ended
        if pid := os.fork():
            for each in descriptors:
                os.close(each)
            connection.send(str(pid).encode())
            _, status = os.waitpid(pid, 0)
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        arguments, directory, environment = json.loads(request)
        for number, each in enumerate(descriptors):
            os.dup2(each, number)
        os.closerange(3, max(connection.fileno(), *descriptors) + 1)
        connection.detach()
        for number, (name, mode, errors) in enumerate(_STREAMS):
            stream = io.TextIOWrapper(
                open(number, mode, closefd=False),  # noqa: SIM115 - open until the process ends
                encoding="utf-8",
                errors=errors,
                newline="\n" if number else None,
                line_buffering=number == 2 or (number == 1 and os.isatty(1)),
            )
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(directory)
        return list(arguments)


def _exit_after(run: Callable[[], object]) -> NoReturn:
    """End the process as the interpreter does after `run`, but without freeing its memory.

    That takes longer than most runs, because every page that is shared is copied first.
    """
    status: object = None
    try:
        run()
    except SystemExit as error:
        status = error.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    if status is not None and not isinstance(status, int):
        print(status, file=sys.stderr)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        status = 120
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(status or 0)


def _prepare() -> None:
    """Import what any command imports, and read the suite, as many do."""
    import rckp
    from rckp.conformance.suite import Suite

    for module in pkgutil.walk_packages(rckp.__path__, "rckp."):
        if not module.name.startswith("rckp.derive") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    Suite.locate().checks()


if __name__ == "__main__":
    _prepare()
    from rckp.cli import main

    gc.collect()
    gc.freeze()  # the forks share the memory
    sys.argv = ["-c", *_serve(socket.socket(fileno=int(sys.argv[1])))]
    sys.path[0] = ""
    _exit_after(main)
