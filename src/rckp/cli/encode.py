"""`rckp encode`."""

from __future__ import annotations

import os
import sys
import tempfile

import click

from rckp.cli import INVALID, TROUBLE
from rckp.cli.record_input import parse
from rckp.cli.source import Refused, open_forwards
from rckp.codec import encode
from rckp.errors import EncodeError
from rckp.json_record import from_json


@click.command(short_help="Make a checkpoint of a record in JSON.")
@click.argument("path", metavar="JSON", default="-")
@click.option("-o", "--output", metavar="FILE", help="Where to write it; replaced in one step.")
def command(path: str, output: str | None) -> None:
    """Make a checkpoint of a record in JSON: a file, or - for standard input.

    JSON has the form that `rckp decode` writes. Nothing is written unless the whole
    record can be encoded. Without --output the bytes go to standard output, which must
    not be a terminal then. A JSON text of more than 1 GiB is refused.

    \b
    Exit status: 0; 1 if JSON is not a record; 2 if it cannot be read or
    is too long, or if the output cannot be written.
    """
    if output is None and sys.stdout.isatty():
        raise click.UsageError("a checkpoint is binary: name a file with --output")
    with open_forwards(path) as read:
        document = parse(read, path)
    try:
        data = encode(from_json(document))
    except EncodeError as error:
        hint = "In JSON, integers are decimal strings." if error.code == "wrong-type" else ""
        raise Refused(path, error, INVALID, f"{error.action} {hint}".strip()) from None
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        _replace(output, data)


def _replace(output: str, data: bytes) -> None:
    """Puts the file in its place in one step, so that it is never there half."""
    folder = os.path.dirname(output) or "."
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".rckp-", delete=False) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, output)
    except OSError as error:
        if temporary is not None:
            os.unlink(temporary)
        raise Refused(output, f"cannot be written: {error.strerror}", TROUBLE) from None
