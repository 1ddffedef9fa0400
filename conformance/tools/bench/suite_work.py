"""The conformance suite, run as an implementer runs it, against the reference."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Spread
from rckp.conformance.adapter import Adapter
from rckp.conformance.suite import Suite

GROUP = "the conformance suite"
_ROUNDS = 3  # seconds each
_AT_MOST = Target(10.0)  # seconds
_REQUESTS = 2000
_EACH_AT_MOST = Target(600.0)  # µs: a hundred thousand questions a minute
_SUMMARY = re.compile(r"([\d,]+) checks .*all as expected")


def rows(effort: Effort) -> Iterator[Row]:
    """The whole suite, all of its processes included, and one question through the adapter."""
    yield _whole_suite(effort)
    yield _request(effort)


def _request(effort: Effort) -> Row:
    """Return the time of a question and its answer, in µs."""
    example = next(check for check in Suite.locate().checks() if check.id == "reader/example")
    message, each = example.message(), []
    with Adapter([sys.executable, "-m", "rckp.conformance.reference"]) as adapter:
        adapter.send(message)
        for _ in range(min(_ROUNDS, effort.slow_rounds)):
            start = time.perf_counter()
            for _ in range(_REQUESTS):
                adapter.send(message)
            each.append((time.perf_counter() - start) / _REQUESTS * 1e6)
    taken = Spread.of(each)
    work = "a question to the reference and its answer"
    return Row(GROUP, work, "the runner", None, "µs", taken, None, taken, "µs", _EACH_AT_MOST)


def _whole_suite(effort: Effort) -> Row:
    command = [sys.executable, "-c", "from rckp.cli import main; main()"]
    command += ["conformance", "run", "--"]
    command += [sys.executable, "-m", "rckp.conformance.reference"]
    seconds, checks = [], ""
    for _ in range(min(_ROUNDS, effort.slow_rounds - 1)):
        start = time.perf_counter()
        done = subprocess.run(
            command,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        seconds.append(time.perf_counter() - start)
        found = _SUMMARY.search(done.stdout)
        if found is None:
            raise AssertionError(f"the suite did not end well: {done.stdout[-300:]}")
        checks = found[1]
    taken = Spread.of(seconds)
    work = f"rckp conformance run, the reference, {checks} checks"
    return Row(GROUP, work, "rckp conformance run", None, "s", taken, None, taken, "s", _AT_MOST)
