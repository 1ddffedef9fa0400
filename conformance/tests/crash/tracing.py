"""Runs scenarios in processes that strace traces, and in which it lets system calls go wrong.

A process is forked, prepares itself and stops; strace attaches to it; it goes on. So the
counting of system calls starts with the scenario, and an injection costs some 10 ms.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

import rckp
from conformance.tests.crash.scenarios import Tree, snapshot

MARK = "getppid"  # the scenario calls it when it begins, when a step has returned, at its end
# The interpreter asks for memory when it likes to, and handling a signal fails for no reason
# that could be injected. Neither touches a file: a process that is killed there is killed
# before the next call, too.
IGNORED = {"getpid", "brk", "mmap", "munmap", "mremap", "madvise", "rt_sigaction"}
_PLACES = [Path(__file__).resolve().parents[3], Path(rckp.__file__).resolve().parents[1]]
# For processes that import these modules, and in which nothing is left to chance.
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(map(str, _PLACES)), "PYTHONHASHSEED": "0"}

T = TypeVar("T")
R = TypeVar("R")


class Task(NamedTuple):
    """The task of a process: a scenario, only the save that follows it, or the loop."""

    scenario: str
    durability: str = "full"
    variant: str = ""
    part: str = "all"  # then, loop


class Call(NamedTuple):
    """One system call: `result` is what followed the equals sign."""

    name: str
    arguments: str
    result: str
    step: int  # how many marks were passed


class Injection(NamedTuple):
    """What strace does to the n-th call of a name, for example `error=EIO` or `signal=KILL`."""

    fault: str
    name: str
    when: int


class Ending(NamedTuple):
    """The result of a process, and its tree."""

    task: Task
    root: Path  # where it was; the base was below it
    injection: Injection | None
    status: int  # 0, or SIGKILL
    calls: list[Call]
    tree: Tree
    temporary: list[str]
    result: dict[str, Any]  # empty if it was killed
    then: dict[str, Any]  # the save that followed: result, tree, temporary, listed

    @property
    def injected(self) -> bool:
        """Whether the fault came, and came while the scenario was acted."""
        assert self.injection
        fault, name, _ = self.injection
        if fault == "signal=KILL":
            last = self.calls[-1]
            return self.status == signal.SIGKILL and last.name == name and last.step > 0
        end = max(i for i, call in enumerate(self.calls) if call.name == MARK)
        acted = [call for call in self.calls[:end] if call.step > 0]
        if fault.startswith("signal="):
            return f"SIG{fault.removeprefix('signal=')}" in {call.name for call in acted}
        return any(call.name == name and "(INJECTED)" in call.result for call in acted)

    def places(self) -> list[tuple[str, int]]:
        """Each system call of the scenario: its name, and how many of that name it makes it."""
        count: Counter[str] = Counter()
        places = []
        last = max(call.step for call in self.calls)
        for call in self.calls:
            count[call.name] += 1
            if 0 < call.step < last and call.name not in {MARK, *IGNORED, "SIGSTOP", "SIGCONT"}:
                places.append((call.name, count[call.name]))
        return places


class Actor:
    """A process that forks one process a task. Used by one thread at a time."""

    def __init__(self, room: Path) -> None:
        self._room = room
        self._number = 0
        self._server = subprocess.Popen(
            [sys.executable, "-m", "conformance.tests.crash.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )

    def room(self) -> Path:
        """A new directory for one task."""
        self._number += 1
        root = self._room / str(self._number)
        root.mkdir(parents=True)
        return root

    def start(self, task: Task, root: Path) -> int:
        """The id of a process that has prepared the task and waits for SIGCONT."""
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(task._asdict() | {"root": str(root)}) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def ended(self) -> int:
        """The status of that process when it has ended, as `os.wait` has it."""
        assert self._server.stdout
        return int(self._server.stdout.readline())

    def run(self, task: Task, injection: Injection | None = None, *options: str) -> Ending:
        """Run one scenario under strace in a separate directory."""
        if injection:
            fault, name, when = injection
            options += ("-e", f"trace={name},{MARK}", "-e", f"inject={name}:{fault}:when={when}")
        root = self.room()
        log = root / "strace"
        pid = self.start(task, root)
        command = ["strace", "-o", str(log), *options, "-p", str(pid)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr
            attached = tracer.stderr.readline()
            assert "attached" in attached, attached
            os.kill(pid, signal.SIGCONT)
            status = self.ended()
        assert status in {0, signal.SIGKILL}, (task, injection, status)
        calls = list(parsed(log.read_text()))
        told = _report(root)
        if status == 0:
            tree, temporary, then = told["tree"], told["temporary"], told["then"]
        else:
            tree, temporary = snapshot(root / "base")
            then = self._next_save(task, root)
        shutil.rmtree(root)
        result = told.get("result", {})
        return Ending(task, root, injection, status, calls, tree, temporary, result, then)

    def _next_save(self, task: Task, root: Path) -> dict[str, Any]:
        """What another process finds when it saves after one that was killed."""
        pid = self.start(task._replace(part="then"), root)
        os.kill(pid, signal.SIGCONT)
        assert self.ended() == 0
        return dict(_report(root)["then"])

    def close(self) -> None:
        with self._server as server:
            assert server.stdin
            server.stdin.close()


class Bench:
    """Two actors, since two processes at a time are what a small machine has room for."""

    def __init__(self, room: Path) -> None:
        self._actors: SimpleQueue[Actor] = SimpleQueue()
        self._all = [Actor(room / name) for name in "ab"]
        for actor in self._all:
            self._actors.put(actor)

    def each(self, function: Callable[[Actor, T], R], items: Iterable[T]) -> list[R]:
        """The results for all items, in their order."""

        def with_actor(item: T) -> R:
            actor = self._actors.get()
            try:
                return function(actor, item)
            finally:
                self._actors.put(actor)

        with ThreadPoolExecutor(len(self._all)) as pool:
            return list(pool.map(with_actor, items))

    def undisturbed(self, tasks: Iterable[Task], *options: str) -> list[Ending]:
        """Each task, traced, with nothing injected."""
        return self.each(lambda actor, task: actor.run(task, None, *options), tasks)

    def inject(self, tasks: Iterable[Task], faults: Iterable[str]) -> list[Ending]:
        """Each fault at each system call of each task, as many as an undisturbed run makes."""
        faults = list(faults)
        work = [
            (ending.task, Injection(fault, name, when))
            for ending in self.undisturbed(tasks)
            for name, when in ending.places()
            for fault in faults
        ]
        assert work
        endings = self.each(lambda actor, item: actor.run(*item), work)
        missed = [(e.task, e.injection) for e in endings if not e.injected]
        assert not missed, missed
        return endings

    def close(self) -> None:
        for actor in self._all:
            actor.close()


def parsed(log: str) -> Iterator[Call]:
    """The calls, marks and signals in what strace wrote."""
    step = 0
    for line in log.splitlines():
        if found := re.fullmatch(r"(\w+)\((.*)\) += (.*)", line):
            name, arguments, result = found.groups()
            step += name == MARK
            yield Call(name, arguments, result, step)
        elif found := re.match(r"--- (SIG\w+) ", line):
            yield Call(found[1], "", "", step)


def _report(root: Path) -> dict[str, Any]:
    """What the process reported before it ended, if it did; the next one writes its own."""
    path = root / "report.json"
    told: dict[str, Any] = json.loads(path.read_bytes() or "{}")
    path.unlink()
    for part in (told, told.get("then", {})):
        if "tree" in part:
            part["tree"] = {name: bytes.fromhex(data) for name, data in part["tree"].items()}
    return told
