"""A write that fails: the old checkpoint stays, and the error says what is known."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.examples import NEW, OLD, names, temporaries
from conformance.tests.store.failing_calls import fail
from conformance.tests.tools import need, require, with_tests_importable
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


@pytest.mark.parametrize("name", ["writev", "fsync", "fstat", "replace"])
def test_a_failure_before_publishing_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store = rckp.CheckpointStore(tmp_path / "base")
    path = store.write(OLD)
    with monkeypatch.context() as patch:
        calls = fail(patch, name, code=errno.ENOSPC)
        with pytest.raises(rckp.StoreError) as caught:
            store.write(NEW)
    assert len(calls) == 1, "a step that failed is not tried again (SAFE-14)"
    assert (caught.value.code, caught.value.details) == (
        "not-written",
        {"reason": "No space left on device"},
    )
    assert isinstance(caught.value.__cause__, OSError)
    assert store.read(path) == OLD
    assert names(path.parent) == [path.name]


@pytest.mark.parametrize("name", ["link", "fsync", "writev"])
def test_a_failure_of_the_first_write_leaves_nothing(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    store.durability = "file"
    with monkeypatch.context() as patch:
        fail(patch, name)
        with pytest.raises(rckp.StoreError, match="not-written"):
            store.write(OLD)
    assert list(store.files()) == []
    assert temporaries(store.base_dir) == []
    assert store.read(store.write(OLD)) == OLD


@pytest.mark.parametrize("first", [True, False])
def test_a_failure_after_publishing_says_that_durability_is_uncertain(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    if not first:
        store.write(OLD)
    store.durability = "full"

    def failing(_: PendingWrite) -> None:
        raise OSError(errno.EIO, "Input/output error")

    steps = tuple(
        failing if step is atomic_write.flush_directory else step for step in atomic_write.PROTOCOL
    )
    assert failing in steps
    with monkeypatch.context() as patch:
        patch.setattr(atomic_write, "PROTOCOL", steps)
        with pytest.raises(rckp.DurabilityUncertain) as caught:
            store.write(NEW)
    assert caught.value.code == "durability-uncertain"
    [path] = store.files()
    assert store.read(path) == NEW
    assert temporaries(store.base_dir) == []


@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=60))
@settings(max_examples=60)
def test_short_writes_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    """However little the system takes at a time, all of it arrives, or the write fails."""
    base = tmp_path_factory.mktemp("base")
    store = rckp.CheckpointStore(base, durability="none")
    given_sizes = iter(sizes)

    def short(descriptor: int, buffers: list[memoryview]) -> int:
        size = next(given_sizes, 1 << 20)
        return os.write(descriptor, b"".join(buffers)[:size])

    real, os.writev = os.writev, short  # type: ignore[assignment]
    try:
        path = store.write(EXAMPLE)
    except rckp.StoreError as error:
        assert error.code == "not-written"
        assert 0 in sizes
        assert temporaries(base) == []
        assert list(store.files()) == []
    else:
        assert path.read_bytes() == rckp.encode(EXAMPLE)
    finally:
        os.writev = real


def test_a_write_that_reports_too_much_is_noticed(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    monkeypatch.setattr(
        os, "writev", lambda fd, parts: os.write(fd, b"RCKP") and sum(map(len, parts))
    )
    with pytest.raises(rckp.StoreError, match="4 bytes after writing"):
        store.write(NEW)
    assert store.read(path) == OLD


def test_what_was_to_be_kept_aside_stays_where_it_was_when_the_write_fails(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    path.write_bytes(b"PK odd")
    fail(monkeypatch, "replace")
    with pytest.raises(rckp.StoreError, match="not-written"):
        store.write(NEW)
    assert path.read_bytes() == b"PK odd"
    assert names(path.parent) == [path.name]


IN_A_NAMESPACE = """
import os, sys, rckp
from conformance.tests.store.examples import record
base = sys.argv[1]
small = record(payload="s")
for durability in ("full", "file", "none"):
    store = rckp.CheckpointStore(f"{base}/{durability}", durability=durability)
    path = store.write(small)
    if sys.argv[2] == "full":
        attempts = [record(payload="x" * (1 << 20)), record("y-1", payload="y" * (1 << 20))]
    else:
        os.system(f"mount -o remount,ro {base}")
        attempts = [record(payload="t"), record("y-1")]
    for attempt in attempts:
        try:
            store.write(attempt)
        except rckp.StoreError as error:
            print(error.code, error.__cause__.errno)
        else:
            print("written")
    assert store.read(path) == small
    assert os.listdir(path.parent) == [path.name], os.listdir(path.parent)
    if sys.argv[2] != "full":
        os.system(f"mount -o remount,rw {base}")
    store.write(record(payload="again"))
print("done")
"""


@pytest.mark.parametrize(("what", "code"), [("full", errno.ENOSPC), ("read-only", errno.EROFS)])
def test_a_really_full_and_a_really_read_only_file_system(
    tmp_path: Path, what: str, code: int
) -> None:
    need("unshare", "mount", how="apt-get install util-linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = f'mount -t tmpfs -o size=256k none {disk} && exec "$@"'
    probe = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command, "sh", "true"], capture_output=True, check=False
    )
    require(
        probe.returncode == 0, "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)"
    )
    in_namespace = [sys.executable, "-c", IN_A_NAMESPACE, str(disk), what]
    out = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command, "sh", *in_namespace],
        capture_output=True,
        text=True,
        check=False,
        env=with_tests_importable(),
    )
    assert out.returncode == 0, out.stderr
    assert out.stdout.split("\n")[:-1] == [f"not-written {code}"] * 6 + ["done"]
