"""`rckp purge`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click

from rckp.cli import EXIT_ERROR
from rckp.cli.common_options import text_or_json
from rckp.cli.purge_selection import Purge
from rckp.cli.store_options import StoreCommandError, as_json, open_store
from rckp.display import escape, path_members, pluralise
from rckp.errors import StoreError
from rckp.store.selection import is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.store.checkpoint_store import CheckpointStore

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}  # seconds
_MAX_LISTED = 10  # files before the question


def _age(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """A duration such as 90s, 30m, 12h, 7d or 2w, in milliseconds."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})([smhdw])", value)
    if match is None:
        # A number without a unit could mean anything.
        raise click.BadParameter(f"{value!r} is not an age such as 90s, 30m, 12h, 7d or 2w.")
    return int(match[1]) * _UNITS[match[2]] * 1000


@click.command(short_help="Remove old checkpoints, or truncated files of killed programs.")
@click.argument("base", required=False)
@click.option(
    "--older-than",
    "age",
    callback=_age,
    metavar="AGE",
    help="Remove valid checkpoints that were written longer ago, for example 7d.",
)
@click.option("--truncated", is_flag=True, help="Remove truncated files, including empty ones.")
@click.option("--dry-run", is_flag=True, help="Print what would be removed, and remove nothing.")
@click.option("-y", "--yes", is_flag=True, help="Remove without asking.")
@text_or_json("Output format. json is stable.")
@click.pass_context
def command(
    ctx: click.Context,
    base: str | None,
    age: int | None,
    truncated: bool,
    dry_run: bool,
    yes: bool,
    style: str,
) -> None:
    """Remove old checkpoints, or truncated files of killed programs.

    BASE is the directory with the checkpoints. The default is the directory of roma_lib.
    Nothing outside of it is changed, and no link is followed. If standard input is a
    terminal, the command shows the files and asks first, unless --yes is given.

    --older-than compares the time at which a checkpoint was written, for any status: a run
    that has not saved for this time loses its checkpoint. --truncated removes truncated
    and empty files that have not been modified for a minute, and counts the others. Files
    with another error are kept, because they may belong to another program.

    \b
    Exit status: 0, or 2 if a file could not be read or removed.

    \b
    Examples:
      rckp purge --truncated --dry-run
      rckp purge --older-than 30d ./.roma/checkpoints
      rckp purge --yes --truncated --older-than 4w
    """
    if age is None and not truncated:
        raise click.UsageError("Say what to remove: --older-than AGE, --truncated, or both.")
    store = open_store(base)
    selected: Purge | None = None
    if not (dry_run or yes) and is_terminal(sys.stdin):
        selected = _run(Purge(store, age, truncated), style, dry_run=True, quiet=True)
        if selected.files and not _confirmed(store, selected):
            click.echo("nothing removed", err=True)
            for failure in selected.failures:
                click.echo(f"{click.style('not readable', fg='red')}: {failure}", err=True)
            if selected.failures:
                ctx.exit(EXIT_ERROR)
            return
    among = None if selected is None else selected.fingerprints
    purge = Purge(store, age, truncated, among=among)
    _run(purge, style, dry_run=dry_run)
    if purge.failures:
        ctx.exit(EXIT_ERROR)


def _run(purge: Purge, style: str, *, dry_run: bool, quiet: bool = False) -> Purge:
    """Purge, and show what was removed, whatever ends the command."""

    def on_removal(path: Path) -> None:
        if style == "text" and not quiet:
            click.echo(f"{'would remove' if dry_run else 'removed'} {escape(str(path))}")

    try:
        purge.run(dry_run=dry_run, on_removal=on_removal)
    except (StoreError, KeyboardInterrupt) as error:
        if purge.files and not quiet:  # what is gone is reported, whatever ends the command
            _show(purge, style, dry_run=dry_run)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise StoreCommandError(error) from None
    if not quiet:
        _show(purge, style, dry_run=dry_run)
    return purge


def _confirmed(store: CheckpointStore, selected: Purge) -> bool:
    """Whether the person at the terminal wants these files to be removed."""
    for path in selected.files[:_MAX_LISTED]:
        click.echo(f"  {escape(str(path))}", err=True)
    if len(selected.files) > _MAX_LISTED:
        click.echo(f"  … and {len(selected.files) - _MAX_LISTED:,} more", err=True)
    files = pluralise(len(selected.files), "file")
    question = f"Remove {files} in {escape(str(store.base_dir))}? [y/N] "
    click.echo(question, err=True, nl=False)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):  # the end of the input: no line feed was typed
        click.echo(err=True)
    return answer.strip().lower() in ("y", "yes")


def _show(purge: Purge, style: str, *, dry_run: bool) -> None:
    """Print the removed files and the errors."""
    base = purge.store.base_dir
    if style == "json":
        shown = {
            "version": 1,
            **path_members(base, "base"),
            "dry_run": dry_run,
            "removed": [path_members(path) for path in purge.files],
            "recent": [path_members(path) for path in purge.recent],
            "errors": [as_json(Path(failure.path), failure) for failure in purge.failures],
        }
        click.echo(json.dumps(shown, indent=1))
        return
    verb = "would be removed" if dry_run else "removed"
    click.echo(f"{pluralise(len(purge.files), 'file')} {verb} in {escape(str(base))}")
    if number := len(purge.recent):
        were = "was left: it was" if number == 1 else "were left: they were"
        left = f"{pluralise(number, 'truncated file')} {were} modified less than a minute ago"
        click.echo(left)
    for failure in purge.failures:
        click.echo(f"{click.style('not removed', fg='red')}: {failure}", err=True)
