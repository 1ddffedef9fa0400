"""The plot and the download of the page "Performance", from the figures of the benchmark."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from conformance.tools.site.drawing import GRID, OURS, SOFT, THEIRS, draw

PLOT, DOWNLOAD = "speed-files.svg", "speed-figures.csv"
_FIGURES = "conformance/tools/bench/figures.json"
_TITLE = "Time against the number of files, in seconds"
_COLOURS = (OURS, "#2c7a4b", "#b0492b", "#6d4a9c", "#8a6d00", THEIRS)
_MICRO = 1e-6


class Line(NamedTuple):
    """A line through points of (files, seconds). Lines of rckp are solid, others dashed."""

    name: str
    points: list[tuple[int, float]]
    ours: bool


def files(root: Path) -> dict[str, str]:
    """Return the plot and the table of all figures, by file name."""
    rows = json.loads((root / _FIGURES).read_text("utf-8"))["rows"]
    return {PLOT: plot(lines(rows)), DOWNLOAD: table(rows)}


def lines(rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return a line for each subject that was measured with several numbers of files."""
    found: dict[tuple[str, bool], dict[int, float]] = {}
    for row in rows:
        if row["scale"] and row["scale"]["unit"] == "files":
            number = row["scale"]["number"]
            for name, side in ((row["subject"], "ours"), (row["against"], "theirs")):
                if row[side]:
                    points = found.setdefault((name, side == "ours"), {})
                    points.setdefault(number, row[side]["median"] * number * _MICRO)
    return [Line(name, sorted(points.items()), ours) for (name, ours), points in found.items()]


def plot(drawn: Sequence[Line]) -> str:
    """Return the plot as SVG, both axes by powers of ten."""

    def fill(figure: Any, axes: Any) -> None:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.grid(visible=True, color=GRID)
        axes.set_axisbelow(True)
        axes.set_xlabel("files")
        for i, line in enumerate(drawn):
            colour = _COLOURS[i % len(_COLOURS)]
            style = "o-" if line.ours else "--"
            axes.plot(*zip(*line.points, strict=True), style, color=colour, label=line.name)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.tick_params(which="both", color=SOFT)
        figure.legend(loc="outside lower center", ncols=2, frameon=False)

    return draw(_TITLE, (6.6, 5.2), fill)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return every figure with its spread, as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    spread = ("median", "low", "high", "least", "most", "rounds")
    sides = ("ours", "theirs", "figure")
    names = [f"{side}_{name}" for side in sides for name in spread]
    writer.writerow(
        ["group", "work", "subject", "against", "unit", "figure_unit", *names, "target", "met"]
    )
    for row in rows:
        values = [row[side][name] if row[side] else "" for side in sides for name in spread]
        target = row["target"]["at_most"] if row["target"] else ""
        met = "" if row["met"] is None else str(row["met"]).lower()
        head = [row[name] for name in ("group", "work", "subject", "against", "unit")]
        writer.writerow([*head, row["figure_unit"], *values, target, met])
    return file.getvalue()
