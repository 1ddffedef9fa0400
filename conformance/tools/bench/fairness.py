"""Many writers in one scope: saves per second, the longest wait, and lock timeouts.

`python -m conformance.tools.bench.fairness [DIRECTORY]`: the directory should be on a file system
in memory, so that the disk does not decide.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import threading
import time
from typing import NamedTuple

import rckp
from conformance.tests.store.examples import record

SECONDS = 8.0
WRITERS = (1, 50, 500)
_START = 0.5, 0.02  # seconds until all writers have started, and for each of them


class Outcome(NamedTuple):
    """The results of one writer."""

    saves: int
    longest: float  # seconds of one save
    locked: int  # saves that did not get the lock in time
    ended: float  # when the last save ended, in seconds since the epoch


def start_of(writers: int) -> float:
    """Return a time at which so many writers will be ready, in seconds since the epoch."""
    return time.time() + _START[0] + _START[1] * writers


def rate(found: list[Outcome], start: float) -> float:
    """Return the saves per second of all writers."""
    return sum(each.saves for each in found) / (max(each.ended for each in found) - start)


def write(base: str, number: int, start: float, seconds: float) -> Outcome:
    """Save from a time on, for so many seconds, as one writer."""
    store = rckp.CheckpointStore(base, durability="none")
    store.lock_required = True
    saves, longest, locked = 0, 0.0, 0
    store.write(record(f"HC-1-{number}-5"))  # the first one of a process takes longer
    time.sleep(max(0.0, start - time.time()))
    while time.time() < start + seconds:
        began = time.monotonic()
        try:
            store.write(record(f"HC-1-{number}-5"))
            saves += 1
        except rckp.StoreError:
            locked += 1
        longest = max(longest, time.monotonic() - began)
    return Outcome(saves, longest, locked, time.time())


def in_threads(base: str, number: int, start: float, seconds: float) -> list[Outcome]:
    """Let so many threads of this process write."""
    found: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(write(base, n, start, seconds)))
        for n in range(number)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def in_processes(base: str, number: int, start: float, seconds: float) -> list[Outcome]:
    """Let so many processes write."""
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    processes = [
        context.Process(target=lambda n=n: results.put(write(base, n, start, seconds)))
        for n in range(number)
    ]
    for process in processes:
        process.start()
    found = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return found


def main() -> None:
    """Print a line for each kind and number of writers."""
    directory = sys.argv[1] if len(sys.argv) > 1 else None
    for kind, run in (("threads", in_threads), ("processes", in_processes)):
        for number in WRITERS:
            with tempfile.TemporaryDirectory(dir=directory) as base:
                start = start_of(number)
                found = run(base, number, start, SECONDS)
            print(
                f"{number:>4} {kind:<10} {rate(found, start):>8.0f} "
                f"saves/s, longest {max(each.longest for each in found):.2f} s, fewest saves "
                f"{min(each.saves for each in found)}, locked {sum(e.locked for e in found)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
