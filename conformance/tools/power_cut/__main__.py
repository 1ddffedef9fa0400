"""`python -m conformance.tools.power_cut [OPTIONS] -- COMMAND...`: an adapter and power cuts.

Starts the adapter, records what it makes a file system write, and mounts every state that a power
cut may leave. Needs Linux, root and FUSE. Exit status: 0 if nothing was lost, 1 if something was,
2 if it cannot run.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.tools.power_cut import campaign
from conformance.tools.power_cut.campaign import FIGURES, Found, totals
from conformance.tools.power_cut.file_systems import FILE_SYSTEMS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.tools.power_cut",
        description="Check what power cuts leave of the writes of an adapter.",
    )
    parser.add_argument(
        "--filesystem", choices=FILE_SYSTEMS, help="only this one (default: all three)"
    )
    parser.add_argument("--quick", action="store_true", help="a selection of 20 seconds, for CI")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    parser.add_argument("command", nargs="+", help="how the adapter is started, after `--`")
    return parser


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    names = [options.filesystem] if options.filesystem else list(FILE_SYSTEMS)
    if reason := campaign.missing(names):
        print(reason, file=sys.stderr)
        return 2
    try:
        wanted = campaign.tasks(names, quick=options.quick)
        found = campaign.run_all(wanted, options.command, show_progress)
    except campaign.CannotRunError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    print(table(found))
    for each in found:
        for example in each.outcome.examples:
            print(f"{each.task.file_system}: {example}")
    if options.json:
        options.json.write_text(json.dumps(figures(found), indent=2) + "\n", "utf-8")
    return 1 if totals(found)["violations"] else 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def show_progress(found: Found) -> None:
    task, outcome = found
    print(
        f"{task.file_system}, {task.scenario}{', busy' if task.busy else ''}: "
        f"{outcome.states} states, {outcome.violations} violations, {outcome.seconds:.1f} s",
        file=sys.stderr,
    )


def grouped(found: list[Found]) -> dict[tuple[str, str], list[Found]]:
    """By file system and scenario, busy or not."""
    groups: dict[tuple[str, str], list[Found]] = {}
    for each in found:
        groups.setdefault((each.task.file_system, each.task.scenario), []).append(each)
    return groups


def table(found: list[Found]) -> str:
    """The figures as text, at most 80 columns wide."""
    head = ("writes", "flushes", "states", "mounted", "torn", "wrong")
    lines = [f"{'':5} {'':30}" + "".join(f"{each:>8}" for each in head)]
    for (file_system, scenario), group in grouped(found).items():
        cells = "".join(f"{number:>8,}" for number in totals(group).values())
        lines.append(f"{file_system:5} {scenario:30}{cells}")
    cells = "".join(f"{number:>8,}" for number in totals(found).values())
    lines += [
        f"{'all':36}{cells}",
        "mounted: different states; torn: the file system did not survive a torn write",
    ]
    return "\n".join(lines)


def figures(found: list[Found]) -> dict[str, Any]:
    """The figures as JSON: by file system and scenario, and some of what was wrong."""
    result: dict[str, dict[str, object]] = {}
    for (file_system, scenario), group in grouped(found).items():
        result.setdefault(file_system, {})[scenario] = totals(group)
    examples = [
        f"{each.task.file_system}: {text}" for each in found for text in each.outcome.examples
    ]
    return {"figures": FIGURES, "file_systems": result, "examples": examples}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
