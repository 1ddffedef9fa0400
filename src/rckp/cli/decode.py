"""`rckp decode`."""

from __future__ import annotations

import json

import click

from rckp.cli import INVALID
from rckp.cli.file_errors import FileError, open_source
from rckp.errors import DecodeError
from rckp.format import layout as roles
from rckp.format.record_json import to_json, value_to_json
from rckp.validation.foreign import describe
from rckp.validation.inspect import Inspection, inspect


@click.command(short_help="Write a checkpoint as JSON.")
@click.argument("path", metavar="FILE")
@click.option(
    "--partial",
    is_flag=True,
    help="Of an invalid file, write what can be read before the fault.",
)
@click.pass_context
def command(ctx: click.Context, path: str, partial: bool) -> None:
    """Write a checkpoint as JSON: FILE, or - for standard input.

    Fields come in the order of the layout, 64-bit integers as decimal strings (a JSON
    number would be rounded), the status by name, an absent string as null.

    With --partial the output is an object with the members "version", "complete",
    "record" (the fields that are whole), "partial_field" (the beginning of the string that
    is not) and "error". The exit status is 1 all the same if the file is invalid.

    A file is loaded only if it is valid; with --partial, as far as it can be read.

    \b
    Exit status: 0 if the file is valid, 1 if not, 2 if it cannot be read.
    """
    with open_source(path) as source:
        if partial:
            inspection = inspect(source.window(), shown=None)
            source.check_unchanged()
            click.echo(json.dumps(as_json(inspection), indent=2))
            ctx.exit(INVALID if inspection.fault else 0)
        try:
            record = source.record()
        except DecodeError as error:
            foreign = describe(source.read_at(4096, 0)) if error.field == "magic" else None
            hint = f"{foreign[0].upper()}{foreign[1:]}." if foreign else ""
            raise FileError(path, error, INVALID, hint) from None
    click.echo(json.dumps(to_json(record), indent=2))


def as_json(inspection: Inspection) -> dict[str, object]:
    """What could be read of a file, and why no more."""
    fault = inspection.fault
    values = inspection.partial_record()
    return {
        "version": 1,
        "complete": fault is None,
        "record": {name: value_to_json(value) for name, value in values.items()},
        "partial_field": _partial_field(inspection),
        "error": None if fault is None else fault._asdict(),
    }


def _partial_field(inspection: Inspection) -> dict[str, object] | None:
    """The beginning of the string that is not whole, if there is one."""
    last = inspection.fields[-1]
    has_content = any(part.role == roles.CONTENT for part in last.parts)
    if last.complete or not has_content or not last.value:
        return None
    return {
        "field": last.field.name,
        "declared_length": last.size,
        "text": last.value,
    }
