"""`rckp encode`."""

from __future__ import annotations

import json
import sys

import click

from rckp.cli import INVALID
from rckp.cli.output import OUTPUT, Output
from rckp.cli.source import Refused, read_source
from rckp.codec import encode
from rckp.errors import EncodeError
from rckp.json_record import from_json


@click.command(short_help="Make a checkpoint of a record in JSON.")
@click.argument("path", metavar="JSON", default="-")
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    default="-",
    metavar="FILE",
    help="Where to write it, whole or not at all.",
)
def command(path: str, output: Output) -> None:
    """Make a checkpoint of a record in JSON: a file, or - for standard input.

    JSON has the form that `rckp decode` writes. Nothing is written unless the whole
    record can be encoded. Without --output the bytes go to standard output, which must
    not be a terminal then.
    """
    if output.is_standard_output and sys.stdout.isatty():
        raise click.UsageError("a checkpoint is binary: name a file with --output")
    try:
        data = encode(from_json(_document(path)))
    except EncodeError as error:
        hint = "In JSON, integers are decimal strings." if error.code == "wrong-type" else ""
        raise Refused(path, error, INVALID, f"{error.action} {hint}".strip()) from None
    output.write(data)


def _document(path: str) -> dict[str, object]:
    raw = read_source(path)
    try:
        document = json.loads(raw, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Refused(path, f"no JSON: {str(error)[:200]}", INVALID) from None
    if not isinstance(document, dict):
        raise Refused(path, "a JSON object is wanted", INVALID)
    return document


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a member is there twice")
    return document
