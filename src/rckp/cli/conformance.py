"""`rckp conformance`: run the suite, export it, and compare results."""

from __future__ import annotations

import shutil
import sys
from functools import cache
from pathlib import Path

import click

from rckp.cli import EXIT_ERROR
from rckp.cli.common_options import terminal_columns
from rckp.cli.conformance_options import (
    ADAPTER_COMMAND,
    DIRECTORY_TO_WRITE,
    EXISTING_FILE,
    GRADE,
    OUTPUT_FILE,
    SUITE,
    TIMEOUT,
    capitalised,
    checks_of,
    draft_checks_of,
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
from rckp.cli.file_errors import FileError
from rckp.cli.single_edit import single_edit
from rckp.cli.suggestions import SuggestingGroup
from rckp.conformance import SUITE_VERSION
from rckp.conformance.checks import CLASSES, DRAFT_CLASSES
from rckp.display import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.output import Output
    from rckp.conformance.results import Results


@click.group(cls=SuggestingGroup, short_help="Test an implementation of RCKP in any language.")
def command() -> None:
    """Test an implementation of RCKP in any language.

    `run` runs every case of the suite against an implementation. `single-edit` tests a reader
    with every change of one byte to three small files. `crash` lets each system call of a store
    fail. `report` compares the results of several implementations. `export` writes the suite as
    plain files.
    """


command.add_command(single_edit)
command.add_command(crash)


@command.command(
    short_help="Run the suite against an implementation.",
)
@ADAPTER_COMMAND
@GRADE
@click.option(
    "--id", "ids", multiple=True, metavar="PATTERN", help="Run only cases like reader/utf8/*."
)
@click.option(
    "--class",
    "classes",
    multiple=True,
    type=click.Choice((*CLASSES, *DRAFT_CLASSES)),
    help="Run only this class.",
)
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(["must", "should", "may"]),
    help="Run only cases with this requirement level.",
)
@click.option(
    "--requirement", "requirements", multiple=True, metavar="ID", help="For example DEC-4."
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    type=click.Choice(["hostile", "real", "smoke"]),
    help="Run only cases with false lengths, with files of roma_lib, or the simplest cases.",
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
    help="COMMAND takes a file name, {} in its arguments, and prints JSON.",
)
@SUITE
@click.option(
    "--results", "results_file", type=OUTPUT_FILE, help="Write all results as JSON Lines."
)
@click.option(
    "--compact",
    is_flag=True,
    help="Leave passes out of --results: `report` restores them from the same suite.",
)
@click.option("--junit", "junit_file", type=OUTPUT_FILE, help="Write all results as JUnit XML.")
@click.option("--claim", "claim_file", type=OUTPUT_FILE, help="Write a conformance claim as JSON.")
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
    compact: bool,
    junit_file: Output | None,
    claim_file: Output | None,
) -> None:
    """Run the conformance suite against an implementation.

    COMMAND starts an adapter: a program around the implementation that reads requests from
    standard input and writes responses to standard output, one JSON object per line. An adapter
    takes about twenty lines: see docs/implement.md and, for the protocol, docs/protocol.md. The
    suite runs the cases of the classes that the adapter claims.

    With --one-shot, COMMAND is any program that takes a file name and prints the record as a
    JSON object, or an object with the code, field and offset of the error.

    \b
    Exit status: 0 all results are as expected; 1 a case failed, or a known
    failure passed; 2 the adapter does not work, or the usage is wrong.

    \b
    Examples:
      rckp conformance run -- ./my-adapter
      rckp conformance run --grade location --id 'reader/*' -- ./my-adapter
      rckp conformance run --one-shot -- ./my-decoder --json {}
    """
    from rckp.cli.conformance_text import details, summary
    from rckp.conformance.adapter import Adapter
    from rckp.conformance.adapter_errors import AdapterError
    from rckp.conformance.results import Results, stale
    from rckp.conformance.runner import SuiteRunner
    from rckp.conformance.suite import CheckFilter, Suite

    needs_posix()
    choice = CheckFilter(ids, classes, levels, requirements, tags)
    if compact and (results_file is None or any(choice)):
        raise click.UsageError("--compact needs --results and a run of all cases.")
    suite = suite_at(directory)
    drafts = draft_checks_of(suite)
    every = [*checks_of(suite), *drafts]
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
            if not ids:  # with --id, the user wants the details of these cases
                running.smoke([each for each in chosen if "smoke" in each.tags])
            found = list(progress(running.results(chosen), len(chosen)))
            running.close()
    except AdapterError as error:
        fail(capitalised(str(error)))
    if all(each.outcome == "unsupported" for each in found):
        fail(f"The adapter does not support any of the {len(found)} cases.")
    whole = len(chosen) == len(claimed)
    digest = suite.sha256
    # An exported suite has no version, unless its digest is that of the bundled one.
    version = SUITE_VERSION if suite.own or digest == Suite.locate().sha256 else ""
    gone = stale(known, claimed, found)
    outcome = Results(running.hello, digest, grade, whole, found, gone, version)
    # Files are written first: the reader of the output may have closed the pipe.
    beside = write_reports(outcome, results_file, junit_file, claim_file, compact=compact)
    titles = suite.requirement_titles() if outcome.bad else None
    unclaimed = [each for each in drafts if each.class_ not in running.hello.classes]
    drafts_told = unclaimed if not any(choice) else ()
    for line in (*details(outcome, suite), *summary(outcome, titles, drafts_told)):
        click.echo(line, err=beside)
    if running.note:
        click.echo(f"Note: {running.note}.", err=True)
    ctx.exit(outcome.status)


