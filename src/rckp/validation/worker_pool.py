"""A pool of worker processes. The death of one loses only its present task.

`concurrent.futures.ProcessPoolExecutor` gives up everything when one of its processes dies,
imports the caller's main module in each, and cannot be stopped while they work. These are
plain children that read from a pipe: they end with it, also when this process is killed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from rckp.display import describe_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

_READY = "ready"
_EXIT_TIMEOUT = 1.0  # seconds that a process may take to end when it has closed its pipe

# Ctrl-C goes to the whole process group; what it means is decided here, not there. -P, so
# that nothing is imported from the directory that happens to be the current one.
_PYTHON = (sys.executable, "-P", "-c")
_WORKER = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
import sys
sys.path[:] = sys.argv[1:]
from rckp.validation.worker_pool import serve
serve()
"""


class WorkerDiedError(Exception):
    """A process ended without a result. The message says how, as the end of a sentence."""


class WorkerPool(ThreadPoolExecutor):
    """An executor with `number` processes, each started when it has work.

    What is submitted, and what it returns or raises, must be picklable. If the process
    dies, the future has `WorkerDiedError`, and the next work gets a new process. If none can be
    begun, it has an `OSError`.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number, "rckp")
        self._local = threading.local()  # a thread talks to one process
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._killed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As any executor."""
        return super().submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when the work is done. It always waits."""
        super().shutdown(wait=True, cancel_futures=cancel_futures)
        for process in list(self._running):
            self._reap(process)

    def kill(self) -> None:
        """End the processes at once."""
        with self._lock:
            self._killed = True
            running = list(self._running)
        for process in running:
            process.kill()
        self.shutdown(cancel_futures=True)

    def _run(self, call: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        request = pickle.dumps((call, args, named), pickle.HIGHEST_PROTOCOL)
        process = getattr(self._local, "process", None) or self._spawn()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("a process without pipes")
        try:
            process.stdin.write(request)
            process.stdin.flush()
            good, result = pickle.load(process.stdout)  # noqa: S301 - our own process wrote it
        except (EOFError, OSError):
            raise WorkerDiedError(self._reap(process)) from None
        except BaseException:
            self._reap(process)  # its next response could belong to this task
            raise
        if not good:
            raise result
        return result

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._killed:
                raise RuntimeError("no process is begun after kill()")
            process = subprocess.Popen(
                [*_PYTHON, _WORKER, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._running.add(process)
        try:
            if process.stdout is not None and pickle.load(process.stdout) == _READY:  # noqa: S301
                self._local.process = process
                return process
        except EOFError:
            pass
        raise OSError(f"a new process {self._reap(process)}")

    def _reap(self, process: subprocess.Popen[bytes]) -> str:
        """End a process and return how it ended."""
        self._local.process = None
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what it was not sent, it does not need any more
                if pipe is not None:
                    pipe.close()
        try:
            process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._running.discard(process)
        return describe_exit(process.returncode)


def serve() -> None:
    """Run in a worker: read calls and write their results, until the end of the input."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is not a reply
    pickle.dump(_READY, replies)
    replies.flush()
    while True:
        try:
            call, args, named = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
        except EOFError:
            return
        try:
            reply = True, call(*args, **named)
        except Exception as error:  # raised again where the result is asked for
            reply = False, error
        try:
            replies.write(pickle.dumps(reply, pickle.HIGHEST_PROTOCOL))
            replies.flush()
        except BrokenPipeError:
            return  # nobody is there to hear it
