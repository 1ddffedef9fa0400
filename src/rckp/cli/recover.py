"""`rckp recover`."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, cast

import click

from rckp import __version__
from rckp.cli import EXIT_ERROR, INVALID
from rckp.cli.common_options import text_or_json
from rckp.cli.file_errors import FileError, open_source
from rckp.cli.output import NEW_OUTPUT, Output
from rckp.display import escape, path_members, pluralise
from rckp.errors import DecodeError, EncodeError
from rckp.files.whole_file import scan_decode_error
from rckp.format.codec import encode
from rckp.format.layouts import NEXT
from rckp.format.scan import ScanError
from rckp.validation.foreign import as_sentence
from rckp.validation.inspect import inspect
from rckp.validation.recovery import Recovery, incomplete_fields, recover
from rckp.validation.validate import validate


@click.command(short_help="Complete an invalid checkpoint to a valid new file.")
@click.argument("path", metavar="BROKEN")
@click.option(
    "-o",
    "--output",
    type=NEW_OUTPUT,
    required=True,
    metavar="NEW",
    help="The file to write. It must not exist; - is standard output.",
)
@click.option(
    "--incomplete",
    is_flag=True,
    help="Also write NEW if the identity or the payload is incomplete.",
)
@text_or_json("Format of the summary. json is stable.")
def command(path: str, output: Output, incomplete: bool, style: str) -> None:
    """Complete the invalid checkpoint BROKEN to the valid file NEW.

    NEW has the fields before the error (as `rckp decode --partial` prints them), the
    status interrupted, and an error message that says so. BROKEN, or standard input
    for -, is never changed, and a file that exists is never replaced.

    A program can resume a run only with its identity and its payload. If one of them is
    incomplete, nothing is written, unless --incomplete is given.

    \b
    Exit status: 0 if NEW was written; 1 if too little of BROKEN is there;
    2 if BROKEN is valid or unreadable, NEW exists, or the usage is wrong.

    \b
    Examples:
      rckp recover run.ckpt -o recovered.ckpt
      rckp recover --incomplete run.ckpt -o recovered.ckpt
    """
    output.refuse_terminal()
    to_stream = output.is_standard_output
    with open_source(path) as source:
        # Without the strings, so that a file that is refused costs no memory.
        inspection = inspect(source.window(), shown=1)
        incomplete_names = incomplete_fields(inspection)
        source.seek(0)
        other = validate(cast("BinaryIO", source)).other_layout if inspection.error else None
        if other is not None and other.error is None:
            # What is an error here is not one there, and nothing is lost.
            hint = _CONVERT if other.layout == NEXT else ""
            raise FileError(path, f"it is {other.message}", INVALID, hint)
        if inspection.error is not None and (incomplete or not incomplete_names):
            inspection = inspect(source.window(), shown=None)
        source.check_unchanged()
        foreign = as_sentence(source.read_at(4096, 0)) if len(inspection.fields) < 2 else ""
    if inspection.error is None:
        raise FileError(path, "is valid: there is nothing to recover", EXIT_ERROR)
    error = scan_decode_error(inspection.error)
    if not inspection.partial_record():
        raise FileError(path, f"nothing can be recovered: {error}", INVALID, foreign)
    if incomplete_names and not incomplete:
        raise FileError(path, f"{_problem(incomplete_names)}: {error}", INVALID, _HINT)
    found = recover(inspection, f"rckp {__version__}", str(error))
    try:
        data = encode(found.record)
    except EncodeError as refused:  # such as a message of more than 4 GiB
        raise FileError(path, refused, INVALID) from None
    output.write(data)
    if style == "json":
        document = _as_json(path, output, found, inspection.error)
        click.echo(json.dumps(document, indent=1), err=to_stream)
        return
    _show(path, output, found, error, err=to_stream)


_HINT = (
    "With --incomplete, the rest is saved: a program may reject it, or resume from less than "
    "was saved."
)


_CONVERT = "`rckp convert --to released` converts it, if its contents can be stored there."


def _problem(incomplete: tuple[str, ...]) -> str:
    """Return what is incomplete."""
    if incomplete == ("step_state_payload",):
        what = "the payload"
    else:
        what = "the identity and the payload"
    return f"not recovered, because {what} would be incomplete"


def _show(path: str, output: Output, found: Recovery, error: DecodeError, *, err: bool) -> None:
    lines = [
        f"{escape(output.path)}: {click.style('recovered', fg='green')} from {escape(path)}",
        click.formatting.wrap_text(f"its error: {escape(str(error))}", 79, "  ", "    "),
        "  status: interrupted",
        _list("as in the file", found.kept),
    ]
    if found.begun:
        lines.append(_list("only the beginning", (found.begun,)))
    if found.completed:
        lines.append(_list("not in the file", found.completed))
    if found.incomplete:
        lines.append(click.style("  A program may not be able to resume from this.", fg="yellow"))
    for line in lines:
        click.echo(line, err=err)


def _list(label: str, names: tuple[str, ...]) -> str:
    text = f"{label} ({pluralise(len(names), 'field')}): {', '.join(names)}"
    return click.formatting.wrap_text(text, 79, "  ", "    ")


def _as_json(path: str, output: Output, found: Recovery, error: ScanError) -> dict[str, Any]:
    return {
        "version": 1,
        **path_members(path),
        **path_members(output.path, "output"),
        "error": error._asdict(),
        "kept": list(found.kept),
        "begun": found.begun,
        "completed": list(found.completed),
        "resumable": not found.incomplete,
    }
