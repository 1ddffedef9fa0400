"""One scenario on one file system: record it, mount every state afresh, and judge it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from conformance.tests.crash.scenarios import Tree
from conformance.tools.power_cut import busy, kernel
from conformance.tools.power_cut.file_systems import FILE_SYSTEMS, FileSystem, read_blocks
from conformance.tools.power_cut.recorder import RecordingDisk, records
from conformance.tools.power_cut.scenarios import SCENARIOS, message, plant, read_tree
from conformance.tools.power_cut.states import BLOCK, Blocks, Entry, State, apply, states
from rckp.conformance.adapter import Adapter

_TIMEOUT = 60.0  # seconds for a response
_EXAMPLES = 5
_NEIGHBOUR = "neighbour"


class Task(NamedTuple):
    """A recording to make. If `busy`, another program flushes a file at the same time."""

    file_system: str
    scenario: str
    busy: bool
    limit: int  # of single writes between two flushes; see states


class Recording(NamedTuple):
    """The disk before the first write, and the log of writes."""

    base: Blocks
    entries: list[Entry]
    responses: list[dict[str, Any]]


class Outcome(NamedTuple):
    """What was found. `trees` are those that were left, by the number of responses before.

    `unmountable` are states in which the file system does not survive that one of its writes was
    torn: each of the three has blocks of which it assumes that they are written whole or not at
    all. No store can help that, so they are counted and are not violations.
    """

    writes: int
    flushes: int
    states: int
    mounted: int  # the different ones
    unmountable: int
    violations: int
    examples: list[str]
    seconds: float
    trees: list[tuple[int, Tree]]


def run(task: Task, command: Sequence[str], room: Path) -> Outcome:
    """Record and judge, in an empty directory, which is left with nothing that is mounted."""
    start = time.monotonic()
    file_system = FILE_SYSTEMS[task.file_system]
    recording = record(task, file_system, command, room)
    scenario = SCENARIOS[task.scenario]
    found = states(recording.base, recording.entries, len(recording.responses), task.limit)
    number, unmountable, wrong = 0, 0, list[str]()
    known: dict[bytes, Tree | str] = {}
    left: list[tuple[int, Tree]] = []
    for index, response in enumerate(recording.responses, 1):
        if not _is_right(response, scenario.code):
            code = response.get("code") or response.get("reason") or response["type"]
            wrong.append(f"{task.scenario}: response {index} was {code}")
    with Replayer(file_system, recording.base, room) as replayer:
        for state in found:
            number += 1
            digest = state.digest()
            if digest not in known:
                known[digest] = replayer.tree_of(state)
            tree = known[digest]
            if isinstance(tree, str):
                if state.torn:
                    unmountable += 1
                else:
                    wrong.append(f"{_described(task, state)}: {tree}")
                continue
            if (state.responses, tree) not in left:
                left.append((state.responses, tree))
            if tree not in scenario.allowed(state.responses):
                shown = {name.rpartition("/")[2]: len(data) for name, data in tree.items()}
                wrong.append(f"{_described(task, state)}: {shown}")
    written = sum(entry.record is not None for entry in recording.entries)
    return Outcome(
        written,
        len(recording.entries) - written,
        number,
        len(known),
        unmountable,
        len(wrong),
        wrong[:_EXAMPLES],
        time.monotonic() - start,
        left,
    )


def _is_right(response: dict[str, Any], code: str) -> bool:
    return response["type"] == "ok" if not code else response.get("code") == code


def _described(task: Task, state: State) -> str:
    return f"{task.scenario}, after {state.responses} responses, {state.what}"


def record(task: Task, file_system: FileSystem, command: Sequence[str], room: Path) -> Recording:
    """Let an adapter work on a disk that records."""
    scenario = SCENARIOS[task.scenario]
    image, log, mount = room / "image", room / "log", room / "mount"
    with image.open("wb") as file:
        file.truncate(file_system.size)
    words = file_system.make_command(image)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    base = read_blocks(image)
    mount.mkdir()
    responses: list[dict[str, Any]] = []
    positions: list[int] = []
    with ExitStack() as stack:
        disk = RecordingDisk(image, log, room / "disk")
        stack.callback(disk.close)
        loop = kernel.Loop(disk.path)
        stack.callback(loop.close)
        file_system.mount(loop.device, mount)
        stack.callback(kernel.unmount, mount)
        plant(mount, scenario)
        own = mount / _NEIGHBOUR
        own.write_bytes(bytes(8))
        adapter = stack.enter_context(Adapter(command, _TIMEOUT))
        # Now it has loaded what it loads when it is first asked, and this is not delayed below.
        for request in SCENARIOS["first write"].requests:
            adapter.send(message(request, room / "elsewhere"))
        for request in scenario.before:
            adapter.send(message(request, mount))
        kernel.flush_file_system(mount)
        start = disk.position()
        if scenario.made:
            (mount / scenario.made).mkdir(parents=True)
        with ExitStack() as meanwhile:
            if task.busy:
                meanwhile.enter_context(busy.delayed(adapter.pid))
                meanwhile.enter_context(busy.neighbour(file_system, own))
            for request in scenario.requests:
                responses.append(adapter.send(message(request, mount)))
                positions.append(disk.position())
        # Of what was not flushed, a journal may now keep the names without the content.
        with own.open("wb") as file:
            file_system.commit(file.fileno())
    entries = []
    for position, each in records(log.read_bytes()):
        if position > start:
            entries.append(Entry(each, sum(answered < position for answered in positions)))
        elif each is not None:
            apply({}, base, each)
    for path in (image, log):
        path.unlink()
    return Recording(base, entries, responses)


class Replayer:
    """Mounts states of a disk, one after another."""

    def __init__(self, file_system: FileSystem, base: Blocks, room: Path) -> None:
        self._file_system = file_system
        self._base = base
        self._mount = room / "mount"
        self._file = room / "state"
        with self._file.open("wb") as file:
            file.truncate(file_system.size)
        self._loop = kernel.Loop(self._file)

    def __enter__(self) -> Replayer:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()
        self._file.unlink()

    def tree_of(self, state: State) -> Tree | str:
        """What is in the base, or why that cannot be said."""
        self._write(state.blocks)
        try:
            self._file_system.mount(self._loop.device, self._mount)
        except OSError as error:
            return f"cannot be mounted: {os.strerror(error.errno or 0)}"
        try:
            return read_tree(self._mount)
        except OSError as error:
            return f"cannot be read: {os.strerror(error.errno or 0)}"
        finally:
            kernel.unmount(self._mount)

    def _write(self, blocks: Blocks) -> None:
        """Make the file the state. No page of the device is cached while nothing is mounted."""
        with self._file.open("r+b", buffering=0) as file:
            file.truncate(0)
            file.truncate(self._file_system.size)
            for offset, pieces in _runs(self._base | blocks):
                os.pwritev(file.fileno(), pieces, offset)


def _runs(blocks: Blocks, longest: int = 256) -> Iterable[tuple[int, list[bytes]]]:
    """Blocks beside each other, as one write each."""
    start, pieces = 0, list[bytes]()
    for number in sorted(blocks):
        if pieces and (number != start + len(pieces) or len(pieces) == longest):
            yield start * BLOCK, pieces
            pieces = []
        if not pieces:
            start = number
        pieces.append(blocks[number])
    if pieces:
        yield start * BLOCK, pieces
