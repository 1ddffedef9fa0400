"""`rckp convert`."""

from __future__ import annotations

import click

from rckp.cli import INVALID
from rckp.cli.file_errors import FileError, Source, open_source
from rckp.cli.output import NEW_OUTPUT, Output
from rckp.errors import ConversionError, DecodeError
from rckp.files.whole_file import validate_at
from rckp.format.layouts import NAMES, NEXT, RELEASED, TITLES, Codec, codec

MAX_SIZE = 32 << 20
"""Bytes: a longer file is rejected, because the payload takes up to 150 times as much memory."""


@click.command(short_help="Convert a checkpoint to another layout of roma_lib.")
@click.argument("path", metavar="FILE")
@click.option(
    "--to",
    "wanted",
    type=click.Choice(NAMES[::-1]),
    required=True,
    help="The layout to convert to: next is the draft layout.",
)
@click.option(
    "-o",
    "--output",
    type=NEW_OUTPUT,
    default="-",
    metavar="FILE",
    help="Output file, which must not exist. It is written completely or not at all.",
)
def command(path: str, wanted: str, output: Output) -> None:
    """Convert the checkpoint FILE, or standard input for -, to another layout.

    A run that the release 0.1.0 to 0.1.2 of roma_lib has saved can then be resumed by the
    next release, and the reverse. The draft layout can change until that release.

    Only HillClimbing and VNS can be converted: the payloads of the other algorithms are not
    known in both layouts. Nothing is written unless the result can be converted back to the
    same file. FILE is not changed, and no file is overwritten. Without --output the bytes go
    to standard output, which must not be a terminal. A file of more than 32 MiB is
    rejected.

    \b
    Exit status: 0 for success; 1 if FILE is not of the other layout, or cannot be
    converted without loss; 2 if it cannot be read or the output cannot be written.

    \b
    Example:
      rckp convert run.ckpt --to next -o converted/run.ckpt
    """
    output.refuse_terminal()
    from rckp.payload.convert import to_next, to_released  # slow to import

    given, made = codec(RELEASED if wanted == NEXT else NEXT), codec(wanted)
    with open_source(path) as source:
        try:
            record = source.record_of(given, MAX_SIZE)
            converted = to_next(record) if wanted == NEXT else to_released(record)
        except (DecodeError, ConversionError) as error:
            hint = f"It already has {TITLES[wanted]}." if _has_layout(source, made) else ""
            raise FileError(path, error, INVALID, hint) from None
        data = made.encode(converted)
    output.write(data)


def _has_layout(source: Source, wanted: Codec) -> bool:
    try:
        validate_at(source.read_at, size=source.size, layout=wanted.layout)
    except DecodeError:
        return False
    return True
