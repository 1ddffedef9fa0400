"""A process that has really run out of descriptors goes on, and saves when it has some again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conformance.tests.crash.tracing import ENVIRONMENT

# A process of its own, since what is imported late is imported only once: nothing that a
# runner does when a save fails may need a descriptor.
PROGRAM = """
import os, resource, sys
import rckp
from conformance.tests.crash.scenarios import IDENTITY, Counting
del sys.modules["logging"]

store = rckp.CheckpointStore(sys.argv[1])
with rckp.CheckpointedRun(store, IDENTITY, Counting) as run:
    run.report(Counting(0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    for iteration in range(1, 31):
        run.report(Counting(iteration))
    failed = run.last_error
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for iteration in range(31, 41):
        run.report(Counting(iteration))
    [entry] = store.list_resumable(IDENTITY)
    assert entry.record.random_seed == 40
    assert len(os.listdir(entry.path.parent)) == 1
print(failed.code, failed.details["reason"])
"""


def test_no_descriptors_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "base")],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "not-written Too many open files\n"
    assert done.stderr.count("this is told only once") == 1
    assert list((tmp_path / "base").rglob("*.ckpt")) == []
