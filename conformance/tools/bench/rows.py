"""A row of the table, and the table: for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from conformance.tools.bench.spread import Spread

VERSION = 2


class Target(NamedTuple):
    """The upper bound of a figure: of its median, or, for memory, of its maximum."""

    at_most: float
    of_all: bool = False


class Scale(NamedTuple):
    """The amount of work on the axis of a plot, such as bytes or files.

    A row that has one gives its times for one of them, in ns/B or in µs/file.
    """

    number: int
    unit: str  # "B" or "files"


class Row(NamedTuple):
    """One comparison. `figure` is what a target is about: a ratio, or a difference.

    `ours` and `theirs` are in `unit`, `figure` in `figure_unit`. `against` is what `theirs`
    is of.
    """

    group: str
    work: str
    subject: str
    against: str | None
    unit: str
    ours: Spread
    theirs: Spread | None
    figure: Spread
    figure_unit: str
    target: Target | None = None
    scale: Scale | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        judged = self.figure.most if self.target.of_all else self.figure.median
        return judged <= self.target.at_most

    def as_json(self) -> dict[str, Any]:
        """Return the row as a JSON value."""
        target = None if self.target is None else self.target._asdict()
        spreads = {
            name: None if spread is None else {k: _rounded(v) for k, v in spread._asdict().items()}
            for name, spread in (
                ("ours", self.ours),
                ("theirs", self.theirs),
                ("figure", self.figure),
            )
        }
        scale = None if self.scale is None else self.scale._asdict()
        found = {**self._asdict(), **spreads, "target": target, "scale": scale}
        return {**found, "met": self.met}


def document(
    rows: Sequence[Row], machine: dict[str, Any], not_measured: Sequence[str], quick: bool
) -> dict[str, Any]:
    """Everything about a run, as JSON values."""
    return {
        "version": VERSION,
        "quick": quick,
        "machine": machine,
        "not_measured": list(not_measured),
        "rows": [row.as_json() for row in rows],
    }


def as_text(document: dict[str, Any]) -> str:
    """The document as JSON, a row a line, so that a difference is one of rows."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in document["rows"])
    rest = json.dumps({**document, "rows": []}, indent=1, ensure_ascii=False)
    return f"{rest.removesuffix('[]' + chr(10) + '}')}[\n{rows}\n]\n}}\n"


_HEADS = ("", "ours", "against", "theirs", "figure", "quartiles", "target", "")


def table(rows: Sequence[Row]) -> str:
    """The rows, group by group, as aligned text."""
    cells = [_cells(row) for row in rows]
    widths = [max(len(line[i]) for line in [_HEADS, *cells]) for i in range(len(_HEADS))]
    lines, group = [_aligned(_HEADS, widths)], None
    for row, line in zip(rows, cells, strict=True):
        if row.group != group:
            group = row.group
            lines += ["", group]
        lines.append(_aligned(line, widths))
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    target = row.target
    wanted = "" if target is None else f"≤ {target.at_most:g}{', all' if target.of_all else ''}"
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    figure, ours = row.figure, f"{number(row.ours.median)} {row.unit}"
    return (
        f"  {row.work}",
        ours,
        row.against or "",
        "" if row.theirs is None else f"{number(row.theirs.median)} {row.unit}",
        f"{number(figure.median)} {row.figure_unit}",
        f"{number(figure.low)} to {number(figure.high)}",
        wanted,
        verdict,
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    right = (1, 3, 4)
    padded = (
        cell.rjust(width) if i in right else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def number(value: float) -> str:
    """With two or three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2g}" if 0.0001 <= abs(value) < 0.1 else f"{value:.2f}"


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.6g}")
