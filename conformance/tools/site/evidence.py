"""The five numbers and two plots of the page "Evidence", from the stored results."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.tools.results.__main__ import BUILT, CLASSES, KEPT
from conformance.tools.site.drawing import OURS, THEIRS, draw
from rckp.conformance.results_file import load
from rckp.derive.tables import table

MARK = "<!-- evidence -->"
STORES = ("python", "c", "go", "java", "perl", "rust")  # the reference and the clean-room ones
_MUTANTS = "conformance/tools/mutation/kill-table.json"
_SPEED = "conformance/tools/bench/figures.json"
_CLASSES = "|".join(CLASSES)
_WORK = "decode, 300 B, ASCII"
_GOOD, _KNOWN, _NONE = "#2c7a4b", "#b0492b", "#d5d2c8"


def outcomes() -> dict[str, Counter[str]]:
    """Return the number of checks by outcome, for each implementation in the order of the page."""
    return {
        name: Counter(each.outcome for each in load(KEPT / f"{name}.jsonl").results)
        for name in BUILT
    }


def numbers(root: Path) -> str:
    """Return the table of the five numbers as Markdown."""
    found = outcomes()
    passed = sum(found[name]["pass"] for name in STORES)
    every = sum(found[name].total() for name in STORES)
    mutants = json.loads((root / _MUTANTS).read_text("utf-8"))["mutants"]
    killed = sum(bool(each["kills"]) for each in mutants)
    crashes = Counter[str]()
    stored = json.loads((KEPT / "crash.json").read_text("utf-8"))["implementations"]
    for name in STORES:
        for kind in stored[name]["kinds"].values():
            crashes.update(kind)
    wanted = [row for row in _rows(root) if row["target"]]
    met = sum(row["met"] for row in wanted)
    first, of = _first_run(root)
    rows = [
        ["[Implementations](implementations.md)", f"**{passed:,} of {every:,}**",
         "checks of the suite that the reference and five implementations in other languages pass"],
        ["[Mutants](adequacy.md)", f"**{killed} of {len(mutants)}**",
         "mistakes in a rule that a case of the suite notices"],
        ["[Crash tests](crash.md)", f"**{crashes['pass']:,} of {crashes.total():,}**",
         "checks of these six stores under kills, failing calls and other programs that pass"],
        ["[Speed](speed.md)", f"**{met} of {len(wanted)}**", "targets of time and memory met"],
        ["[Clean room](clean-room.md)", f"**{first:,} of {of:,}**",
         "checks that the last three clean-room implementations, in Lua, Nim and D, could make and "
         "passed in their first full runs"],
    ]  # fmt: skip
    return table(["evidence", "number", "what it counts"], rows)


def _first_run(root: Path) -> tuple[int, int]:
    """Return the sum of the table of the last clean-room test, over its languages."""
    text = (root / "docs/clean-room.md").read_text("utf-8")
    _, _, last = text.rpartition("first full run | Lua | Nim | D |")
    block = last.partition("\n\n")[0]
    rows = re.findall(rf"^\| (?:{_CLASSES}|draft-reader) \| (.*)\|$", block, re.MULTILINE)
    cells = re.findall(r"([\d,]+) of ([\d,]+)", "|".join(rows))
    if len(cells) != 3 * len(rows) or not rows:
        raise ValueError("docs/clean-room.md has no table of the first runs in Lua, Nim and D")
    passed, every = zip(*(map(_integer, cell) for cell in cells), strict=True)
    return sum(passed), sum(every)


def _integer(text: str) -> int:
    return int(text.replace(",", ""))


def _rows(root: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((root / _SPEED).read_text("utf-8"))["rows"]
    return rows


def plots(root: Path) -> dict[str, str]:
    """Return both plots as SVG, by file name."""
    found = outcomes()
    names = list(found)
    kinds = {
        "passed": ([found[name]["pass"] for name in names], _GOOD),
        "known failure": ([found[name]["expected-fail"] for name in names], _KNOWN),
        "unsupported": ([found[name]["unsupported"] for name in names], _NONE),
    }
    rows = [row for row in _rows(root) if row["work"] == _WORK and row["theirs"]]
    times = {"rckp": rows[0]["ours"]["median"]}
    times |= {row["against"]: row["theirs"]["median"] for row in rows}
    times = dict(sorted(times.items(), key=lambda item: item[1]))
    colours = [OURS if name == "rckp" else THEIRS for name in times]
    return {
        "evidence-implementations.svg": _bars(
            "Checks of the suite, by implementation", names, list(kinds.items())
        ),
        "evidence-speed.svg": _bars(
            "Time to decode a record of 300 bytes, in µs",
            list(times),
            [("", (list(times.values()), colours))],
            labelled=True,
        ),
    }


def _bars(
    title: str,
    names: Sequence[str],
    series: Sequence[tuple[str, tuple[Sequence[float], Any]]],
    *,
    labelled: bool = False,
) -> str:
    """Return horizontal bars as SVG, the first name at the top."""

    def fill(figure: Any, axes: Any) -> None:
        left = [0.0] * len(names)
        for name, (values, colour) in series:
            drawn = axes.barh(names, values, left=left, color=colour, label=name or None)
            left = [a + b for a, b in zip(left, values, strict=True)]
            if labelled:
                axes.bar_label(drawn, [f"{value:.1f}" for value in values], padding=4)
        axes.invert_yaxis()
        axes.margins(x=0.1)
        if not labelled:
            figure.legend(loc="outside lower center", ncols=3, frameon=False)

    return draw(title, (6.6, 0.4 * len(names) + 1.3), fill)
