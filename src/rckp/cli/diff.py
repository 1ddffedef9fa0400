"""`rckp diff`."""

from __future__ import annotations

import json

import click

from rckp.cli import INVALID
from rckp.cli.common_options import terminal_columns, text_or_json
from rckp.cli.diff_text import as_json, describe
from rckp.cli.file_errors import FileError, open_source
from rckp.cli.record_difference import compare_sources
from rckp.files.whole_file import scan_decode_error

_JSON_WIDTH = 400  # bytes of a string


@click.command(short_help="Compare two checkpoints field by field.")
@click.argument("path_a", metavar="A")
@click.argument("path_b", metavar="B")
@click.option("-q", "--quiet", is_flag=True, help="Print no differences; only exit with 0 or 1.")
@click.option("--exact", is_flag=True, help="Compare payloads as text as well: 0.50 is not 0.5.")
@click.option(
    "--values",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show the first N values of a key of the payload that differ.",
)
@text_or_json("Output format. json is stable.")
@click.pass_context
def command(
    ctx: click.Context,
    path_a: str,
    path_b: str,
    quiet: bool,
    exact: bool,
    values: int,
    style: str,
) -> None:
    """Compare the checkpoints A and B field by field.

    A or B can be - for standard input. The payload is compared by key, and numbers by
    their value: 0.50 is 0.5, and NaN is NaN. Payloads of the algorithms of roma_lib are
    compared by variable and quality, others as a list of key=value;… if they are one.

    An invalid file is compared up to its error, and is never equal to another.

    \b
    Exit status: 0 the values are equal; 1 they differ, or a file is
    invalid; 2 a file could not be read, or changed meanwhile.

    \b
    Examples:
      rckp diff before.ckpt after.ckpt
      rckp diff --quiet a.ckpt b.ckpt && echo equal
      ssh host cat run.ckpt | rckp diff run.ckpt -
    """
    if path_a == path_b == "-":
        raise click.UsageError("Only one of A and B can be standard input.")
    columns = terminal_columns()
    width = _JSON_WIDTH if style == "json" else columns - 6
    with open_source(path_a) as a, open_source(path_b) as b:
        found = compare_sources(a, b, exact=exact, values=0 if quiet else values, width=width)
    if style == "json" and not quiet:
        click.echo(json.dumps(as_json(found, path_a, path_b), indent=1))
    elif not quiet:
        for line in describe(found, path_a, path_b, columns):
            click.echo(line)
    for path, error in ((path_a, found.error_a), (path_b, found.error_b)):
        if error is not None:
            FileError(
                path,
                scan_decode_error(error),
                INVALID,
                f"It was compared up to this error. `rckp explain {error.code}` says more.",
            ).show()
    ctx.exit(0 if found.equal else INVALID)
