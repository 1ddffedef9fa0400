"""The run of `rckp validate`: every path, its report, and the exit status. It needs no click."""

from __future__ import annotations

import os
import time

from rckp.cli import EXIT_ERROR, INVALID
from rckp.cli.parallel import ParallelValidator
from rckp.cli.progress import Progress
from rckp.cli.report import Reporter, Summary
from rckp.cli.validated_paths import items
from rckp.format._layout import LAYOUT
from rckp.format.paths import SUFFIX
from rckp.validation.validate import Report, finding, promote_warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_RUN_ID = LAYOUT.fixed_offset("run_id")


def validate_paths(
    paths: Iterable[str],
    reporter: Reporter,
    summary: Summary,
    *,
    jobs: int = 1,
    strict: bool = False,
    keep: Callable[[Report], Report | None] | None = None,
    interrupted_by: tuple[type[BaseException], ...] = (KeyboardInterrupt,),
) -> int:
    """Validate what the paths name, report and count it. Return the exit status.

    `keep(report)` returns the report without ignored findings, or None if the file is ignored.
    If one of the exceptions `interrupted_by` ends the run, the reporter shows what it has kept.
    """
    reporter.begin()
    now_ms = time.time_ns() // 1_000_000
    with Progress() as progress, ParallelValidator(jobs, now_ms) as validator:
        try:
            wants_paths = None if jobs == 1 else validator.wants_paths
            found = items(paths, summary, now_ms, wants_paths=wants_paths)
            for report, named in same_run_twice(validator.validate(found)):
                kept = report if keep is None else keep(report)
                if kept is None:
                    summary.count_ignored()
                    continue
                result = promote_warnings(kept) if strict else kept
                summary.count(result)
                progress.report(reporter, result, named)
        except interrupted_by:
            progress.clear()
            reporter.interrupt()
            raise
    reporter.end(summary)
    if summary.unreadable or summary.empty_directories:
        return EXIT_ERROR
    return INVALID if summary.invalid else 0


def same_run_twice(
    reports: Iterable[tuple[Report, bool]],
) -> Iterator[tuple[Report, bool]]:
    """Add the warning that an earlier file has the same run.

    A hash of each run is kept, which keeps a scan of millions of files small. Most files of a store
    are named for their run. Of these, only the directory is kept, which they share.
    """
    directories: dict[int, str] = {}
    paths: dict[int, str] = {}  # of the other files
    directory = ""
    for item in reports:
        report = item[0]
        run, path = report.run, report.path
        if run is None or path is None:
            yield item
            continue
        key, name = hash(run), f"{os.sep}run-{run[0]}{SUFFIX}"
        other = paths.get(key) if paths else None
        if other is None and path.endswith(name):
            if len(path) != len(directory) + len(name) or not path.startswith(directory):
                directory = path[: -len(name)]
            first = directories.setdefault(key, directory)
            other = path if first is directory else first + name
        elif other is None:
            known = directories.get(key)
            other = paths.setdefault(key, path) if known is None else known + name
        if other == path:
            yield item
        else:
            size = len(run[0].encode())
            twice = finding("same-run-twice", "run_id", _RUN_ID, size, {"other": other})
            yield report._replace(findings=(*report.findings, twice)), item[1]
