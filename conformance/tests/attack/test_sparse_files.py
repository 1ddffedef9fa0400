"""A valid file with a payload that does not fit into memory is skipped, and the rest is listed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.examples import record
from conformance.tests.tools import with_tests_importable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sparse files here")

SIZE = 3 << 30  # bytes of the payload; of zeros, so that they take no room on the disk
LIMIT = 1 << 30  # bytes of address space

LIMITED = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT}, {LIMIT}))
"""

LISTED = (
    LIMITED
    + """
import rckp
from conformance.tests.store.examples import IDENTITY
store, told = rckp.CheckpointStore(sys.argv[1]), []
found = store.list_resumable(IDENTITY, on_error=lambda path, error: told.append(error.code))
print([entry.record.run_id for entry in found], told)
print(store.purge_older_than(1 << 62), len(list(store.files())))
"""
)

COMMAND = LIMITED + "from rckp.cli import main; sys.exit(main())"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    store = rckp.CheckpointStore(tmp_path / "base")
    small = store.write(record("HC-1-1-5"))
    long = record("HC-1-2-6")._replace(step_state_payload="")
    encoded = rckp.encode(long)
    # The end of the payload is where the record without one has its length.
    at = next(
        place
        for place in range(len(encoded))
        if rckp.encode(long._replace(step_state_payload="x"))[place : place + 5] == b"\1\0\0\0x"
    )
    with (small.parent / "large.ckpt").open("wb") as file:
        file.write(encoded[:at] + SIZE.to_bytes(4, "little"))
        file.seek(SIZE, os.SEEK_CUR)
        file.write(encoded[at + 4 :])
    return store.base_dir


def limited(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=with_tests_importable(),
        check=False,
    )


@pytest.mark.slow
def test_a_listing_leaves_it_out_and_a_purge_removes_it(base: Path) -> None:
    done = limited(LISTED, base)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['HC-1-1-5'] ['too-large']", "2 0"]


@pytest.mark.slow
def test_the_commands_hold_no_payload(base: Path) -> None:
    done = limited(COMMAND, "list", base)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("HC-1-") == 2
    like = next(path for path in base.rglob("run-*.ckpt"))
    done = limited(COMMAND, "resume", "--latest", "--like", like, base)
    assert (done.returncode, Path(done.stdout.strip()).name) == (0, like.name), done.stderr
    done = limited(COMMAND, "purge", "--older-than", "1d", base)
    assert done.returncode == 0, done.stderr
    assert not list(base.rglob("*.ckpt"))
