"""`rckp inspect`."""

from __future__ import annotations

import json
from typing import BinaryIO, NamedTuple, cast

import click

from rckp.cli import INVALID
from rckp.cli.common_options import layout_option, terminal_columns, text_or_json
from rckp.cli.file_errors import Source, open_source
from rckp.cli.hexview import rows
from rckp.cli.payload_text import describe, payload_as_json
from rckp.cli.report import other_layout_as_json, where
from rckp.display import cut, escape, humanise, pluralise
from rckp.format import layout as roles
from rckp.format.layouts import NEXT, RELEASED, codec
from rckp.format.record_json import value_to_json
from rckp.format.scan import ScanError
from rckp.payload import Payload, UnknownPayload, parse, parse_start
from rckp.payload.progress import MAX_PARSED
from rckp.validation.inspect import InspectedField, Inspection, inspect
from rckp.validation.validate import Report, validate

_AUTO = "auto"
_TITLES = {RELEASED: "", NEXT: " in the draft layout (next)"}


@click.command(short_help="Show the fields of a checkpoint and the location of its error.")
@click.argument("path", metavar="FILE")
@click.option("-x", "--hex", "with_hex", is_flag=True, help="Show the bytes of each part as well.")
@click.option("--full", is_flag=True, help="Do not truncate strings and bytes.")
@layout_option(
    "The layout to show the file in. auto is next, the draft layout, for an invalid file that is "
    "complete in it, and otherwise released.",
    _AUTO,
)
@text_or_json("Output format. json is stable.")
@click.pass_context
def command(
    ctx: click.Context, path: str, with_hex: bool, full: bool, layout: str, style: str
) -> None:
    """Show each field of a checkpoint with its byte range and its value.

    FILE is a file, a compressed file, a member of an archive (runs.tar.gz/a.ckpt), a URL
    (s3://, gs://, az://, https://), or - for standard input. An invalid file is shown up to its
    error, with the bytes around the error. Control characters in file contents are escaped.

    Valid means valid in the layout of the specification; with --layout next, complete in the
    draft layout.

    \b
    Exit status: 0 if the file is valid, 1 if not, 2 if it cannot be read.
    """
    with open_source(path) as source:
        shown = _shown(source, layout, None if full else 2000)
        payload = _payload(source, shown)
        if style == "json":
            click.echo(json.dumps(as_json(shown, source.size, payload)))
        else:
            _show(source, shown, payload, with_hex=with_hex, full=full)
        source.check_unchanged()
    ctx.exit(INVALID if shown.error else 0)


class Shown(NamedTuple):
    """The fields of a file in the layout `layout`.

    `error` is the error of the file: in the draft layout if that was asked for, else in the layout
    of the specification. `report` is what `validate` says, None if only the draft layout counts.
    """

    layout: str
    inspection: Inspection
    error: ScanError | None
    report: Report | None


def _shown(source: Source, wanted: str, limit: int | None) -> Shown:
    name = RELEASED if wanted == _AUTO else wanted
    inspection = inspect(source.window(), codec(name).layout, shown=limit)
    error = inspection.error
    if name == NEXT:
        return Shown(name, inspection, error, None)
    # What is not from a file is read again only as far as it was read before.
    source.seek(0)
    report = validate(cast("BinaryIO", source))
    other = report.other_layout
    in_next = other is not None and other.layout == NEXT and other.error is None
    if wanted == _AUTO and error is not None and in_next:
        name = NEXT
        inspection = inspect(source.window(), codec(name).layout, shown=limit)
    return Shown(name, inspection, error, report)


def _payload(source: Source, shown: Shown) -> Payload | UnknownPayload:
    """The payload; only its beginning if the file is invalid or large."""
    inspection = shown.inspection
    if inspection.error is None and (source.size or 0) <= MAX_PARSED:
        return parse(source.record_of(codec(shown.layout)))
    values = {each.field.name: each.value for each in inspection.fields}
    algorithm, payload = str(values.get("algorithm_name") or ""), values.get("step_state_payload")
    return parse_start(algorithm, payload if isinstance(payload, bytes) else str(payload or ""))


def _show(
    source: Source,
    shown: Shown,
    payload: Payload | UnknownPayload,
    *,
    with_hex: bool,
    full: bool,
) -> None:
    inspection, error = shown.inspection, shown.error
    verdict = click.style("invalid", fg="red") if error else click.style("valid", fg="green")
    if shown.layout == NEXT and shown.report is None:
        verdict += _TITLES[NEXT]
    elif shown.layout == NEXT:
        verdict += f", shown{_TITLES[NEXT]}, in which it is complete"
    size = source.size
    # Standard input is read only up to its error, because it may have no end.
    known = (
        f"the first {pluralise(source.bytes_read, 'byte')}"
        if size is None
        else pluralise(size, "byte")
    )
    click.echo(f"{escape(source.path)}: {known}, {verdict}\n")
    width = terminal_columns()
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
        click.echo(line if full else cut(line, width))
    if with_hex or inspection.error:
        click.echo()
        for line in rows(source, inspection, whole=full, around_error=not with_hex):
            click.echo(line)
    _show_findings(shown)


def _show_findings(shown: Shown) -> None:
    report = shown.report
    if report is None:
        return
    for found in report.findings:
        label = click.style(found.code, bold=True)
        click.echo(f"\n{label}: {where(found)}{escape(found.message)}")
        click.echo(click.formatting.wrap_text(escape(found.hint), 79, "  ", "  "))
    if report.other_layout is not None:
        sentence = f"It is {escape(report.other_layout.message)}."
        click.echo(f"\n{click.formatting.wrap_text(sentence, 79)}")


def _value(each: InspectedField, room: int | None) -> str:
    """Return the value of a field, in at most `room` columns if given."""
    role = each.field.parts[0].role
    if not each.complete and each.size is None:
        return click.style("(not readable)", fg="red")
    if role == roles.MAGIC:
        return "RCKP"
    if role == roles.END:
        return "(nothing follows)"
    if isinstance(each.value, bytes):
        return _bytes(each, each.value, room)
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


def _bytes(each: InspectedField, value: bytes, room: int | None) -> str:
    """Return bytes in hexadecimal, in at most `room` columns if given."""
    note = f"  ({pluralise(each.size or 0, 'byte')}{'' if each.complete else ' declared'})"
    size = len(value) if room is None else max(2, (room - len(note) - 1) // 3)
    more = "…" if each.cut or len(value) > size else ""
    return f"{value[:size].hex(' ')}{more}{note}".strip()


def _number(name: str, value: int | str, room: int | None) -> str:
    """Return a number, with its meaning if there is room."""
    if not isinstance(value, int):
        return value
    text = f"{value}  {humanise(name, value)}".rstrip()
    return text if room is None or len(text) <= room else str(value)


def as_json(shown: Shown, size: int | None, payload: Payload | UnknownPayload) -> dict[str, object]:
    """The inspection as an object. `size` is None if the end of the input was not reached."""
    inspection, error = shown.inspection, shown.error
    other = shown.report.other_layout if shown.report is not None else None
    return {
        "version": 1,
        "size": size,
        "valid": error is None,
        "layout": shown.layout,
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
        "error": None if error is None else error._asdict(),
        "other_layout": None if other is None else other_layout_as_json(other),
    }
