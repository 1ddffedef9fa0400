"""`rckp list`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import click

from rckp.cli import EXIT_ERROR
from rckp.cli.output import OUTPUT, Output
from rckp.cli.run_output import as_csv, document
from rckp.cli.run_table import explain_stale, table, terminal_width
from rckp.cli.runs import SORT_KEYS, Filter, Group, Run, find_runs, group_runs, sort_runs
from rckp.cli.store_options import Skipped, StoreCommandError, describe_skipped, open_store
from rckp.display import escape, pluralise
from rckp.errors import DecodeError, PathError
from rckp.files.container import (
    Container,
    ObjectPath,
    is_url,
    local_path,
    packed_at,
    path_of,
    shown_path,
)
from rckp.format.record import CheckpointRunStatus


@click.command(short_help="List the runs below a directory, with their progress.")
@click.argument("base", required=False)
@click.option("--resumable", is_flag=True, help="List only runs that can be resumed.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([str(each) for each in CheckpointRunStatus]),
    help="List only runs with this status. Repeatable.",
)
@click.option("--algorithm", metavar="PATTERN", help="List only runs of these algorithms.")
@click.option("--problem", metavar="PATTERN", help="List only runs on these problems.")
@click.option(
    "--sort",
    "key",
    type=click.Choice(list(SORT_KEYS)),
    default="started",
    show_default=True,
    help="What the runs are sorted by; the last one has the most.",
)
@click.option("-r", "--reverse", is_flag=True, help="Reverse the order.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "csv", "parquet"]),
    default="text",
    show_default=True,
    help="Output format. json, csv and parquet are stable.",
)
@click.option(
    *("-o", "--output"),
    type=OUTPUT,
    metavar="FILE",
    help="Write FILE instead of standard output; not with --format text.",
)
@click.option(
    *("-j", "--jobs"),
    type=click.IntRange(min=0),
    metavar="N",
    help="With --format parquet, use up to N processes; 0 means one per processor.",
)
@click.pass_context
def command(
    ctx: click.Context,
    base: str | None,
    resumable: bool,
    statuses: tuple[str, ...],
    algorithm: str | None,
    problem: str | None,
    key: str,
    reverse: bool,
    style: str,
    output: Output | None,
    jobs: int | None,
) -> None:
    """List the runs below a directory, grouped by identity.

    BASE is the directory with the checkpoints, an archive (.tar, compressed or not, or
    .zip), or the URL of a bucket or an archive (s3://, gs://, az://, https://). Of an object
    in a bucket, little more than the first 4 KiB is read; `rckp validate` reads it as a whole.
    The default is the directory of roma_lib:
    $ROMA_CHECKPOINT_DIR, otherwise the directory for state of the system (on Linux
    ~/.local/state/roma/checkpoints).

    With --format parquet, the result is a table with a row for each file, valid or not, for
    pandas, DuckDB and other tools. BASE can then also be a file. Every file is read as a whole.

    The list has the progress of each run as far as the payload says it: iterations,
    evaluations and the quality of the best solution; the elapsed time, the size of the
    file, and the time since the last save. A run with the status `running?` was not saved
    for an hour: it may no longer be running. Files that are not valid checkpoints are
    counted at the end.

    PATTERN is a name, in which *, ? and [] mean the same as in a shell; case does not
    matter. The runs
    are sorted within their group, and with --sort also the groups, by their last runs.

    \b
    Exit status: 0, or 2 if the directory or a file in it could not be read.

    \b
    Examples:
      rckp list
      rckp list --sort best --algorithm 'Hill*' --problem '*cities*'
      rckp list --format csv ./.roma/checkpoints > runs.csv
      rckp list --format parquet -j 0 -o runs.parquet /scratch/all-my-runs
    """
    skipped: Skipped = []
    wanted = Filter(algorithm, problem, statuses, resumable)
    if style == "parquet":
        from rckp.cli.list_table import write_table  # takes another package

        if key != "started" or reverse:
            raise click.UsageError("--sort and --reverse exclude --format parquet: sort the table.")
        ctx.exit(write_table(base, wanted, output or Output("-"), 1 if jobs is None else jobs))
    if jobs is not None:
        raise click.UsageError("--jobs needs --format parquet.")
    if output is not None and style == "text":
        raise click.UsageError("--output needs --format json, csv or parquet.")
    try:
        place, found = _runs(None if base is None else local_path(base), wanted, skipped)
    except PathError as error:
        raise StoreCommandError(error) from None
    runs = sort_runs(found, key, reverse=reverse)
    groups = group_runs(runs, by_identity=key == "started" and not reverse)
    now = time.time_ns() // 1_000_000
    if style == "json":
        _print(f"{json.dumps(document(place, groups, skipped, now), indent=1)}\n", output)
    elif style == "csv":
        escaped = (output is None or output.is_standard_output) and sys.stdout.isatty()
        _print(as_csv(groups, now, escaped=escaped), output)
    else:
        _show(place, groups, skipped, now)
    if any(not isinstance(error, DecodeError) for _, error in skipped):
        ctx.exit(EXIT_ERROR)


def _print(text: str, output: Output | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write(text.encode())


def _runs(
    base: str | None, wanted: Filter, skipped: Skipped
) -> tuple[Path | ObjectPath, list[Run]]:
    """The place that is shown, and the runs in it. Raise `PathError`."""
    is_remote = base is not None and is_url(base)
    path = base if base is None or is_remote else os.path.abspath(base)
    packed = packed_at(path) if path else None
    if isinstance(packed, Container) and packed.archive:
        from rckp.cli.archived_runs import find_archived_runs  # most bases are directories

        return path_of(packed.path), find_archived_runs(packed, wanted, skipped)
    if base is not None and is_remote:
        from rckp.cli.remote_runs import find_remote_runs  # few bases are

        return ObjectPath(shown_path(base)), find_remote_runs(base, wanted, skipped)
    store = open_store(base)
    return store.base_dir, find_runs(store, wanted, skipped)


def _show(base: Path | ObjectPath, groups: list[Group], skipped: Skipped, now: int) -> None:
    """All of it for a person."""
    if groups:
        for line in table(groups, now, width=terminal_width()):
            click.echo(line)
        click.echo()
    number = sum(len(group.runs) for group in groups)
    click.echo(f"{pluralise(number, 'run')} in {escape(str(base))}")
    if text := explain_stale(groups, now):
        click.echo(text)
    if skipped:
        click.echo(describe_skipped(base, skipped))
        if os.path.isdir(base) and any(error.code == "truncated" for _, error in skipped):
            purge = f"`rckp purge --truncated {escape(str(base))}`"
            click.echo(f"{purge} removes what killed programs left behind")
