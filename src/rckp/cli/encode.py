"""`rckp encode`."""

from __future__ import annotations

import click

from rckp.cli import INVALID
from rckp.cli.common_options import layout_option
from rckp.cli.file_errors import FileError, open_forwards
from rckp.cli.output import OUTPUT, Output
from rckp.cli.record_input import parse
from rckp.errors import EncodeError
from rckp.format.layouts import codec
from rckp.format.record_json import values_from_json


@click.command(short_help="Convert a record in JSON to a checkpoint.")
@click.argument("path", metavar="JSON", default="-")
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    default="-",
    metavar="FILE",
    help="Output file. It is written completely or not at all.",
)
@layout_option("The layout of the checkpoint; next is the draft layout.")
def command(path: str, output: Output, layout: str) -> None:
    """Convert the record in the file JSON, or in standard input for -, to a checkpoint.

    JSON has the form that `rckp decode` prints with the same --layout. Nothing is written
    unless the whole record can be encoded. Without --output the bytes go to standard output,
    which must not be a terminal. A JSON text of more than 1 GiB is rejected.

    \b
    Exit status: 0 for success; 1 if JSON is not a record; 2 if it cannot be
    read or is too long, or if the output cannot be written.
    """
    output.refuse_terminal()
    with open_forwards(path) as read:
        document = parse(read, path)
    chosen = codec(layout)
    try:
        data = chosen.encode(chosen.record(*values_from_json(document, chosen.layout)))
    except EncodeError as error:
        hint = "In JSON, integers are decimal strings." if error.code == "wrong-type" else ""
        raise FileError(path, error, INVALID, f"{error.action} {hint}".strip()) from None
    output.write(data)
