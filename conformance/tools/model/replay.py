"""`python -m conformance.tools.model.replay [--failures] -- COMMAND...`: traces against the model.

Starts an adapter, records the system calls of each crash scenario, and lets Spin search whether
the model can make the same calls in the same order. `--failures` also records each scenario with
each call that fails with EIO. Exit status: 0 if the model makes all of them, 1 if not, 2 if it
cannot run.
"""

from __future__ import annotations

import argparse
import errno
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from conformance.tools.model.checker import MODEL, ROOT, ModelError, build
from conformance.tools.model.events import UNKNOWN, UNSEEN, Event, events, removals
from rckp.conformance.adapter_errors import AdapterError, NoResponseError
from rckp.conformance.crash.ptrace import unsupported_reason
from rckp.conformance.crash.scenarios import Scenario, load_scenarios
from rckp.conformance.crash.system_calls import WRITE_CALLS
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Call, Fault, Observation, TracedAdapter
from rckp.conformance.suite import Suite
from rckp.conformance.temporary import temporary
from rckp.conformance.trees import create_tree

WRAPPER = ROOT / "conformance/tools/model/replay.pml"
_TIMEOUT = 30.0  # seconds a response may take
_CODES = {
    name: int(value)
    for name, value in re.findall(
        r"^#define (?:E_)?(\w+) +(\d+)", MODEL.read_text("utf-8"), re.MULTILINE
    )
}
_CODES |= {UNSEEN: 30, UNKNOWN: 31}
_OPTIONS: dict[str, str | int] = {
    "WRITERS": 3,
    "DELETERS": 1,
    "PURGERS": 1,
    "FAILURES": 1,
    "LINKLESS": 1,
    "PROMISES": 0,
}
_SHOWN = 20
_PROCESSES = {"write": 0, "delete": 1, "purge": 2}


class Recorded(NamedTuple):
    """The events of one request, or of one removal of a purge."""

    name: str
    scenario: Scenario
    events: list[Event]
    may_fail: bool


class Refusal(NamedTuple):
    """A trace, and the event that the model cannot take."""

    name: str
    event: Event
    before: Sequence[Event]

    def __str__(self) -> str:
        taken = ", ".join(_shown(each) for each in self.before)
        return f"{self.name}: the model cannot take {self.event.label} after {taken or 'nothing'}."


def _shown(event: Event) -> str:
    return f"{event.name.lower()}{' (failed)' if event.failed else ''}"


def record(words: Sequence[str], *, failures: bool, only: Sequence[str] = ()) -> list[Recorded]:
    """Record the scenarios with an adapter. Raise `AdapterError`."""
    scenarios = [
        each
        for each in load_scenarios(Suite.locate())
        if each.check.op in _PROCESSES and (not only or each.name in only)
    ]
    found: list[Recorded] = []
    with _Recorder(words) as recorder:
        for scenario in scenarios:
            seen, root = recorder.send(scenario, None)
            size = sum(
                call.result or 0
                for call in seen.calls
                if call.at and call.name in WRITE_CALLS and call.succeeded
            )
            found += _recorded(scenario, seen, root, size, None)
            faults = (fault for call in seen.calls if call.at for fault in _faults(call))
            for fault in faults if failures else ():
                struck, root = recorder.send(scenario, fault)
                if struck.struck:
                    found += _recorded(scenario, struck, root, size, fault)
    return found


