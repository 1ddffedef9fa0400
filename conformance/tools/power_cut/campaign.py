"""Runs the tasks of an adapter on several processes, and adds up what they found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from conformance.tools.bench.machine import in_memory
from conformance.tools.power_cut.file_systems import FILE_SYSTEMS, find
from conformance.tools.power_cut.scenarios import QUICK_BUSY, SCENARIOS
from conformance.tools.power_cut.trial import Outcome, Task

_WORKERS = 2
_DEVICES = ("/dev/fuse", "/dev/loop-control")
# How many single writes between two flushes are left out, kept and torn.
_LIMIT, _BUSY_LIMIT = 16, 2
_END = 10.0  # seconds that a worker has to clean up


class CannotRunError(Exception):
    """Something is missing on this machine. The message is one sentence."""


class Found(NamedTuple):
    """A task and its outcome."""

    task: Task
    outcome: Outcome


def tasks(file_systems: Iterable[str], *, quick: bool = False) -> list[Task]:
    """Return the tasks of the campaign; with `quick`, those of CI."""
    return [
        Task(each, name, busy, _BUSY_LIMIT if busy or quick else _LIMIT)
        for each in file_systems
        for name in SCENARIOS
        for busy in (False, True)
        if not (quick and busy) or name in QUICK_BUSY
    ]


def missing(file_systems: Sequence[str]) -> str:
    """Why nothing can be recorded here, as a sentence, or an empty text."""
    return missing_program(file_systems) or missing_device(file_systems)


def missing_program(file_systems: Iterable[str]) -> str:
    """The sentence about the first program that is not installed."""
    programs = [(FILE_SYSTEMS[each].program, FILE_SYSTEMS[each].package) for each in file_systems]
    for program, package in (*programs, ("strace", "strace")):
        if find(program) is None:
            return f"{program} is not found: `apt-get install {package}`."
    return ""


def missing_device(file_systems: Iterable[str]) -> str:
    """The sentence about what the machine does not have or permit."""
    if sys.platform != "linux":
        return "The recording of a disk needs Linux."
    if os.geteuid() != 0:
        return "Only root can mount file systems."
    for device in _DEVICES:
        if not os.access(device, os.R_OK | os.W_OK):
            return f"{device} is not there, so no disk can be recorded."
    known = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    for name in (*file_systems, "fuse"):
        if name not in known:
            return f"The kernel has no {name} (see /proc/filesystems; perhaps `modprobe {name}`)."
    return _unmountable()


def _unmountable() -> str:
    """Why a process may not mount, although it is root: so it is in most containers."""
    words = [sys.executable, "-m", "conformance.tools.power_cut.worker", os.devnull]
    ended = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ended.returncode == 0:
        return ""
    return f"This process may not mount file systems: {ended.stderr.strip().splitlines()[-1]}."


def run_all(
    wanted: Sequence[Task], command: Sequence[str], done: Callable[[Found], None]
) -> list[Found]:
    """The outcomes, in the order of the tasks. Raises CannotRunError."""

    def one(task: Task) -> Found:
        worker = idle.get()
        try:
            found = Found(task, worker.run(task, command))
        finally:
            idle.put(worker)
        done(found)
        return found

    with ExitStack() as stack:
        place = in_memory(0)
        room = Path(tempfile.mkdtemp(prefix="rckp-power-cut-", dir=place))
        stack.callback(shutil.rmtree, room, ignore_errors=True)
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(_WORKERS):
            idle.put(stack.enter_context(_worker(room)))
        pool = ThreadPoolExecutor(_WORKERS)
        # After Ctrl-C the workers are ended first, and that ends the threads.
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        return list(pool.map(one, wanted))


class _Worker:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._read()

    def run(self, task: Task, command: Sequence[str]) -> Outcome:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"task": task, "command": command}) + "\n")
        self._process.stdin.flush()
        reply = self._read()
        if "error" in reply:
            raise CannotRunError(f"{task.scenario} on {task.file_system}: {reply['error']}")
        trees = reply["outcome"].pop()
        shown = [
            (responses, {name: bytes.fromhex(data) for name, data in tree.items()})
            for responses, tree in trees
        ]
        return Outcome._make([*reply["outcome"], shown])

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise CannotRunError("A worker of the power cuts ended, see above.")
        reply: dict[str, Any] = json.loads(line)
        return reply


@contextmanager
def _worker(room: Path) -> Iterator[_Worker]:
    words = [sys.executable, "-m", "conformance.tools.power_cut.worker", str(room)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield _Worker(process)
    finally:
        process.terminate()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream
            stream.close()


FIGURES = ("writes", "flushes", "states", "mounted", "unmountable", "violations")


def totals(found: Iterable[Found]) -> dict[str, int]:
    """The sums of the figures."""
    outcomes = [each.outcome for each in found]
    return {name: sum(getattr(each, name) for each in outcomes) for name in FIGURES}
