"""`rckp validate`."""

from __future__ import annotations

from itertools import chain

import click

from rckp.cli.file_errors import FileError, not_empty
from rckp.cli.files_from import paths_from
from rckp.cli.finding_filter import CodeList, FindingFilter
from rckp.cli.report import Reporter, Summary
from rckp.cli.report_brief import QuietReporter, SummaryReporter
from rckp.cli.report_text import TextReporter
from rckp.cli.validation_run import validate_paths


@click.command(short_help="Validate checkpoint files and report their errors.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--files-from",
    metavar="LIST",
    help="Also validate the files named in LIST, one a line, or with NUL bytes between them; "
    "- is standard input.",
)
@click.option("--strict", is_flag=True, help="Count a file with a warning as invalid.")
@click.option("-v", "--verbose", is_flag=True, help="Also list the valid files of directories.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "concise", "json", "jsonl", "junit", "github", "sarif"]),
    default="text",
    show_default=True,
    help="Output format: for people; one line a file; stable JSON; for CI.",
)
@click.option("--summary", "only_summary", is_flag=True, help="Print only the counts, by code.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors of reading; use the status.")
@click.option(
    "--select",
    type=CodeList(),
    multiple=True,
    metavar="CODE",
    help="Report only findings with these codes, such as truncated,bad-magic.",
)
@click.option(
    "--ignore",
    type=CodeList(),
    multiple=True,
    metavar="CODE",
    help="Do not report findings with these codes. A file with such an error is not counted.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="Use up to N worker processes; 0 means one per processor.",
)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    files_from: str | None,
    strict: bool,
    verbose: bool,
    style: str,
    only_summary: bool,
    quiet: bool,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    jobs: int,
) -> None:
    """Validate checkpoint files and report their errors.

    PATH is a file, a directory, an archive, a member of an archive (runs.tar.gz/a.ckpt), or -
    for standard input. In a directory (at most 100 directories deep) or an archive, every
    *.ckpt is checked, without following links. A file named *.ckpt.gz (or .bz2, .xz, .zst) is
    decompressed. PATH can also be a URL: s3://, gs://, az://, https://.

    Valid means that the file has the layout of an RCKP checkpoint. It does not mean that the
    file is unchanged: the format has no checksum.

    If more than five files have findings, they are shown by code and directory. --verbose
    shows every file, and --format concise one line for each.

    \b
    Exit status: 0 all files are valid; 1 a file is invalid; 2 a file could
    not be read, a directory has no checkpoint, or the usage is wrong.

    \b
    Examples:
      rckp validate run.ckpt
      rckp validate --format json ~/.local/state/roma/checkpoints
      rckp validate -j 0 /scratch/all-my-runs
      rckp validate --summary --ignore truncated /scratch/all-my-runs
      git diff --name-only -z | rckp validate --files-from - --format github
      ssh host cat run.ckpt | rckp validate -
    """
    for path in paths:
        not_empty(path, "PATH")
    if not paths and files_from is None:
        raise click.UsageError("Missing argument 'PATH...'.")
    if paths.count("-") > 1:
        raise click.UsageError("Only one PATH can be standard input.")
    if "-" in paths and files_from == "-":
        raise click.UsageError("Standard input is either a checkpoint or a list of files.")
    reporter = _reporter(style, verbose, only_summary, quiet, listed=files_from is not None)
    summary = Summary()
    wanted = FindingFilter(select, ignore)
    summary.ignored = 0 if wanted.is_active else None
    every = chain(paths, () if files_from is None else paths_from(files_from))
    status = validate_paths(
        every,
        reporter,
        summary,
        jobs=jobs,
        strict=strict,
        keep=wanted.apply if wanted.is_active else None,
        interrupted_by=(KeyboardInterrupt, FileError),
    )
    ctx.exit(status)


def _reporter(
    style: str, verbose: bool, only_summary: bool, quiet: bool, *, listed: bool
) -> Reporter:
    if quiet or only_summary:
        option, other = ("--quiet", "--summary") if quiet else ("--summary", "--quiet")
        if style != "text" or verbose or (quiet and only_summary):
            raise click.UsageError(f"{option} excludes {other}, --verbose and --format.")
        return QuietReporter(verbose) if quiet else SummaryReporter(verbose)
    if style == "text":
        return TextReporter(verbose, valid=not listed)
    from rckp.cli import report_ci, report_machine  # not needed for text

    formats: dict[str, type[Reporter]] = {
        "concise": report_ci.ConciseReporter,
        "json": report_machine.JsonReporter,
        "jsonl": report_machine.JsonLinesReporter,
        "junit": report_machine.JUnitReporter,
        "github": report_ci.GitHubReporter,
        "sarif": report_ci.SarifReporter,
    }
    return formats[style](verbose)
