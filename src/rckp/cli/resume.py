"""`rckp resume`."""

from __future__ import annotations

import json
import os
import sys

import click

from rckp.cli import EXIT_ERROR, INVALID
from rckp.cli.chooser import Chooser
from rckp.cli.common_options import text_or_json
from rckp.cli.file_errors import FileError, open_source
from rckp.cli.store_options import StoreCommandError, describe_skipped, open_store
from rckp.display import escape, path_members
from rckp.errors import DecodeError, SelectionError, StoreError
from rckp.format.identity import Identity
from rckp.format.record_json import to_json
from rckp.store.selection import RULES, NamedRun, resolve_choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.store_options import Skipped
    from rckp.store.selection import Choose


@click.command(short_help="Choose a run to resume, and print the path of its checkpoint.")
@click.argument("base", required=False)
@click.option("--like", metavar="FILE", help="Select runs with the identity of this checkpoint.")
@click.option("--algorithm", metavar="NAME", help="Select runs of this algorithm …")
@click.option("--algorithm-parameters", metavar="TEXT", default="", help="… with these parameters")
@click.option("--problem", metavar="TEXT", help="… on this problem …")
@click.option("--problem-parameters", metavar="TEXT", default="", help="… with these parameters.")
@click.option("--latest", is_flag=True, help="Choose the run that was started last.")
@click.option("--latest-saved", is_flag=True, help="Choose the run that was saved last.")
@click.option("--most-advanced", is_flag=True, help="Choose the run with the most iterations.")
@click.option("--run-id", metavar="ID", help="Choose this run without a prompt.")
@text_or_json("Print the path, or the path and the whole record as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    base: str | None,
    like: str | None,
    algorithm: str | None,
    algorithm_parameters: str,
    problem: str | None,
    problem_parameters: str,
    latest: bool,
    latest_saved: bool,
    most_advanced: bool,
    run_id: str | None,
    style: str,
) -> None:
    """Choose a run to resume, and print the path of its checkpoint.

    BASE is the directory with the checkpoints. The default is the directory of roma_lib.
    Runs with the status running, failed or interrupted can be resumed. If there are
    several, the command prompts on standard error, so that standard output has only the
    path. Four options choose without a prompt: --latest, --latest-saved, --most-advanced
    and --run-id. A run that was started last can have done less than one that was started
    before it and was saved a minute ago. On a terminal the path is escaped; a pipe or a
    file gets the exact bytes.

    \b
    Exit status: 0 a run was chosen; 1 there is none, or you chose a new
    run; 2 the choice failed.

    \b
    Examples:
      rckp resume --most-advanced
      rckp resume --like old.ckpt
      my-program --from "$(rckp resume --algorithm HC --problem TSP)"
    """
    rules = {"latest": latest, "latest-saved": latest_saved, "most-advanced": most_advanced}
    given = [name for name, wanted in rules.items() if wanted]
    if len(given) + (run_id is not None) > 1:
        options = [f"--{name}" for name in (*given, *(["run-id"] if run_id is not None else []))]
        raise click.UsageError(f"{' and '.join(options)} exclude one another.")
    identity = _identity(like, algorithm, algorithm_parameters, problem, problem_parameters)
    store = open_store(base)
    where = str(store.base_dir)
    choose: Choose = RULES[given[0]] if given else Chooser(where)
    skipped: Skipped = []
    if run_id is not None:
        choose = NamedRun(run_id, where)
    try:
        entries = store.list_for_selection(
            identity, on_error=lambda path, error: skipped.append((path, error))
        )
        entry = resolve_choice(entries, where, choose)
    except (StoreError, SelectionError) as error:
        raise StoreCommandError(error) from None
    if entry is None:
        click.echo("a new run" if entries else "nothing to resume", err=True)
        if skipped:
            click.echo(describe_skipped(store.base_dir, skipped), err=True)
        ctx.exit(INVALID)
    elif style == "json":
        shown = {"version": 1, **path_members(entry.path), "record": to_json(entry.record)}
        click.echo(json.dumps(shown, indent=1))
    elif sys.stdout.isatty():
        click.echo(escape(str(entry.path)))
    else:
        click.echo(os.fsencode(entry.path))  # exact, for other programs


def _identity(
    like: str | None,
    algorithm: str | None,
    algorithm_parameters: str,
    problem: str | None,
    problem_parameters: str,
) -> Identity | None:
    """The identity asked for; None for all."""
    if like is not None:
        if algorithm is not None or problem is not None:
            raise click.UsageError("--like excludes --algorithm and --problem.")
        try:
            with open_source(like) as source:
                record = source.record()
        except DecodeError as error:
            raise FileError(like, error, EXIT_ERROR) from None
        return Identity(*(getattr(record, field) for field in Identity._fields))
    if (algorithm is None) != (problem is None):
        raise click.UsageError("--algorithm and --problem go together.")
    if algorithm is None or problem is None:
        if algorithm_parameters or problem_parameters:
            raise click.UsageError("Parameters need --algorithm and --problem.")
        return None
    return Identity(algorithm, algorithm_parameters, problem, problem_parameters)
