"""`rckp conformance crash`: test what a store leaves when a system call fails or ends it."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
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
    progress,
    suite_at,
    write_reports,
)
from rckp.conformance import SUITE_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.output import Output

_KINDS = (
    *("order", "kill", "ENOSPC", "EIO", "EDQUOT", "EROFS", "EINTR", "EMFILE", "EXDEV"),
    *("EACCES", "EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL", "ENOLCK", "short", "lost"),
    "company",
)


@click.command(short_help="Test what a store leaves when a system call fails.")
@ADAPTER_COMMAND
@GRADE
@click.option(
    "--scenario", "patterns", multiple=True, metavar="PATTERN", help="Only those like overwrite."
)
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only these kinds of checks."
)
@click.option(
    "--known-failures",
    "known_file",
    type=EXISTING_FILE,
    help="A JSON object of ids and reasons. A check that is listed and passes is a failure.",
)
@click.option("--calls", "only_calls", is_flag=True, help="Only print the calls of each request.")
@TIMEOUT
@click.option(
    "--jobs", type=click.IntRange(1, 64), metavar="NUMBER", help="Adapters at a time: all cores."
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
def crash(
    ctx: click.Context,
    words: tuple[str, ...],
    grade: str,
    patterns: tuple[str, ...],
    kinds: tuple[str, ...],
    known_file: Path | None,
    only_calls: bool,
    timeout: float,
    jobs: int | None,
    directory: Path | None,
    results_file: Output | None,
    junit_file: Output | None,
    claim_file: Output | None,
) -> None:
    """Test what a store leaves when a system call fails.

    COMMAND starts an adapter of the class store, as in `run`. For each scenario, the system
    calls of one request that concern its directory are counted. Then the request is made again
    for each of these calls: the process is killed before the call, the call fails with each of
    eight errors, it writes or reads only some of the bytes, or it loses some. A link, a lock or a
    flush of a directory also fails as on a file system without them. The tree, the response and
    the next request are checked. The kind `order` checks the order of the calls when nothing fails.

    In the kind `company`, the runner acts itself: it holds the lock, writes the same file, puts
    links in place of files and directories, changes a file between its validation and its
    removal, takes permissions away, and limits descriptors and memory. Where it acts between two
    steps, the process is stopped before a system call meanwhile, so that nothing depends on time.

    Linux on x86-64 or AArch64 only. The adapter must not be traced by another program.

    \b
    Exit status: 0 all as expected; 1 a check failed, or a known failure did
    not; 2 the adapter does not work or cannot be traced, or the command is
    wrong.

    \b
    Examples:
      rckp conformance crash -- ./my-adapter
      rckp conformance crash --scenario overwrite --kind EIO -- ./my-adapter
    """
    from rckp.conformance.adapter_errors import AdapterError
    from rckp.conformance.crash.ptrace import unsupported_reason
    from rckp.conformance.results import Results, stale_ids

    if reason := unsupported_reason():
        fail(reason)
    from rckp.cli.crash_text import details, summary, traces  # Linux only
    from rckp.conformance.crash.faults import KINDS
    from rckp.conformance.crash.runner import CrashRunner, results
    from rckp.conformance.crash.scenarios import digest, load_scenarios
    from rckp.conformance.crash.traced_adapter import TracedAdapter

    suite = suite_at(directory)
    try:
        every = load_scenarios(suite)
        sha256 = digest(suite)
    except (OSError, ValueError) as error:
        fail(f"Cannot use the suite: {error}.")
    chosen = [
        each for each in every if not patterns or any(fnmatchcase(each.name, p) for p in patterns)
    ]
    if unknown := [p for p in patterns if not any(fnmatchcase(each.name, p) for each in every)]:
        fail(f"There is no scenario {unknown[0]}: there are {', '.join(s.name for s in every)}.")
    known = known_in(known_file)
    wanted_kinds = [each for each in KINDS if not kinds or each in kinds]
    number = jobs or len(os.sched_getaffinity(0))
    try:
        with (
            ending_adapters(),
            CrashRunner(lambda: TracedAdapter(words, timeout), number, wanted_kinds) as runner,
        ):
            if "store" not in runner.hello.classes:
                fail("The adapter does not claim the class store.")
            chosen = [each for each in chosen if each.check.class_ in runner.hello.classes]
            if only_calls:
                for line in traces(runner.traces(chosen)):
                    click.echo(line)
                return
            acted = (
                outcome
                for scenario in progress(chosen, len(chosen))
                for outcome in runner.outcomes([scenario])
            )
            found = list(results(acted, grade, known))
    except AdapterError as error:
        fail(capitalised(str(error)))
    if not found:
        fail("The adapter does not claim the classes of these scenarios.")
    if all(each.outcome == "unsupported" for each in found):
        fail(f"Nothing could be tested: {found[0].differences[0]}.")
    whole = len(chosen) == len(every) and not kinds
    gone = stale_ids(known, [each.id for each in found], found) if whole else {}
    version = f"{SUITE_VERSION} crash"
    outcome = Results(runner.hello, sha256, grade, whole, found, gone, version)
    beside = write_reports(outcome, results_file, junit_file, claim_file)
    for line in (*details(outcome, suite), *summary(outcome)):
        click.echo(line, err=beside)
    ctx.exit(outcome.status)
