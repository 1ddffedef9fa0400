"""The question which run to resume, for a person at a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click

from rckp.cli.run_table import CHOOSER_COLUMNS, explain_stale, table, terminal_width
from rckp.cli.runs import Run, group_runs, sort_runs
from rckp.display import escape, pluralise
from rckp.errors import SelectionError
from rckp.payload import parse, progress
from rckp.store.selection import CheckpointEntry, is_terminal, parse_choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from rckp.files.container import ObjectPath


class Chooser:
    """Asks at the terminal, again after a typing error. For `resolve_choice(…, choose=)`.

    The runs are grouped by identity. An answer is read as SEL-10 says.
    """

    def __init__(self, base: str) -> None:
        self.base = base

    def __call__(self, entries: Sequence[CheckpointEntry]) -> CheckpointEntry | None:
        """Return the chosen entry, or None for a new run.

        Raise `SelectionError` choice-needed if standard input or error is not a terminal, and
        invalid-index at the end of the input.
        """
        if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
            raise SelectionError("choice-needed", self.base, {"number": len(entries)})
        by_path: dict[Path | ObjectPath, CheckpointEntry] = {each.path: each for each in entries}
        runs = [
            Run(path, entry.record, 0, 0, progress(parse(entry.record)))
            for path, entry in by_path.items()
        ]
        groups = group_runs(sort_runs(runs))
        now = time.time_ns() // 1_000_000
        width = terminal_width(stderr=True)
        for line in table(groups, now, width=width, columns=CHOOSER_COLUMNS, numbered=True):
            click.echo(line, err=True)
        if text := explain_stale(groups, now):
            click.echo(text, err=True)
        offered = [by_path[run.path] for group in groups for run in group.runs]
        question = f"Resume which of the {pluralise(len(offered), 'run')}? (0: a new run) "
        while True:
            click.echo(question, nl=False, err=True)
            answer = sys.stdin.readline()
            try:
                return parse_choice(offered, self.base, answer)
            except SelectionError:
                if not answer.endswith("\n"):
                    click.echo(err=True)
                    raise
                shown = escape(answer.strip(), 20)
                click.echo(f'"{shown}" is not a number from 0 to {len(offered)}.', err=True)
