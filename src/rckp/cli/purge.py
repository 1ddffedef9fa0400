"""`rckp purge`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from rckp.cli import EXIT_ERROR, text_or_json
from rckp.cli.store_options import StoreCommandError, as_json, open_store
from rckp.display import escape, path_members, pluralise
from rckp.errors import PurgeIncomplete, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.store.checkpoint_store import CheckpointStore

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}  # seconds
_AT_REST = 60_000  # milliseconds; what was changed later may be being written (STORE-20)


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
@text_or_json("Output format. json is stable.")
@click.pass_context
def command(
    ctx: click.Context,
    base: str | None,
    age: int | None,
    truncated: bool,
    dry_run: bool,
    style: str,
) -> None:
    """Remove old checkpoints, or truncated files of killed programs.

    BASE is the directory with the checkpoints. The default is the directory of roma_lib.
    Nothing outside of it is changed, and no link is followed.

    --older-than compares the time at which a checkpoint was written, for any status: a run
    that has not saved for this time loses its checkpoint. --truncated removes truncated
    and empty files that have not been modified for a minute. Files with another error are
    kept, because they may belong to another program.

    \b
    Exit status: 0, or 2 if a file could not be read or removed.

    \b
    Examples:
      rckp purge --truncated --dry-run
      rckp purge --older-than 30d ./.roma/checkpoints
    """
    if age is None and not truncated:
        raise click.UsageError("Say what to remove: --older-than AGE, --truncated, or both.")
    store = open_store(base)
    removed: list[Path] = []

    def on_removal(path: Path) -> None:
        removed.append(path)
        if style == "text":
            click.echo(f"{'would remove' if dry_run else 'removed'} {escape(str(path))}")

    failures: list[StoreError] = []
    try:
        if age is not None:
            with _collecting(failures):
                store.purge_older_than_age(age, dry_run=dry_run, on_removal=on_removal)
        if truncated:
            with _collecting(failures):
                store.purge_truncated(
                    unchanged_for_ms=_AT_REST, dry_run=dry_run, on_removal=on_removal
                )
    except (StoreError, KeyboardInterrupt) as error:
        if removed:  # what is gone is reported, whatever ends the command
            _show(store, style, removed, failures, dry_run=dry_run)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise StoreCommandError(error) from None
    _show(store, style, removed, failures, dry_run=dry_run)
    if failures:
        ctx.exit(EXIT_ERROR)


def _show(
    store: CheckpointStore,
    style: str,
    removed: list[Path],
    failures: list[StoreError],
    *,
    dry_run: bool,
) -> None:
    """Print the removed files and the errors."""
    if style == "json":
        shown = {
            "version": 1,
            **path_members(store.base_dir, "base"),
            "dry_run": dry_run,
            "removed": [path_members(path) for path in removed],
            "errors": [as_json(Path(failure.path), failure) for failure in failures],
        }
        click.echo(json.dumps(shown, indent=1))
        return
    verb = "would be removed" if dry_run else "removed"
    click.echo(f"{pluralise(len(removed), 'file')} {verb} in {escape(str(store.base_dir))}")
    for failure in failures:
        click.echo(f"{click.style('not removed', fg='red')}: {failure}", err=True)


@contextmanager
def _collecting(failures: list[StoreError]) -> Iterator[None]:
    """Append the failures of a purge to a list, instead of raising `PurgeIncomplete`."""
    try:
        yield
    except PurgeIncomplete as error:
        failures += error.failures
