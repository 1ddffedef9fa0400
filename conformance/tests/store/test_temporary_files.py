"""The temporary files of writes: who removes them, and who may read them."""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

import pytest

import rckp
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.examples import NEW, OLD, names, temporaries
from conformance.tests.store.failing_calls import fail
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


def test_a_temporary_name_that_stays_after_publishing_is_told_and_swept(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail(patch, "unlink")
        with pytest.raises(rckp.DurabilityUncertain):
            store.write(OLD)
    [path] = store.files()
    assert store.read(path) == OLD
    assert len(temporaries(store.base_dir)) == 1
    store.write(NEW)
    assert names(path.parent) == [path.name]


def test_what_cannot_be_removed_is_swept_by_the_next_write(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    with monkeypatch.context() as patch:
        fail(patch, "replace")
        fail(patch, "unlink")
        with pytest.raises(rckp.StoreError, match="not-written"):
            store.write(NEW)
    [left] = temporaries(store.base_dir)
    assert not left.name.endswith(".ckpt")
    assert [*store.files()] == [path]
    store.write(NEW)
    assert names(path.parent) == [path.name]


def test_a_killed_writers_temporary_file_is_swept(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    left = path.parent / ".rckp-0123456789abcdef.tmp"
    left.write_bytes(b"RCKP")
    mine = path.parent / ".rckp-notes.tmp"
    mine.write_bytes(b"mine")
    store.write(NEW)
    assert left.exists(), "a scope is swept once by one store"
    rckp.CheckpointStore(store.base_dir).write(OLD)
    assert names(path.parent) == [mine.name, path.name]


def test_without_locks_only_old_temporary_files_are_swept(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    path = store.write(OLD)
    fresh, old = (path.parent / f".rckp-{digit * 16}.tmp" for digit in "ab")
    for left in (fresh, old):
        left.touch()
    os.utime(old, (time.time() - 90000,) * 2)

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    rckp.CheckpointStore(store.base_dir).write(NEW)
    assert names(path.parent) == [fresh.name, path.name]


def test_what_a_checkpoint_keeps_to_itself_its_successor_never_shows(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAFE-16: the temporary file may not be read by whom the checkpoint may not."""
    path = store.write(EXAMPLE)
    path.chmod(0o600)
    modes = []
    fill = atomic_write.write_content

    def watched(write: PendingWrite) -> None:
        assert write.descriptor is not None
        modes.append(stat.S_IMODE(os.fstat(write.descriptor).st_mode))
        fill(write)

    steps = tuple(watched if step is fill else step for step in atomic_write.PROTOCOL)
    monkeypatch.setattr(atomic_write, "PROTOCOL", steps)
    store.write(EXAMPLE._replace(elapsed_millis=2))
    assert modes == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
