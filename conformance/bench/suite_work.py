"""The conformance suite, run as an implementer runs it, against the reference."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.rows import Row, Target
from bench.spread import Effort, Spread

GROUP = "the conformance suite"
_ROUNDS = 3  # seconds each
_AT_MOST = Target(10.0)  # seconds
_SUMMARY = re.compile(r"([\d,]+) checks .*all as expected")


def rows(effort: Effort) -> Iterator[Row]:
    """One row: the whole suite, all of its processes included."""
    command = [sys.executable, "-c", "from rckp.cli import main; main()"]
    command += ["conformance", "run", "--"]
    command += [sys.executable, "-m", "rckp.suite.reference"]
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
    yield Row(GROUP, work, "rckp conformance run", None, "s", taken, None, taken, "s", _AT_MOST)
