"""Few descriptors, and files that declare more than they contain (SAFE-12, STORE-7, LIM-1)."""

from __future__ import annotations

import errno
import itertools
import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.case_paths import path_bytes
from rckp.conformance.checks import Message
from rckp.conformance.crash.company_visit import Place, Visit, encoded, file_entry
from rckp.conformance.crash.oracle import Scene, Violation, find_violations
from rckp.conformance.crash.system_calls import OPENING
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Fault, TracedAdapter
from rckp.conformance.memory import RESIDENT_BUDGET, limit_allocations, reset_peak, resident_peak
from rckp.conformance.processes import descendants
from rckp.conformance.trees import snapshot

_FREE = range(7, -1, -1)  # how many descriptors a request may have
_REPEATED, _REPEATED_FREE = 24, 16  # requests, and free descriptors before the first
_LISTING_FREE = 12
_DEPTH, _WIDTH = 40, 30  # of the tree that is listed with few descriptors
_WARM_UP = 3  # requests before the one that is measured


def few_descriptors(visit: Visit, _label: str) -> Iterator[Violation]:
    """Make the request with few free descriptors, and then without a limit."""
    scenario = visit.scenario
    with visit.another() as adapter:
        _warm_up_errors(visit, adapter)
        for free in (None, *_FREE, None):
            with visit.place() as place, _descriptors(adapter, free):
                before = snapshot(place.root)
                message = visit.message(place.root)
                observation = visit.send(message, place.root, adapter=adapter)
                after = snapshot(place.root)
            fault = None if free is None else Fault("error", "", 0)
            scene = Scene(scenario, place.root, fault, observation, before, after)
            how = "again without the limit" if free is None else f"with {free} free descriptors"
            for each in find_violations(scene):
                yield Violation(f"{how}: {each.text}", each.only_code)
            if isinstance(observation.response, NoResponseError):
                return
        yield from _again_and_again(visit, adapter)


def _again_and_again(visit: Visit, adapter: TracedAdapter) -> Iterator[Violation]:
    """Make the request many times under one limit, which a store reaches that leaks descriptors."""
    with _descriptors(adapter, _REPEATED_FREE):
        for number in range(1, _REPEATED + 1):
            with visit.place() as place:
                before = snapshot(place.root)
                observation = visit.send(visit.message(place.root), place.root, adapter=adapter)
                scene = Scene(
                    visit.scenario, place.root, None, observation, before, snapshot(place.root)
                )
            for each in find_violations(scene):
                how = f"request {number} with {_REPEATED_FREE} free descriptors"
                yield Violation(f"{how}: {each.text}", each.only_code)
                return


def _warm_up_errors(visit: Visit, adapter: TracedAdapter) -> None:
    """Let each opening fail once, so that a virtual machine has loaded what handles that."""
    for call in visit.trace.calls:
        if call.name in OPENING and call.at:
            with visit.place() as place:
                fault = Fault("error", call.name, call.at, errno.EMFILE)
                visit.send(visit.message(place.root), place.root, fault, adapter=adapter)


def listing_ops(_trace: Trace) -> Iterator[str]:
    """The requests that walk through a tree."""
    yield from ("files", "purge")


def few_descriptors_in_tree(visit: Visit, op: str) -> Iterator[Violation]:
    """Walk through a deep and wide tree with few descriptors, after having done so with many."""
    old = encoded(visit.scenario)
    below = [b"base/deep" + b"/d" * depth + b"/old.ckpt" for depth in range(0, _DEPTH, 4)]
    below += [b"base/wide/%02d/old.ckpt" % at for at in range(_WIDTH)]
    extra = [file_entry(path, old) for path in below]
    with visit.another() as adapter:
        for free in (None, _LISTING_FREE, None):
            with visit.place(extra) as place, _descriptors(adapter, free):
                own = op == visit.scenario.check.op
                message = visit.message(place.root) if own else visit.request(op, place.root)
                visit.send(message, place.root, adapter=adapter)
                after = snapshot(place.root)
            paths = [path_bytes(entry["path"]) for entry in visit.scenario.tree] + below
            how = "without a limit" if free is None else f"with {free} free descriptors"
            check = _check_files if op == "files" else _check_purge
            for text in check(visit, place, paths, after):
                yield Violation(f"{how}: {text}")
            if isinstance(visit.response, NoResponseError):
                return


def _check_files(
    visit: Visit, place: Place, paths: Sequence[bytes], _after: object
) -> Iterator[str]:
    """Whether each file is listed, or below a directory that is reported."""
    response = visit.response
    if isinstance(response, NoResponseError):
        yield f"no response: {response}"
    elif response["type"] == "error":
        if response.get("code") != "unreadable":
            yield f"the response is {response.get('code')}, not unreadable (STORE-6)"
    else:
        root = os.fsencode(place.root)
        whole = sorted((os.path.join(root, path) for path in paths), key=lambda p: p.split(b"/"))
        listed = [bytes.fromhex(each) for each in response["paths"]]
        reported = [bytes.fromhex(each) for each in response.get("reported", ())]
        missing = [path for path in whole if path not in listed]
        lost = [
            path for path in missing if not any(path.startswith(each + b"/") for each in reported)
        ]
        if [path for path in whole if path in listed] != listed:
            yield "files are listed that are not there, or in another order (STORE-5)"
        if lost:
            yield f"{len(lost)} files are neither listed nor below what is reported (STORE-8)"


