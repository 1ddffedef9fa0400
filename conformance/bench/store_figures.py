"""`python -m bench.store_figures [DIRECTORY]`: what listing and saving cost.

Makes 100,000 small files and 1,000 of 1 MB below the directory (by default a temporary
one), lists them, counts system calls with strace, and saves beside the bare calls of the
same protocol. For docs/reliability.md.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from author.reader import EXAMPLE

import rckp

IDENTITY = rckp.Identity("HC", "p=1", "TSP", "n=4")
FILES, SCOPES, LARGE = 100_000, 200, 1_000
ROUNDS = 300

COUNTED = """
import sys, rckp
store, identity = rckp.CheckpointStore(sys.argv[1]), rckp.Identity("HC", "p=1", "TSP", "n=4")
for _ in range(int(sys.argv[2])):
    store.list_resumable(identity)
"""


def main(arguments: list[str]) -> None:
    """Prints one figure a line."""
    with tempfile.TemporaryDirectory(dir=arguments[0] if arguments else None) as folder:
        root = Path(folder)
        small = make(root / "small", FILES, "x" * 150)
        print(f"list {FILES:,} small files of others: {listing(small):.2f} s")
        highest = memory(small) / 1024
        print(f"  memory: {highest:.0f} KiB at most, for {directories(small)} directories")
        if shutil.which("strace"):
            calls = system_calls(root, small)
            print(f"  {calls:,} system calls: {calls / FILES:.3f} a file, directories included")
        large = make(root / "large", LARGE, "x" * 1_000_000)
        whole = timed(lambda: [path.read_bytes() for path in large.rglob("*.ckpt")])
        print(f"list {LARGE:,} files of 1 MB of others: {listing(large):.3f} s")
        print(f"  to read them whole: {whole:.3f} s")
        for durability in ("full", "file", "none"):
            for size in (200, 1_000_000):
                ours, bare = saving(root / "save", durability, size)
                print(
                    f"save {size:,} B, durability {durability}: {ours * 1e6:,.0f} µs, "
                    f"bare calls {bare * 1e6:,.0f} µs: {ours / bare:.2f} ×"
                )


def make(base: Path, number: int, payload: str) -> Path:
    """Files of another algorithm, spread over the scopes."""
    data = rckp.encode(EXAMPLE._replace(algorithm_name="SA", step_state_payload=payload))
    for at in range(number):
        folder = base / "alg-SA" / f"prob-{at % SCOPES}"
        if at < SCOPES:
            folder.mkdir(parents=True)
        (folder / f"run-{at}.ckpt").write_bytes(data)
    return base


def timed(action: Callable[[], object]) -> float:
    """Seconds, the least of five."""
    found = []
    for _ in range(5):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


def listing(base: Path) -> float:
    """Seconds to find that nothing below the base is ours."""
    return timed(lambda: rckp.CheckpointStore(base).list_resumable(IDENTITY))


def memory(base: Path) -> int:
    """Bytes at most while listing."""
    tracemalloc.start()
    rckp.CheckpointStore(base).list_resumable(IDENTITY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def directories(base: Path) -> int:
    """How many there are, the base included."""
    return 1 + sum(path.is_dir() for path in base.rglob("*"))


def system_calls(root: Path, base: Path) -> int:
    """The calls of one listing: those of a program that lists once, less of one that does not."""
    counts = []
    for rounds in ("0", "1"):
        trace = root / f"trace-{rounds}"
        command = ["strace", "-f", "-o", trace, sys.executable, "-c", COUNTED, base, rounds]
        subprocess.run(list(map(str, command)), check=True)
        with trace.open() as lines:
            counts.append(sum(1 for _ in lines))
        trace.unlink()
    return counts[1] - counts[0]


def saving(base: Path, durability: str, size: int) -> tuple[float, float]:
    """Median seconds of a save over the one before, and of its bare calls, taken in turn."""
    store = rckp.CheckpointStore(base, durability=durability)
    record = EXAMPLE._replace(step_state_payload="x" * size)
    folder = store.write(record).parent
    data = rckp.encode(record)
    ours, bare = [], []
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            store.write(record)
            between = time.perf_counter()
            calls(descriptor, data, durability)
            ours.append(between - start)
            bare.append(time.perf_counter() - between)
    finally:
        os.close(descriptor)
    shutil.rmtree(base)
    return statistics.median(ours), statistics.median(bare)


def calls(folder: int, data: bytes, durability: str) -> None:
    """Open, write, flush, close, rename, flush: what no safe save can do without."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    file = os.open("bare.tmp", flags, 0o666, dir_fd=folder)
    os.write(file, data)
    if durability != "none":
        os.fsync(file)
    os.close(file)
    os.rename("bare.tmp", "bare", src_dir_fd=folder, dst_dir_fd=folder)
    if durability == "full":
        os.fsync(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