class _Recorder:
    """An adapter, started again when it has died of a fault. To be closed."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._adapter: TracedAdapter | None = None

    def __enter__(self) -> _Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        if self._adapter is not None:
            self._adapter.close()
            self._adapter = None

    def send(self, scenario: Scenario, fault: Fault | None) -> tuple[Observation, str]:
        """Act out a scenario in a new directory, and return its path as well."""
        self._adapter = self._adapter or TracedAdapter(self._words, _TIMEOUT)
        with temporary() as root:
            create_tree(root, scenario.tree)
            seen = self._adapter.send(scenario.check.message(root), root, fault)
        if isinstance(seen.response, NoResponseError):
            self.__exit__()
        return seen, str(root)


def _faults(call: Call) -> Iterator[Fault]:
    yield Fault("error", call.name, call.at, errno.EIO)
    if call.name in WRITE_CALLS:
        yield Fault("short", call.name, call.at)


def _recorded(
    scenario: Scenario, seen: Observation, root: str, size: int, fault: Fault | None
) -> Iterator[Recorded]:
    trace = Trace(scenario, root, seen.calls)
    name = scenario.name
    if fault is not None:
        name += f", {fault.kind} at {fault.call}#{fault.at}"
    if scenario.check.op == "purge":
        for number, part in enumerate(removals(trace, fault), 1):
            yield Recorded(f"{name}, removal {number}", scenario, part, fault is not None)
    else:
        read = events(trace, seen.response, size, fault)
        yield Recorded(name, scenario, read, fault is not None)


def replay(recorded: Sequence[Recorded]) -> list[Refusal]:
    """The traces that the model cannot take. Raise `ModelError`."""
    with tempfile.TemporaryDirectory() as directory:
        text = f'{_tables(recorded)}\n#define MODEL "{MODEL}"\n#include "{WRAPPER}"\n'
        model = Path(directory, "traces.pml")
        model.write_text(text, "utf-8")
        # A store that never locks is compared with the protocol for file systems without locks.
        locks = any(event.name == "LOCK" for each in recorded for event in each.events)
        options = _OPTIONS | {"LOCKS": 2 if locks else 0}
        build(Path(directory), model, options, quick=True)
        output = subprocess.run(
            ["./pan", "-m100000", "-E", "-n"],
            cwd=directory, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    if "errors: 0" not in output or "Search not completed" in output:
        raise ModelError(f"the replay was not complete: {output[-2000:]}")
    reached = [0] * len(recorded)
    for number, position in re.findall(r"^trace (\d+) reached (\d+)$", output, re.MULTILINE):
        reached[int(number)] = max(reached[int(number)], int(position))
    return [
        Refusal(each.name, each.events[position], each.events[:position])
        for each, position in zip(recorded, reached, strict=True)
        if position < len(each.events)
    ]


def _tables(recorded: Sequence[Recorded]) -> str:
    """The traces as tables in C, which the search reads."""
    rows, starts, processes, stale, budgets = [], [], [], [], []
    for each in recorded:
        codes = [_CODES[event.name] + (_CODES["FAILED"] if event.failed else 0)
                 for event in each.events]  # fmt: skip
        rows.append("{" + ", ".join(map(str, [*codes, 0])) + "}")
        starts.append(_start(each.scenario))
        processes.append(_PROCESSES[each.scenario.check.op])
        stale.append(len(each.scenario.stale))
        budgets.append(int(each.may_fail))
    longest = max(len(each.events) for each in recorded) + 1
    number = len(recorded)
    lines = [
        "c_decl {",
        f"  static const unsigned char trace_events[{number}][{longest}] = {{",
        ",\n".join(f"    {row}" for row in rows),
        "  };",
    ]
    for name, values in (
        ("start", starts),
        ("process", processes),
        ("stale", stale),
        ("failures", budgets),
    ):
        lines.append(f"  static const int trace_{name}[] = {{{', '.join(map(str, values))}}};")
    lines += [f"  static int trace_reached[{number}];", "}", f"#define TRACES {number}"]
    return "\n".join(lines)


def _start(scenario: Scenario) -> int:
    """What has the name at first: MISSING, SAME_RUN, OTHER_RUN, FOREIGN or EMPTY_FILE."""
    existing = scenario.existing
    if existing is None:
        name = "MISSING"
    elif scenario.check.op != "write" or scenario.replaces:
        name = "SAME_RUN"
    elif "record" in existing:
        name = "OTHER_RUN"
    else:
        name = "FOREIGN" if existing.get("bytes") else "EMPTY_FILE"
    return _CODES[name]


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.tools.model.replay", description="Replay traces in the model."
    )
    parser.add_argument("--failures", action="store_true", help="also with each call failing")
    parser.add_argument("--show", action="store_true", help="print the events of each trace")
    parser.add_argument("command", nargs="+", help="how the adapter is started, after `--`")
    options = parser.parse_args(arguments)
    if reason := unsupported_reason():
        print(reason, file=sys.stderr)
        return 2
    try:
        recorded = record(options.command, failures=options.failures)
        refused = replay(recorded)
    except (AdapterError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.show:
        for each in recorded:
            print(f"{each.name}: {', '.join(map(_shown, each.events))}")
    for refusal in refused[:_SHOWN]:
        print(refusal)
    if len(refused) > _SHOWN:
        print("…")
    print(f"{len(recorded)} traces, {sum(len(each.events) for each in recorded)} events, "
          f"{len(refused)} refused.")  # fmt: skip
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