def _check_purge(
    visit: Visit, _place: Place, paths: Sequence[bytes], after: Mapping[bytes, object]
) -> Iterator[str]:
    """Whether what stays is reported, and nothing young is removed."""
    response = visit.response
    young = {path for path in paths if path.endswith(b"run-3.ckpt")}
    left = [path for path in paths if path in after and path not in young]
    if not young <= after.keys():
        yield "a checkpoint that is not old enough was removed (STORE-15)"
    if isinstance(response, NoResponseError):
        yield f"no response: {response}"
    elif response["type"] == "ok":
        if left:
            yield f"the response is ok, and {len(left)} old checkpoints stay (STORE-18)"
        elif response.get("removed") != str(len(paths) - len(young)):
            yield f"the response counts {response.get('removed')} removed files (STORE-15)"
    elif response.get("code") not in ("purge-incomplete", "unreadable"):
        yield f"the code is {response.get('code')}, not purge-incomplete or unreadable (STORE-18)"


class _descriptors:  # noqa: N801 - a context manager
    """Limits the open files of an adapter to its present ones and `free` more, within a block."""

    def __init__(self, adapter: TracedAdapter, free: int | None) -> None:
        self._free = free
        self._processes = descendants(adapter.pid)
        self._usual: dict[int, tuple[int, int]] = {}

    def __enter__(self) -> None:
        if self._free is None:
            return
        for pid in self._processes:
            used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
            usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            self._usual[pid] = usual
            unused = (number for number in itertools.count() if number not in used)
            most = next(itertools.islice(unused, self._free, None))
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (min(most, usual[1]), usual[1]))

    def __exit__(self, *_: object) -> None:
        for pid, usual in self._usual.items():
            if Path(f"/proc/{pid}").exists():
                resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)


_LENGTHS = {"64-mib": 64 << 20, "4-gib": (1 << 32) - 1}
_LYING = ("run_id", "step_state_payload")


def declared(trace: Trace) -> Iterator[str]:
    """The requests that read files, and how much is declared in which field."""
    ops = ("purge",) if trace.scenario.check.op == "purge" else ("read", "write")
    for op in ops:
        for field in _LYING:
            for name in _LENGTHS:
                yield f"{op}-{field}-{name}"


def lying_length(visit: Visit, label: str) -> Iterator[Violation]:
    """Measure the memory for a truncated file that declares a long string."""
    op, field, size = label.split("-", 2)
    with visit.another() as adapter:
        for _ in range(_WARM_UP):
            for data in (encoded(visit.scenario), _declaring(visit, field, 100)):
                _send_over(visit, adapter, op, data)
        processes = descendants(adapter.pid)
        before = reset_peak(processes)
        with limit_allocations(processes):
            response = _send_over(visit, adapter, op, _declaring(visit, field, _LENGTHS[size]))
        grown = resident_peak(processes) - before
    if isinstance(response, NoResponseError):
        yield Violation(f"{response}, with little memory to allocate (LIM-1)")
        return
    if grown > RESIDENT_BUDGET:
        yield Violation(
            f"its resident memory grew by {grown >> 20} MiB for a file of a few bytes (LIM-1)"
        )
    yield from _check_lying(response, op)


def _check_lying(response: Message, op: str) -> Iterator[Violation]:
    """Whether a request over a truncated file gets the usual response."""
    # Otherwise it stays (STORE-16), is quarantined (SAFE-10) or replaced (SAFE-9).
    wanted = "truncated" if op == "read" else "ok"
    found = "ok" if response["type"] == "ok" else response.get("code")
    if found != wanted:
        yield Violation(
            f"the response is {found}, not {wanted}, with little memory to allocate (LIM-1)"
        )


def _send_over(
    visit: Visit, adapter: TracedAdapter, op: str, data: bytes
) -> Message | NoResponseError:
    with visit.place() as place:
        Path(os.fsdecode(place.checkpoint)).write_bytes(data)
        path = visit.scenario.checkpoint if op == "read" else None
        own = op == visit.scenario.check.op
        message = visit.message(place.root) if own else visit.request(op, place.root, path)
        return visit.send(message, place.root, adapter=adapter).response


def _declaring(visit: Visit, field: str, size: int) -> bytes:
    """The beginning of a file that declares `size` bytes for a string, and has ten of them."""
    long = "x" * 5000
    data = encoded(visit.scenario, **{field: long})
    start = data.index(long.encode())
    return data[: start - 4] + size.to_bytes(4, "little") + data[start : start + 10]
