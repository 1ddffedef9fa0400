"""`rckp conformance`: run the suite, export it, and lay results side by side."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from rckp.cli.conformance_options import (
    ADAPTER_COMMAND,
    EXISTING_FILE,
    FOLDER_TO_WRITE,
    GRADE,
    OUTPUT_FILE,
    SUITE,
    TIMEOUT,
    capitalised,
    checks_of,
    ending_adapters,
    fail,
    known_in,
    needs_posix,
    progress,
    suite_at,
    write,
    write_reports,
)
from rckp.cli.crash import crash
from rckp.cli.single_edit import single_edit
from rckp.conformance import SUITE_VERSION
from rckp.conformance.checks import CLASSES
from rckp.display import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.output import Output
    from rckp.conformance.results import Results


@click.group(short_help="Test an implementation of RCKP, in whatever language.")
def command() -> None:
    """Test an implementation of RCKP, in whatever language.

    `run` asks an implementation every case of the suite, `single-edit` about every change of
    one byte to three small files. `crash` lets each system call of a store fail. `report` lays
    the results of several side by side, `export` writes the suite as plain files.
    """


command.add_command(single_edit)
command.add_command(crash)


@command.command(
    short_help="Run the suite against an implementation.",
)
@ADAPTER_COMMAND
@GRADE
@click.option(
    "--id", "ids", multiple=True, metavar="PATTERN", help="Only cases like reader/utf8/*."
)
@click.option("--class", "classes", multiple=True, type=click.Choice(CLASSES), help="Only these.")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(["must", "should", "may"]),
    help="Only cases whose verdict rests on this word.",
)
@click.option("--requirement", "requirements", multiple=True, metavar="ID", help="Such as DEC-4.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    type=click.Choice(["hostile", "real", "smoke"]),
    help="Only files that lie about their lengths, those of the original, or the simplest.",
)
@click.option(
    "--known-failures",
    "known_file",
    type=EXISTING_FILE,
    help="A JSON object of ids and reasons. A case that is listed and passes is a failure.",
)
@TIMEOUT
@click.option(
    "--one-shot",
    is_flag=True,
    help="COMMAND is a program that takes a file, {} in its arguments, and prints JSON.",
)
@SUITE
@click.option(
    "--results", "results_file", type=OUTPUT_FILE, help="Write all results, as JSON Lines."
)
@click.option("--junit", "junit_file", type=OUTPUT_FILE, help="Write them for a CI system.")
@click.option(
    "--claim", "claim_file", type=OUTPUT_FILE, help="Write what has been shown, to publish it."
)
@click.pass_context
def run(
    ctx: click.Context,
    words: tuple[str, ...],
    grade: str,
    ids: tuple[str, ...],
    classes: tuple[str, ...],
    levels: tuple[str, ...],
    requirements: tuple[str, ...],
    tags: tuple[str, ...],
    known_file: Path | None,
    timeout: float,
    one_shot: bool,
    directory: Path | None,
    results_file: Output | None,
    junit_file: Output | None,
    claim_file: Output | None,
) -> None:
    """Run the conformance suite against an implementation.

    COMMAND starts an adapter: a program around the implementation that reads questions from
    standard input and writes answers to standard output, one JSON object a line. How to write
    one in some twenty lines is told in docs/implement.md, the protocol in docs/protocol.md.
    It is asked the cases of the classes that it claims.

    With --one-shot, COMMAND is any program that takes the name of a file and prints the record
    as a JSON object, or an object with the error's code, field and offset.

    \b
    Exit status: 0 all as expected; 1 a case failed, or a known failure did
    not; 2 the adapter does not work, or the command is wrong.

    \b
    Examples:
      rckp conformance run -- ./my-adapter
      rckp conformance run --grade location --id 'reader/utf8/*' -- ./my-adapter
      rckp conformance run --one-shot -- ./my-decoder --json {}
    """
    from rckp.cli.conformance_text import details, summary
    from rckp.conformance.adapter import Adapter
    from rckp.conformance.adapter_errors import AdapterError
    from rckp.conformance.results import Results, stale
    from rckp.conformance.runner import SuiteRunner
    from rckp.conformance.suite import CheckFilter, Suite

    needs_posix()
    suite = suite_at(directory)
    every = checks_of(suite)
    choice = CheckFilter(ids, classes, levels, requirements, tags)
    if unknown := choice.unknown(every):
        fail(f"There is no case for {unknown[0]}.")
    known = known_in(known_file)
    call = _one_shot(words) if one_shot else words
    try:
        with (
            ending_adapters(),
            SuiteRunner(lambda: Adapter(call, timeout), grade, known) as running,
        ):
            claimed = [each for each in every if each.class_ in running.hello.classes]
            chosen = choice.of(claimed)
            if not chosen:
                fail("None of the selected cases is of a class that the adapter claims.")
            if not ids:  # who asks for certain cases wants to see what comes of them
                running.smoke([each for each in chosen if "smoke" in each.tags])
            found = list(progress(running.results(chosen), len(chosen)))
            running.close()
    except AdapterError as error:
        fail(capitalised(str(error)))
    if all(each.outcome == "unsupported" for each in found):
        fail(f"The adapter does not support any of the {len(found)} cases.")
    whole = len(chosen) == len(claimed)
    digest = suite.sha256
    # A suite from elsewhere does not say its version; if it is the own one, that is known.
    version = SUITE_VERSION if suite.own or digest == Suite.found().sha256 else ""
    gone = stale(known, claimed, found)
    outcome = Results(running.hello, digest, grade, whole, found, gone, version)
    # The files first: whoever reads what is printed may be gone.
    beside = write_reports(outcome, results_file, junit_file, claim_file)
    for line in (*details(outcome, suite), *summary(outcome)):
        click.echo(line, err=beside)
    if running.note:
        click.echo(f"Note: {running.note}.", err=True)
    ctx.exit(outcome.status)


@command.command(short_help="Lay results side by side, as a table, a page or a badge.")
@click.argument("files", nargs=-1, required=True, metavar="RESULTS...", type=EXISTING_FILE)
@click.option("--html", "html_file", type=OUTPUT_FILE, help="Write a page with everything.")
@click.option("--badge", "badge_file", type=OUTPUT_FILE, help="Write an SVG; only of one file.")
@click.option("--junit", "junit_file", type=OUTPUT_FILE, help="Write JUnit XML; only of one file.")
@click.option("--claim", "claim_file", type=OUTPUT_FILE, help="Write a claim; only of one file.")
def report(
    files: tuple[Path, ...],
    html_file: Output | None,
    badge_file: Output | None,
    junit_file: Output | None,
    claim_file: Output | None,
) -> None:
    """Lay results side by side, as a table, a page or a badge.

    RESULTS are files that `rckp conformance run --results` has written. The page is one file
    without scripts: implementations by classes, by requirements and by cases.

    \b
    Examples:
      rckp conformance report --html matrix.html results/*.jsonl
      rckp conformance report --badge badge.svg mine.jsonl
    """
    from rckp.cli.conformance_text import summary
    from rckp.conformance.results_file import load

    if len(files) > 1 and (badge_file or junit_file or claim_file):
        raise click.UsageError("A badge, a claim and JUnit XML are of one file of results.")
    runs: list[Results] = []
    for path in files:
        try:
            runs.append(load(path))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            fail(f"Cannot use the results in {path}: {reason}.")
    if html_file:
        from rckp.conformance.matrix import page

        write(html_file, page(runs, suite_at(None).requirement_texts()))
    if badge_file:
        from rckp.conformance.badge import badge

        write(badge_file, badge(runs[0]))
    beside = write_reports(runs[0], None, junit_file, claim_file, html_file, badge_file)
    for outcome in runs:
        for line in summary(outcome):
            click.echo(line, err=beside)


@command.command(short_help="Write the suite as plain files, for use without Python.")
@click.argument("target", metavar="DIR", type=FOLDER_TO_WRITE)
def export(target: Path) -> None:
    """Write the suite as plain files, for use without Python.

    DIR must not exist, or be empty. It gets the cases with the bytes that they are about, the
    specification, the protocol and a README. A name that ends in .tar.bz2 makes one archive
    of it all instead, which is the same, to the byte, for the same suite.
    """
    from rckp.conformance.export import export as export_to
    from rckp.conformance.export import protocol_chapter

    try:
        number = export_to(suite_at(None), target, protocol_chapter())
    except (OSError, ValueError) as error:
        fail(f"Cannot export: {error}.")
    click.echo(f"{number:,} files written to {escape(str(target))}")


def _one_shot(words: tuple[str, ...]) -> list[str]:
    if not any("{}" in word for word in words):
        raise click.UsageError("With --one-shot, {} stands for the file in the COMMAND.")
    if shutil.which(words[0]) is None:
        fail(f"Cannot start {words[0]}: there is no such program.")
    # Never import from the current directory.
    return [sys.executable, "-P", "-m", "rckp.conformance.one_shot", *words]
