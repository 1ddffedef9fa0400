"""Purges a store in a process of its own, as the command does, and prints what it took.

    python -m conformance.tools.bench.purge_once ours|naive BASE BEFORE

It prints the number of removed files and the seconds, without the start of the process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import rckp
from conformance.tools.bench.naive import Naive

ROOT = Path(__file__).resolve().parents[3]


class PurgeOnce(NamedTuple):
    """A subject that measures its own time; `number` files must be removed."""

    purger: str  # ours or naive
    base: Path
    before: int  # ms since the epoch
    number: int

    def seconds(self, number: int) -> float:
        """Return the seconds of a number of purges. Raise `AssertionError` for a wrong one."""
        words = (self.purger, str(self.base), str(self.before))
        taken = 0.0
        for _ in range(number):
            done = subprocess.run(
                [sys.executable, "-m", __name__, *words],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            removed, seconds = done.stdout.split()
            if int(removed) != self.number:
                raise AssertionError(f"{self.purger} removed {removed} of {self.number}")
            taken += float(seconds)
        return taken


def main(purger: str, base: str, before: str) -> None:
    store = Naive(Path(base), rckp.decode) if purger == "naive" else rckp.CheckpointStore(base)
    start = time.perf_counter()
    removed = store.purge_older_than(int(before))
    print(removed, time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
