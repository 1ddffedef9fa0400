"""`rckp list`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from rckp.cli import EXIT_ERROR, text_or_json
from rckp.cli.store_options import Skipped, StoreCommandError, as_json, describe_skipped, open_store
from rckp.display import escape, format_duration, path_members, pluralise
from rckp.errors import DecodeError, StoreError
from rckp.format.identity import Identity
from rckp.store.checkpoint_store import ShortEntry
from rckp.store.selection import RESUMABLE, age, sort_key

_READ = 4096  # characters of each string that are read; the payload may be of any size
_SHOWN = 60  # characters of a payload, and of each string of an identity


@click.command(short_help="List the runs below a directory by identity.")
@click.argument("base", required=False)
@click.option("--resumable", is_flag=True, help="List only runs that can be resumed.")
@text_or_json("Output format. json is stable.")
@click.pass_context
def command(ctx: click.Context, base: str | None, resumable: bool, style: str) -> None:
    """List the runs below a directory, grouped by identity, oldest first.

    BASE is the directory with the checkpoints. The default is the directory of roma_lib:
    $ROMA_CHECKPOINT_DIR, otherwise the directory for state of the system (on Linux
    ~/.local/state/roma/checkpoints).

    For each run the list has its status, the time since its last save, its elapsed time,
    its run id, and the start of its payload. Files that are not valid checkpoints are
    counted at the end.

    \b
    Exit status: 0, or 2 if the directory or a file in it could not be read.

    \b
    Examples:
      rckp list
      rckp list --format json ./.roma/checkpoints
    """
    store = open_store(base)
    skipped: Skipped = []
    try:
        entries = [
            entry
            for entry in store.short_entries(
                _READ, on_error=lambda path, error: skipped.append((path, error))
            )
            if not resumable or entry.record.status in RESUMABLE
        ]
    except StoreError as error:
        raise StoreCommandError(error) from None
    groups: dict[Identity, list[ShortEntry]] = {}
    for entry in sorted(entries, key=sort_key):
        groups.setdefault(identity_of(entry), []).append(entry)
    groups = dict(sorted(groups.items()))
    if style == "json":
        click.echo(json.dumps(document(store.base_dir, groups, skipped), indent=1))
    else:
        show(store.base_dir, groups, skipped)
    if any(not isinstance(error, DecodeError) for _, error in skipped):
        ctx.exit(EXIT_ERROR)


def identity_of(entry: ShortEntry) -> Identity:
    """Return the identity in the strings of a record, even if the hashes differ."""
    return Identity(*(getattr(entry.record, field) for field in Identity._fields))


def document(
    base: Path, groups: dict[Identity, list[ShortEntry]], skipped: Skipped
) -> dict[str, object]:
    """All of it as an object; integers of 64 bits are decimal strings."""
    return {
        "version": 1,
        **path_members(base, "base"),
        "groups": [
            {
                "identity": identity._asdict(),
                "runs": [
                    {
                        **path_members(entry.path),
                        "run_id": entry.record.run_id,
                        "status": str(entry.record.status),
                        "resumable": entry.record.status in RESUMABLE,
                        "created_at_ms": str(entry.record.created_at_ms),
                        "elapsed_millis": str(entry.record.elapsed_millis),
                        "error_message": entry.record.error_message,
                        "step_state_payload_start": entry.record.step_state_payload[:_SHOWN],
                        "step_state_payload_length": entry.lengths["step_state_payload"],
                    }
                    for entry in entries
                ],
            }
            for identity, entries in groups.items()
        ],
        "errors": [as_json(path, error) for path, error in skipped],
    }


def show(base: Path, groups: dict[Identity, list[ShortEntry]], skipped: Skipped) -> None:
    """All of it for a person."""
    now = time.time_ns() // 1_000_000
    for identity, entries in groups.items():
        click.echo(click.style(title(identity), bold=True))
        for entry in entries:
            record = entry.record
            written = f"{age(now - record.created_at_ms)} ago"
            line = (
                f"  {record.status:<11} {written:>14}"
                f"  ran {format_duration(record.elapsed_millis)}  "
                f"{escape(record.run_id, 80)}"
            )
            colour = {"failed": "red", "completed": "green"}.get(record.status)
            click.echo(click.style(line, fg=colour) if colour else line)
            if record.error_message is not None:
                click.echo(f"    {escape(record.error_message, 2 * _SHOWN)}")
            click.echo(click.style(f"    {escape(record.step_state_payload, _SHOWN)}", dim=True))
        click.echo()
    runs = sum(map(len, groups.values()))
    click.echo(f"{pluralise(runs, 'run')} in {escape(str(base))}")
    if skipped:
        click.echo(describe_skipped(base, skipped))
        if any(error.code == "truncated" for _, error in skipped):
            purge = f"`rckp purge --truncated {escape(str(base))}`"
            click.echo(f"{purge} removes what killed programs left behind")


def title(identity: Identity) -> str:
    """What a group computes, in one line."""

    def part(name: str, parameters: str) -> str:
        text = escape(name, _SHOWN) or "(no name)"
        return f"{text} ({escape(parameters, _SHOWN)})" if parameters else text

    algorithm, algorithm_parameters, problem, problem_parameters = identity
    return f"{part(algorithm, algorithm_parameters)} on {part(problem, problem_parameters)}"
