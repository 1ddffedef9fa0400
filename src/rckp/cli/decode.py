"""`rckp decode`."""

from __future__ import annotations

import json

import click

from rckp.cli import INVALID
from rckp.cli.common_options import layout_option
from rckp.cli.file_errors import FileError, Source, open_source
from rckp.cli.layout_hint import other_layout_hint
from rckp.errors import DecodeError
from rckp.format import layout as roles
from rckp.format.layouts import RELEASED, codec
from rckp.format.record_json import member_name, to_json, value_to_json
from rckp.validation.foreign import as_sentence
from rckp.validation.inspect import Inspection, inspect


@click.command(short_help="Print a checkpoint as JSON.")
@click.argument("path", metavar="FILE")
@click.option(
    "--partial",
    is_flag=True,
    help="For an invalid file, print the fields before the error.",
)
@layout_option("The layout of the file; next is the draft layout.")
@click.pass_context
def command(ctx: click.Context, path: str, partial: bool, layout: str) -> None:
    """Print the checkpoint FILE, or standard input for -, as JSON. FILE may be compressed, or
    a member of an archive (runs.tar.gz/a.ckpt).

    Fields are in the order of the layout. 64-bit integers are decimal strings, because JSON
    numbers may be rounded. The status is a name, and an absent string is null.

    With --partial the output is an object with the members "version", "complete",
    "record" (the complete fields), "partial_field" (the start of an incomplete string)
    and "error". If the file is invalid, the exit status is still 1.

    Payloads of the draft layout are bytes: they are hexadecimal text, in the members
    "step_state_payload_hex" and "seed_payload_hex".

    A file is loaded only if it is valid; with --partial, up to its error.

    \b
    Exit status: 0 if the file is valid, 1 if not, 2 if it cannot be read.
    """
    chosen = codec(layout)
    with open_source(path) as source:
        if partial:
            inspection = inspect(source.window(), chosen.layout, shown=None)
            source.check_unchanged()
            click.echo(json.dumps(as_json(inspection), indent=2))
            ctx.exit(INVALID if inspection.error else 0)
        try:
            record = source.record_of(chosen)
        except DecodeError as error:
            raise FileError(path, error, INVALID, _hint(source, error, layout)) from None
    click.echo(json.dumps(to_json(record, chosen.layout), indent=2))


def _hint(source: Source, error: DecodeError, layout: str) -> str:
    """What the file is instead, or what to do about the error."""
    if error.field == "magic":
        return as_sentence(source.read_at(4096, 0))
    if layout != RELEASED:
        return ""
    return other_layout_hint(source, "Add --layout next to decode it.")


def as_json(inspection: Inspection) -> dict[str, object]:
    """Return the contents of a file up to its error as a JSON object."""
    error = inspection.error
    values = inspection.partial_record()
    return {
        "version": 1,
        "complete": error is None,
        "record": {
            member_name(each.field): value_to_json(values[each.field.name])
            for each in inspection.fields
            if each.field.name in values
        },
        "partial_field": _partial_field(inspection),
        "error": None if error is None else error._asdict(),
    }


def _partial_field(inspection: Inspection) -> dict[str, object] | None:
    """Return the start of the incomplete string, or None if there is none."""
    last = inspection.fields[-1]
    has_content = any(part.role in (roles.CONTENT, roles.RAW) for part in last.parts)
    if last.complete or not has_content or not last.value:
        return None
    return {
        "field": last.field.name,
        "declared_length": last.size,
        "hex" if isinstance(last.value, bytes) else "text": value_to_json(last.value),
    }
