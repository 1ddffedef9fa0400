"""`rckp inspect`."""

from __future__ import annotations

import json
import shutil
from typing import BinaryIO, cast

import click

from rckp.cli import INVALID, text_or_json
from rckp.cli.file_errors import Source, open_source
from rckp.cli.hexview import rows
from rckp.cli.payload_text import MAX_PARSED, describe, payload_as_json
from rckp.cli.report import where
from rckp.display import escape, humanise, pluralise
from rckp.format import layout as roles
from rckp.format.record_json import value_to_json
from rckp.payload import Payload, UnknownPayload, parse, parse_start
from rckp.validation.inspect import InspectedField, Inspection, inspect
from rckp.validation.validate import validate


@click.command(short_help="Show the fields of a checkpoint and the location of its error.")
@click.argument("path", metavar="FILE")
@click.option("-x", "--hex", "with_hex", is_flag=True, help="Show the bytes of each part as well.")
@click.option("--full", is_flag=True, help="Do not truncate strings and bytes.")
@text_or_json("Output format. json is stable.")
@click.pass_context
def command(ctx: click.Context, path: str, with_hex: bool, full: bool, style: str) -> None:
    """Show each field of a checkpoint with its byte range and its value.

    FILE is a file, or - for standard input. An invalid file is shown up to its error, with
    the bytes around the error. Control characters in file contents are escaped.

    \b
    Exit status: 0 if the file is valid, 1 if not, 2 if it cannot be read.
    """
    with open_source(path) as source:
        inspection = inspect(source.window(), shown=None if full else 2000)
        payload = _payload(source, inspection)
        if style == "json":
            click.echo(json.dumps(as_json(inspection, source.size, payload)))
        else:
            _show(source, inspection, payload, with_hex=with_hex, full=full)
        source.check_unchanged()
    ctx.exit(INVALID if inspection.fault else 0)


def _payload(source: Source, inspection: Inspection) -> Payload | UnknownPayload:
    """The payload; only its beginning if the file is invalid or large."""
    if inspection.fault is None and (source.size or 0) <= MAX_PARSED:
        return parse(source.record())
    texts = {each.field.name: str(each.value or "") for each in inspection.fields}
    beginning = texts.get("step_state_payload", "")
    return parse_start(texts.get("algorithm_name", ""), beginning)


def _show(
    source: Source,
    inspection: Inspection,
    payload: Payload | UnknownPayload,
    *,
    with_hex: bool,
    full: bool,
) -> None:
    fault = inspection.fault
    verdict = click.style("invalid", fg="red") if fault else click.style("valid", fg="green")
    size = source.size
    # Standard input is read only up to its error, because it may have no end.
    known = (
        f"the first {pluralise(source.bytes_read, 'byte')}"
        if size is None
        else pluralise(size, "byte")
    )
    click.echo(f"{escape(source.path)}: {known}, {verdict}\n")
    width = max(60, shutil.get_terminal_size((80, 24)).columns)
    ranges = [f"{each.start}..{each.stop}" for each in inspection.fields]
    first = max((len(text) for text in ranges), default=0)
    second = max(len(each.field.name) for each in inspection.fields)
    for text, each in zip(ranges, inspection.fields, strict=True):
        room = width - first - second - 4
        value = _value(each, None if full else max(20, room))
        name = click.style(f"{each.field.name:{second}}", bold=True)
        click.echo(f"{text:>{first}}  {name}  {value}")
    lines = list(describe(payload))
    if lines:
        click.echo()
    for line in lines:
        click.echo(line if full or len(line) <= width else f"{line[: width - 1]}…")
    source.seek(0)
    findings = validate(cast("BinaryIO", source)).findings
    if with_hex or fault:
        click.echo()
        for line in rows(source, inspection, whole=full, around_fault=not with_hex):
            click.echo(line)
    for found in findings:
        label = click.style(found.code, bold=True)
        click.echo(f"\n{label}: {where(found)}{escape(found.message)}")
        click.echo(click.formatting.wrap_text(escape(found.hint), 79, "  ", "  "))


def _value(each: InspectedField, room: int | None) -> str:
    """Return the value of a field, in at most `room` columns if given."""
    role = each.field.parts[0].role
    if not each.complete and each.size is None:
        return click.style("(not readable)", fg="red")
    if role == roles.MAGIC:
        return "RCKP"
    if role == roles.END:
        return "(nothing follows)"
    if each.size is None:
        if each.value is None:
            return "absent"
        return _number(each.field.name, each.value, room)
    text = str(each.value)
    note = "" if each.complete else f" (breaks off: {pluralise(each.size, 'byte')} declared)"
    if room is not None:
        limit = max(8, room - 2 - len(note))
        shown = escape(text)
        if len(shown) > limit or each.cut:
            note = note or f" ({pluralise(each.size, 'byte')})"
            shown = f"{shown[: max(8, room - 3 - len(note))]}…"
    else:
        shown = escape(text)
    return f'"{shown}"{note}'


def _number(name: str, value: int | str, room: int | None) -> str:
    """A number, with what it says to a person if there is room for that."""
    if not isinstance(value, int):
        return value
    text = f"{value}  {humanise(name, value)}".rstrip()
    return text if room is None or len(text) <= room else str(value)


def as_json(
    inspection: Inspection, size: int | None, payload: Payload | UnknownPayload
) -> dict[str, object]:
    """The inspection as an object. `size` is None if the end of the input was not reached."""
    fault = inspection.fault
    return {
        "version": 1,
        "size": size,
        "valid": fault is None,
        "fields": [
            {
                "number": each.field.number,
                "name": each.field.name,
                "type": each.field.type,
                "start": each.start,
                "stop": each.stop,
                "complete": each.complete,
                "value": value_to_json(each.value),
                "declared_length": each.size,
                "cut": each.cut,
                "parts": [part._asdict() for part in each.parts],
            }
            for each in inspection.fields
        ],
        "progress": payload_as_json(payload),
        "error": None if fault is None else fault._asdict(),
    }