@command.command(short_help="Compare results as a table, a page or a badge.")
@click.argument("files", nargs=-1, required=True, metavar="RESULTS...", type=EXISTING_FILE)
@click.option("--html", "html_file", type=OUTPUT_FILE, help="Write a page with all results.")
@click.option(
    "--badge", "badge_file", type=OUTPUT_FILE, help="Write an SVG badge; for one file only."
)
@click.option("--junit", "junit_file", type=OUTPUT_FILE, help="Write JUnit XML; for one file only.")
@click.option("--claim", "claim_file", type=OUTPUT_FILE, help="Write a claim; for one file only.")
@SUITE
def report(
    files: tuple[Path, ...],
    html_file: Output | None,
    badge_file: Output | None,
    junit_file: Output | None,
    claim_file: Output | None,
    directory: Path | None,
) -> None:
    """Compare results as a table, a page or a badge.

    RESULTS are files that `rckp conformance run --results` has written. Compact ones need the
    suite that was run: the bundled suite, or that of --suite. For several files, a table with
    the checks that passed by class is printed. The page is one file without scripts:
    implementations by classes, by requirements and by cases.

    \b
    Examples:
      rckp conformance report --html matrix.html results/*.jsonl
      rckp conformance report --badge badge.svg mine.jsonl
    """
    from rckp.cli.conformance_table import comparison
    from rckp.cli.conformance_text import summary
    from rckp.conformance.results_file import load

    if len(files) > 1 and (badge_file or junit_file or claim_file):
        raise click.UsageError("A badge, a claim and JUnit XML need exactly one file of results.")
    find_suite = cache(lambda: suite_at(directory))
    runs: list[Results] = []
    for path in files:
        try:
            runs.append(load(path, find_suite))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            fail(f"Cannot use the results in {path}: {reason}.")
    if html_file:
        from rckp.conformance.matrix import page

        write(html_file, page(runs, find_suite().requirement_texts()))
    if badge_file:
        from rckp.conformance.badge import badge

        write(badge_file, badge(runs[0]))
    beside = write_reports(runs[0], None, junit_file, claim_file, html_file, badge_file)
    lines = comparison(runs, terminal_columns(0)) if len(runs) > 1 else summary(runs[0])
    for line in lines:
        click.echo(line, err=beside)


@command.command(short_help="Write the suite as plain files, for use without Python.")
@click.argument("target", metavar="DIR", type=DIRECTORY_TO_WRITE)
def export(target: Path) -> None:
    """Write the suite as plain files, for use without Python.

    DIR must be empty or not exist. The command writes the cases with their input files, the
    specification, the protocol and a README into it. If the name ends in .tar.bz2, it writes a
    reproducible archive instead.
    """
    from rckp.conformance.export import export as export_to
    from rckp.conformance.export import protocol_chapter

    suite = suite_at(None)
    try:
        protocol = protocol_chapter()
    except FileNotFoundError as error:
        fail(f"Cannot export: {error}.")
    try:
        number = export_to(suite, target, protocol)
    except ValueError as error:
        fail(f"Cannot export: {error}.")
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise FileError(str(target), reason, EXIT_ERROR) from None
    click.echo(f"{number:,} files written to {escape(str(target))}")


def _one_shot(words: tuple[str, ...]) -> list[str]:
    if not any("{}" in word for word in words):
        raise click.UsageError("With --one-shot, COMMAND must contain {} for the file name.")
    if shutil.which(words[0]) is None:
        fail(f"Cannot start {words[0]}: there is no such program.")
    # Never import from the current directory.
    return [sys.executable, "-P", "-m", "rckp.conformance.one_shot", *words]
