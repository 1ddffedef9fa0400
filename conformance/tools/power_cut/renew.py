"""`python -m conformance.tools.power_cut.renew`: measure all stores and all controls again.

Builds each implementation with a store, runs the power cuts against it and against the wrong
protocols, and writes conformance/implementations/results/power-cut.json and the tables in
docs/reliability.md. `--page` writes only the tables. Takes about 15 minutes on two processors.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from conformance.tests.crash.protocols import VARIANTS
from conformance.tools.measured import fill
from conformance.tools.power_cut import campaign
from conformance.tools.power_cut.__main__ import figures, show_progress
from conformance.tools.power_cut.campaign import FIGURES
from conformance.tools.power_cut.file_systems import FILE_SYSTEMS
from conformance.tools.results.__main__ import BUILT
from rckp.derive.tables import table

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "conformance/implementations/results/power-cut.json"
PAGE = ROOT / "docs/reliability.md"
STORES = ("python", "c", "go", "rust", "java", "perl", "roma_lib")
ROMA_LIB = "roma_lib"  # it writes in place, so its figures are not added to those of the others
TITLES = {"ext4": "ext4", "xfs": "XFS", "btrfs": "btrfs"}
_EXAMPLES = 3
_WRONG = (sys.executable, "-m", "conformance.tools.power_cut.wrong")


def _measured(command: list[str]) -> dict[str, Any]:
    found = campaign.run_all(campaign.tasks(FILE_SYSTEMS), command, show_progress)
    measured = figures(found)
    return measured | {"examples": measured["examples"][:_EXAMPLES]}


def _sums(measured: dict[str, Any], file_system: str) -> dict[str, int]:
    """The sums of the scenarios on a file system."""
    rows = measured["file_systems"][file_system].values()
    return {name: sum(row[name] for row in rows) for name in FIGURES}


def tables(results: dict[str, Any]) -> dict[str, str]:
    """The tables of the page, by the name of the mark around each."""
    return {
        "power-cut-implementations": _implementations(results["implementations"]),
        "power-cut-controls": _controls(results["controls"]),
    }


def _implementations(measured: dict[str, Any]) -> str:
    rows: list[list[str]] = []
    total = dict.fromkeys(FIGURES, 0)
    for name in (each for each in measured if each != ROMA_LIB):
        rows += _rows(name, measured[name])
        for file_system in FILE_SYSTEMS:
            sums = _sums(measured[name], file_system)
            total = {figure: total[figure] + sums[figure] for figure in FIGURES}
    rows += [["these", "all", *_cells(total)], *_rows(ROMA_LIB, measured[ROMA_LIB])]
    head = ["implementation", "file system", "writes", "states", "mounted", "torn", "violations"]
    return table(head, rows, range(2, 7))


def _rows(name: str, measured: dict[str, Any]) -> list[list[str]]:
    """Return the rows of an implementation, one for each file system."""
    return [[name, TITLES[each], *_cells(_sums(measured, each))] for each in FILE_SYSTEMS]


def _cells(sums: dict[str, int]) -> list[str]:
    columns = ("writes", "states", "mounted", "unmountable", "violations")
    return [f"{sums[name]:,}" for name in columns]


def _controls(measured: dict[str, Any]) -> str:
    rows = []
    for variant, each in measured.items():
        numbers = [_sums(each, file_system)["violations"] for file_system in FILE_SYSTEMS]
        rows.append([variant, *(f"{number:,}" if number else "not noticed" for number in numbers)])
    return table(["wrong protocol", *TITLES.values()], rows, range(1, 1 + len(TITLES)))


def page(results: dict[str, Any]) -> str:
    """The text of the page with the tables of these results."""
    return fill(PAGE, tables(results))


def write_page() -> None:
    results = json.loads(RESULTS.read_text("utf-8"))
    PAGE.write_text(page(results), "utf-8", newline="\n")


def main(arguments: list[str]) -> int:
    """Return the exit status. With names of implementations, only those are measured again."""
    if arguments == ["--page"]:
        write_page()
        return 0
    if reason := campaign.missing(list(FILE_SYSTEMS)):
        print(reason, file=sys.stderr)
        return 2
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    results: dict[str, Any] = {
        "system": f"Linux {platform.release().partition('-')[0]}",
        "implementations": known.get("implementations", {}),
        "controls": known.get("controls", {}),
    }
    with tempfile.TemporaryDirectory() as directory:
        for name in (each for each in STORES if each in arguments or not arguments):
            print(f"{name}:", file=sys.stderr)
            command = BUILT[name](Path(directory) / name)
            results["implementations"][name] = _measured(command.words)
            _write(results)
    for variant in (each for each in VARIANTS if each in arguments or not arguments):
        print(f"{variant}:", file=sys.stderr)
        results["controls"][variant] = _measured([*_WRONG, variant])
        _write(results)
    write_page()
    return 0


def _write(results: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
