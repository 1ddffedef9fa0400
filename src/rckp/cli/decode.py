"""`rckp decode`."""

from __future__ import annotations

import json

import click

from rckp.cli import INVALID
from rckp.cli.source import Refused, read_source
from rckp.codec import decode
from rckp.errors import DecodeError
from rckp.json_record import to_json, value_to_json
from rckp.read.foreign import describe
from rckp.read.inspect import Inspection, inspect
from rckp.read.scan import Window


@click.command(short_help="Write a checkpoint as JSON.")
@click.argument("path", metavar="FILE")
@click.option(
    "--partial",
    is_flag=True,
    help="Of a faulty file, write what can be read before the fault.",
)
@click.pass_context
def command(ctx: click.Context, path: str, partial: bool) -> None:
    """Write a checkpoint as JSON: FILE, or - for standard input.

    Fields come in the order of the layout, 64-bit integers as decimal strings (a JSON
    number would be rounded), the status by name, an absent string as null.

    With --partial the answer is an object with the members "complete", "record" (the
    fields that are whole), "broken" (the beginning of the string that is not) and
    "fault". The exit status is 1 all the same if the file is faulty.
    """
    data = read_source(path)
    if partial:
        inspection = inspect(Window.over(data), shown=None)
        click.echo(json.dumps(as_json(inspection), indent=2))
        ctx.exit(INVALID if inspection.fault else 0)
    try:
        record = decode(data)
    except DecodeError as error:
        foreign = describe(data[:4096]) if error.field == "magic" else None
        hint = f"{foreign[0].upper()}{foreign[1:]}." if foreign else ""
        raise Refused(path, error, INVALID, hint) from None
    click.echo(json.dumps(to_json(record), indent=2))


def as_json(inspection: Inspection) -> dict[str, object]:
    """What could be read of a file, and why no more."""
    fault = inspection.fault
    values = inspection.partial_record()
    document: dict[str, object] = {
        "complete": fault is None,
        "record": {name: value_to_json(value) for name, value in values.items()},
    }
    if fault is None:
        return document
    last = inspection.fields[-1]
    if isinstance(last.value, str) and last.value and not last.complete:
        document["broken"] = {
            "field": last.field.name,
            "declared": str(last.size),
            "text": last.value,
        }
    document["fault"] = {
        "code": fault.code,
        "field": fault.field,
        "offset": str(fault.offset),
        "wanted": None if fault.wanted is None else str(fault.wanted),
        "available": None if fault.available is None else str(fault.available),
    }
    return document
