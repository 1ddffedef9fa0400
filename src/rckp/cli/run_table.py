"""A table of runs for people: the columns, fitted to a terminal."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import click

from rckp.cli.common_options import terminal_columns
from rckp.cli.runs import PAYLOAD_SHOWN, STALE_AFTER, Group, Run
from rckp.display import cut, escape, format_size
from rckp.format.identity import Identity
from rckp.format.layouts import RELEASED
from rckp.store.selection import age

_SHOWN = 60  # characters of each string of an identity
_COLOURS = {"failed": "red", "completed": "green", "running?": "yellow"}
_UNKNOWN = "-"
_MAX_WIDTH = 10_000  # of a line that goes to a file or a program


class Column(NamedTuple):
    """A column: its heading, and the text of a run at a time in ms."""

    heading: str
    text: Callable[[Run, int], str]
    left: bool = False  # aligned


def _status(run: Run, now: int) -> str:
    return f"{run.record.status}?" if run.is_stale(now) else str(run.record.status)


def _best(run: Run, _now: int) -> str:
    value = run.progress.best_value
    if value is not None and math.isfinite(value):
        return f"{value:.6g}"
    return escape(run.progress.best_quality or _UNKNOWN, 12)


def _saved(ms: int) -> str:
    return f"{age(ms)} ago" if ms >= 0 else "in the future"


def _grouped(number: int | None) -> str:
    return _UNKNOWN if number is None else f"{number:,}"


def format_elapsed(ms: int) -> str:
    """A duration, short ones with fractions: `0.012 s`, `59.3 s`, `12 min 05 s`, `27 h 12 min`."""
    if ms < 10_000:
        return f"{ms / 1000:.3f} s"
    if ms < 60_000:
        return f"{ms // 100 / 10:.1f} s"
    minutes = ms // 60_000
    if minutes < 60:
        return f"{minutes} min {ms // 1000 % 60:02} s"
    return f"{minutes // 60:,} h {minutes % 60:02} min"


COLUMNS = (
    Column("STATUS", _status, left=True),
    Column("ITERATION", lambda run, _now: _grouped(run.progress.iteration)),
    Column("EVALUATIONS", lambda run, _now: _grouped(run.progress.evaluations)),
    Column("BEST", _best),
    Column("ELAPSED", lambda run, _now: format_elapsed(run.record.elapsed_millis)),
    Column("SIZE", lambda run, _now: format_size(run.size)),
    Column("SAVED", lambda run, now: _saved(now - run.record.created_at_ms), left=True),
)
# What a person needs to choose a run; the numbers of the answers stand before them.
CHOOSER_COLUMNS = tuple(column for column in COLUMNS if column.heading != "SIZE")
_DISPENSABLE = ("SIZE", "EVALUATIONS", "ELAPSED")  # are left out on a narrow terminal
_RUN_ID = "RUN ID"


def table(
    groups: Sequence[Group],
    now: int,
    *,
    width: int,
    columns: Sequence[Column] = COLUMNS,
    numbered: bool = False,
) -> Iterator[str]:
    """The lines of a table, each with the colours of a terminal.

    A group has a line with its identity, and one for each run. The run id has a line of its own if
    it does not fit into `width` columns; the same holds for an error message, and for the start of
    a payload whose progress is not known. If the rest does not fit either, columns are left out.
    With `numbered`, the runs are counted from 1.
    """
    runs = [run for group in groups for run in group.runs]
    cells = [[each.heading, *(each.text(run, now) for run in runs)] for each in columns]
    lefts = [each.left for each in columns]
    if numbered:
        cells.insert(0, ["#", *map(str, range(1, len(runs) + 1))])
        lefts.insert(0, False)
    for heading in _DISPENSABLE:
        at = next((at for at, each in enumerate(cells) if each[0] == heading), None)
        if at is not None and _width(cells) > width:
            del cells[at], lefts[at]
    widths = [max(map(len, column)) for column in cells]
    headings, *rows = zip(*cells, strict=True)
    ids = [escape(run.record.run_id, 80) for run in runs]
    fits = _width(cells) + 2 + max(map(len, [*ids, _RUN_ID])) <= width

    def line(cells: Sequence[str]) -> str:
        aligned = (
            cell.ljust(size) if left else cell.rjust(size)
            for cell, size, left in zip(cells, widths, lefts, strict=True)
        )
        return "  " + "  ".join(aligned)

    yield click.style(f"{line(headings)}{f'  {_RUN_ID}' if fits else ''}".rstrip(), dim=True)
    remaining = zip(rows, ids, strict=True)
    for group in groups:
        note = "" if group.layout == RELEASED else " (draft layout)"
        shown = cut(title(group.identity), width - len(note)) + note
        yield click.style(shown, bold=True)
        for run in group.runs:
            row, run_id = next(remaining)
            text = f"{line(row)}  {run_id}" if fits else line(row).rstrip()
            colour = _COLOURS.get(_status(run, now))
            yield click.style(text, fg=colour) if colour else text
            if not fits:
                yield f"    {run_id}"
            if run.record.error_message is not None:
                yield f"    {cut(escape(run.record.error_message, 2 * _SHOWN), width - 4)}"
            if run.progress.iteration is None and group.layout == RELEASED:
                payload = escape(run.record.step_state_payload, PAYLOAD_SHOWN)
                yield click.style(f"    {cut(payload, width - 4)}", dim=True)


def _width(cells: Sequence[Sequence[str]]) -> int:
    """The width of a line, without the run id."""
    return sum(2 + max(map(len, column)) for column in cells)


def title(identity: Identity) -> str:
    """Return a line with the algorithm and the problem of a group."""

    def part(name: str, parameters: str) -> str:
        text = escape(name, _SHOWN) or "(no name)"
        return f"{text} ({escape(parameters, _SHOWN)})" if parameters else text

    algorithm, algorithm_parameters, problem, problem_parameters = identity
    return f"{part(algorithm, algorithm_parameters)} on {part(problem, problem_parameters)}"


def explain_stale(groups: Sequence[Group], now: int) -> str | None:
    """What `running?` means, if a run has this status."""
    if not any(run.is_stale(now) for group in groups for run in group.runs):
        return None
    return f"running?: nothing was saved for more than {age(STALE_AFTER).removesuffix(' 0 min')}"


def terminal_width(*, stderr: bool = False) -> int:
    """The width of the terminal; without limit if the output goes elsewhere."""
    stream = sys.stderr if stderr else sys.stdout
    if not stream.isatty() and "COLUMNS" not in os.environ:
        return _MAX_WIDTH
    return terminal_columns(40)
