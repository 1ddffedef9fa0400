"""`rckp conformance single-edit`: every change of one byte to three small files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rckp.cli.conformance_options import (
    ADAPTER_COMMAND,
    EXISTING_FILE,
    GRADE,
    OUTPUT_FILE,
    SUITE,
    TIMEOUT,
    capitalised,
    ending_adapters,
    fail,
    known_in,
    needs_posix,
    progress,
    suite_at,
    write,
)
from rckp.display import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.output import Output


@click.command(
    "single-edit", short_help="Test a reader with every change of one byte to three files."
)
@ADAPTER_COMMAND
@GRADE
@click.option("--base", "bases", multiple=True, metavar="CASE", help="Use only this file.")
@click.option(
    "--known-failures",
    "known_file",
    type=EXISTING_FILE,
    help="A JSON object of differences, as this command prints them, and reasons.",
)
@TIMEOUT
@SUITE
@click.option("--results", "results_file", type=OUTPUT_FILE, help="Write the results as JSON.")
@click.pass_context
def single_edit(
    ctx: click.Context,
    words: tuple[str, ...],
    grade: str,
    bases: tuple[str, ...],
    known_file: Path | None,
    timeout: float,
    directory: Path | None,
    results_file: Output | None,
) -> None:
    """Test a reader with every change of one byte to three small files.

    COMMAND starts an adapter of a reader, as for `rckp conformance run`. It decodes about
    180,000 inputs: three valid files with each byte substituted, inserted or deleted, and
    truncated at each byte, as in the tables of fixtures/single-edit. A crash or a timeout is a
    difference; the next input goes to a new process.

    \b
    Exit status: 0 all responses are as expected; 1 there is a difference, or
    a known difference did not occur; 2 the adapter does not work, or the
    usage is wrong.
    """
    from rckp.cli.conformance_text import single_edit_text
    from rckp.conformance import single_edit as around
    from rckp.conformance.adapter import Adapter
    from rckp.conformance.adapter_errors import AdapterError

    needs_posix()
    lines: list[str] = []
    suite = suite_at(directory)
    try:
        tables = around.tables(suite.fixtures, suite.files)
    except (OSError, ValueError) as error:
        fail(f"Cannot use the suite: {error}.")
    if unknown := set(bases) - {each.base for each in tables}:
        fail(f"There is no table for {min(unknown)}.")
    known = known_in(known_file)
    try:
        with (
            ending_adapters(),
            around.SingleEditRunner(lambda: Adapter(words, timeout), grade) as survey,
        ):
            for table in tables:
                if bases and table.base not in bases:
                    continue
                for _ in progress(survey.run(table), table.size):
                    pass
                lines += single_edit_text(survey.tallies[-1], known)
            survey.close()
    except AdapterError as error:
        fail(capitalised(str(error)))
    if results_file:  # first, since whoever reads what is printed may be gone
        document = around.document(survey, suite.sha256, grade)
        write(results_file, json.dumps(document, indent=1) + "\n")
    beside = results_file is not None and results_file.is_standard_output
    missing = sorted(set(known) - survey.kinds)
    lines += [f"Known, but it did not occur: {escape(kind)}" for kind in missing]
    for line in lines:
        click.echo(line, err=beside)
    if survey.note:
        click.echo(f"Note: {survey.note}.", err=True)
    ctx.exit(1 if survey.kinds != set(known) else 0)
