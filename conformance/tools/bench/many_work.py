"""`rckp validate DIR`: one process against `-j 2`, by the number of files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import rckp
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.installed import Installed
from conformance.tools.bench.records import record_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Spread, ratios

GROUP = "rckp validate DIR, two processes against one"
_JOBS = "2"
_IN_A_SCOPE = 100  # files
_LONG_ROUNDS = 9  # of work that takes seconds
_BUDGET = 16.0  # seconds for the rounds of work that takes less


class Work(NamedTuple):
    """A number of files of a size. `at_most` is the highest ratio of two processes to one."""

    files: int
    size: int
    at_most: float


# Below some 60,000 small files no process is begun, and so no time may be lost.
WORK = (
    Work(1000, 300, 1.05),
    Work(10_000, 300, 1.05),
    Work(100_000, 300, 1.0),
    Work(2000, 1_000_000, 1.0),
)
WORK_QUICK = (Work(200, 300, 1.05), Work(5, 100_000, 1.0))


def rows(effort: Effort, installed: Installed, directory: Path, *, quick: bool) -> Iterator[Row]:
    """A row for each number of files; the unit is microseconds a file, start-up included."""
    for work in WORK_QUICK if quick else WORK:
        tree = make_tree(directory / "many", work)
        try:
            alone, together = _measure(installed, tree, effort)
        finally:
            shutil.rmtree(tree)
        each = 1e6 / work.files
        yield Row(
            GROUP,
            f"{work.files:,} files of {size_of(work.size)}",
            f"rckp validate -j {_JOBS}",
            "rckp validate",
            "µs",
            Spread.of([each * s for s in together]),
            Spread.of([each * s for s in alone]),
            ratios(together, alone),
            "×",
            Target(work.at_most),
        )


def make_tree(base: Path, work: Work) -> Path:
    """Create the store of many short runs: one file for each, equally many in each scope."""
    record = record_of(work.size)
    for first in range(0, work.files, _IN_A_SCOPE):
        identity = rckp.Identity(record.algorithm_name, f"t0={first:08}", *record[5:7])
        hashes = identity.signature_hashes
        scope = base / rckp.scope_path(identity[0], identity[2], *hashes)
        scope.mkdir(parents=True)
        for i in range(first, min(work.files, first + _IN_A_SCOPE)):
            run_id = f"{identity[0]}-1-{i:020}-1767225600000"
            text = rckp.encode(
                record._replace(
                    created_at_ms=1767225600000,
                    run_id=run_id,
                    algorithm_parameters=identity[1],
                    algorithm_signature_hash=hashes[0],
                    problem_signature_hash=hashes[1],
                )
            )
            (scope / rckp.checkpoint_file_name(run_id)).write_bytes(text)
    return base


def _measure(installed: Installed, tree: Path, effort: Effort) -> tuple[list[float], list[float]]:
    commands = {
        jobs: [installed.command, "validate", "-j", jobs, str(tree)] for jobs in "1" + _JOBS
    }
    # At first the files are not in memory yet.
    once = sum(installed.run(command).seconds for command in commands.values())
    rounds = min(effort.slow_rounds, max(_LONG_ROUNDS, int(_BUDGET / once)))
    seconds: dict[str, list[float]] = {jobs: [] for jobs in commands}
    for turn in range(rounds):
        for jobs in sorted(commands, reverse=bool(turn % 2)):
            seconds[jobs].append(installed.run(commands[jobs]).seconds)
    return seconds["1"], seconds[_JOBS]
