"""The cost of a listing: system calls for each file and directory, and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

import rckp
from conformance.tests.crash.scenarios import IDENTITY, record
from conformance.tests.crash.tracing import ENVIRONMENT, IGNORED
from conformance.tests.tools import need

FILES = int(os.environ.get("RCKP_FILES", "2000"))
A_FILE = 3.1
# Others' checkpoints, of which a listing keeps nothing; every hundredth is ours.
OURS = 100
PROGRAM = """
import os, sys
import rckp
from conformance.tests.crash.scenarios import IDENTITY
store = rckp.CheckpointStore(sys.argv[1])
store.list_resumable(IDENTITY)  # whatever is done once is done now
os.getppid()
found = store.list_resumable(IDENTITY)
os.getppid()
print(len(found))
"""


def planted(base: Path, files: int, per_directory: int) -> int:
    """That many checkpoints below a base; says in how many directories."""
    ours = rckp.encode(record(1, 1))
    others = rckp.encode(record(1, 1)._replace(algorithm_signature_hash=1))
    directories = range(0, files, per_directory)
    for first in directories:
        directory = base / f"prob-{first}"
        directory.mkdir(parents=True)
        for i in range(first, min(first + per_directory, files)):
            (directory / f"run-{i}.ckpt").write_bytes(others if i % OURS else ours)
    return 1 + len(directories)


# A directory takes ten: CPython duplicates the descriptor that it is to read a directory
# from, and asks four questions about it. With a hundred files in each, that is within 3.
@pytest.mark.parametrize(("per_directory", "a_directory"), [(1000, 3), (100, 3), (10, 10)])
def test_system_calls(tmp_path: Path, per_directory: int, a_directory: int) -> None:
    need("strace", how="apt install strace (Linux only)")
    directories = planted(tmp_path / "base", FILES, per_directory)
    done = subprocess.run(
        ["strace", "-o", tmp_path / "log", sys.executable, "-c", PROGRAM, tmp_path / "base"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert int(done.stdout) == FILES // OURS
    _, listing, _ = re.split(r"^getppid\(\).*$", (tmp_path / "log").read_text(), flags=re.MULTILINE)
    names = re.findall(r"^(\w+)\(", listing, flags=re.MULTILINE)
    calls = [name for name in names if name not in IGNORED]
    assert calls.count("pread64") >= FILES
    print(
        f"{FILES} files in {directories} directories: {len(calls)} system calls, "
        f"{(len(calls) - a_directory * directories) / FILES:.3f} a file "
        f"and {a_directory} a directory"
    )
    assert len(calls) <= A_FILE * FILES + a_directory * directories


def test_memory_does_not_grow_with_what_does_not_match(tmp_path: Path) -> None:
    """Ten times as many files of others in one directory, and as many of ours."""
    other = rckp.encode(record(1, 1)._replace(algorithm_signature_hash=1))
    peaks = []
    for files in (FILES // 10, FILES):
        store = rckp.CheckpointStore(tmp_path / str(files))
        store.write(record(1, 1))
        for i in range(files):
            (store.base_dir / f"{i}.ckpt").write_bytes(other)
        store.list_resumable(IDENTITY)
        tracemalloc.start()
        assert len(store.list_resumable(IDENTITY)) == 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    print(f"{FILES // 10} and {FILES} files of others: {peaks[0]} and {peaks[1]} bytes at most")
    assert peaks[1] - peaks[0] < 4096
