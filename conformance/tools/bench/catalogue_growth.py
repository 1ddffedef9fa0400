"""Time and memory of a catalogue, by the number of files, against those of `rckp validate`.

    python -m conformance.tools.bench.catalogue_growth --directory /dev/shm 10000 100000

It is not part of the benchmark: a million files take 5 GiB in the directory, and minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from conformance.tools.bench.many_work import Work, make_tree

_SIZE = 300  # bytes of a file
_MEBI = 1 << 20


class Run(NamedTuple):
    """A process: its time and its processor time in seconds, and its highest memory in bytes."""

    seconds: float
    processor: float
    memory: int


def run(*words: str | Path) -> Run:
    """Run `rckp`. The processor time is that of all its processes; the largest has the memory."""
    command = [sys.executable, "-m", "rckp", *map(str, words)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with exit status {process.returncode}")
    seconds = time.perf_counter() - start
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def measure(base: Path, target: Path, number: int) -> None:
    """Print a line for each command."""
    catalogue = ("list", "--format", "parquet", "-o", target, base)
    for name, words in (
        ("validate", ("validate", base)),
        ("list --format parquet", catalogue),
        ("list --format parquet -j 2", (*catalogue[:-1], "-j", "2", base)),
    ):
        found = run(*words)
        each = 1e6 / number
        print(
            f"{number:>9,}  {name:<27} {found.seconds:8.1f} s {found.seconds * each:6.0f} µs/file "
            f"{found.processor * each:6.0f} µs of processor {found.memory / _MEBI:7.1f} MiB",
            flush=True,
        )
    print(f"{number:>9,}  {target.stat().st_size / number:.1f} bytes of Parquet a file")


def main() -> None:
    """Measure each number of files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", help="where the files are made; tmpfs is best")
    parser.add_argument("numbers", nargs="+", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        for number in options.numbers:
            base = make_tree(Path(directory) / "runs", Work(number, _SIZE, 1.0))
            measure(base, Path(directory) / "runs.parquet", number)
            shutil.rmtree(base)


if __name__ == "__main__":
    main()
