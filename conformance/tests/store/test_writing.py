"""Writing so that none is lost: the steps, their failures, locks, temporary files."""

from __future__ import annotations

import errno
import logging
import os
import stat
import sys
from pathlib import Path

import pytest

import rckp
from conformance.tests.descriptors import open_below
from conformance.tests.store.examples import IDENTITY, NEW, OLD, names, record, temporaries
from conformance.tests.store.failing_calls import fail
from rckp.files.directory import Directory
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


@pytest.mark.parametrize("base", ["link", "link/base", "link/x/base"])
def test_a_link_that_leads_nowhere_on_the_way_to_the_base(tmp_path: Path, base: str) -> None:
    (tmp_path / "link").symlink_to("elsewhere/nowhere")
    with pytest.raises(rckp.StoreError) as caught:
        rckp.CheckpointStore(tmp_path / base).write(OLD)
    assert caught.value.code == "not-a-directory"
    assert caught.value.path == str(tmp_path / "link")
    assert names(tmp_path) == ["link"]


def test_a_racing_first_writer_of_another_run_is_seen(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without locks, two runs with one file name write for the first time at once."""
    theirs = record("a_b")
    rival = rckp.CheckpointStore(store.base_dir, durability="none")
    judge = atomic_write.check_destination
    paths: list[Path] = []

    def judged_then_written(write: PendingWrite) -> bool | None:
        there = judge(write)
        if not paths and write.run_id == "a:b":
            monkeypatch.setattr(Directory, "locked", unlocked)
            paths.append(rival.write(theirs))
        return there

    monkeypatch.setattr(atomic_write, "check_destination", judged_then_written)
    monkeypatch.setattr(Directory, "locked", unlocked)
    with pytest.raises(rckp.RunIdCollision) as caught:
        store.write(record("a:b"))
    assert (caught.value.details["run_id"], caught.value.details["other"]) == ("a:b", "a_b")
    assert store.read(paths[0]) == theirs
    assert temporaries(store.base_dir) == []


class unlocked:  # noqa: N801 - it stands in for a method
    """A lock that is not there."""

    def __init__(self, *_: object, **__: object) -> None: ...
    def __enter__(self) -> bool:
        return False

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_without_links_a_rename_has_to_do(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    fail(monkeypatch, "link", times=99, code=code)
    path = store.write(OLD)
    assert store.read(path) == OLD
    path.write_bytes(b"PK odd")
    store.write(NEW)
    assert store.read(path) == NEW
    [aside] = temporaries(store.base_dir)
    assert aside.read_bytes() == b"PK odd"


def test_keeping_aside_is_told(
    store: rckp.CheckpointStore, caplog: pytest.LogCaptureFixture
) -> None:
    path = store.write(OLD)
    path.write_bytes(b"PK odd")
    with caplog.at_level(logging.WARNING, "rckp.store"):
        store.write(NEW)
    [message] = [each.getMessage() for each in caplog.records]
    assert "kept as run-" in message


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_the_permission_bits_stay(store: rckp.CheckpointStore, mode: int) -> None:
    path = store.write(OLD)
    path.chmod(mode)
    store.write(NEW)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_umask_decides_about_a_new_file(store: rckp.CheckpointStore) -> None:
    before = os.umask(0o077)
    try:
        assert stat.S_IMODE(store.write(OLD).stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_base_that_was_removed_meanwhile_is_made_again(store: rckp.CheckpointStore) -> None:
    import shutil

    store.write(OLD)
    shutil.rmtree(store.base_dir)
    assert store.read(store.write(NEW)) == NEW


def test_a_relative_base_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    store = rckp.CheckpointStore("base", durability="none")
    monkeypatch.chdir("elsewhere")
    assert store.write(OLD).is_relative_to(tmp_path / "base")


def test_an_unknown_durability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="full, file, none"):
        rckp.CheckpointStore(tmp_path, durability="most")


def test_a_record_that_cannot_be_encoded_changes_nothing(store: rckp.CheckpointStore) -> None:
    with pytest.raises(rckp.EncodeError, match="lone-surrogate"):
        store.write(OLD._replace(algorithm_name="\ud800"))
    assert not store.base_dir.exists()


def test_nothing_is_left_open(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    with Directory.open(str(path.parent)):
        assert open_below(store.base_dir), "what is open is not seen"
    for _ in range(3):
        store.write(NEW)
        with pytest.raises(rckp.StoreError):
            store.write(record("x" * 300))
        with pytest.raises(rckp.RunIdCollision):
            store.write(NEW._replace(run_id=f"_{NEW.run_id}"))
        store.delete_on_success(path)
        store.purge_older_than(1000)
        store.list_resumable(IDENTITY)
    assert open_below(store.base_dir) == []


@pytest.mark.skipif(sys.platform == "win32", reason="other limits")
def test_a_base_with_a_name_that_is_too_long_creates_nothing(tmp_path: Path) -> None:
    store = rckp.CheckpointStore(tmp_path / "missing" / ("x" * 256) / "below")
    with pytest.raises(rckp.StoreError) as caught:
        store.write(record())
    assert caught.value.code == "name-too-long"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="other limits")
def test_a_path_that_is_too_long_as_a_whole_is_not_written(tmp_path: Path) -> None:
    store = rckp.CheckpointStore(tmp_path.joinpath(*["y" * 200] * 21))
    with pytest.raises(rckp.StoreError) as caught:
        store.write(record())
    assert caught.value.code == "not-written"
    assert list(tmp_path.iterdir()) == []


def test_a_created_directory_is_flushed_until_that_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = rckp.CheckpointStore(tmp_path / "a" / "b" / "c")
    flush = Directory.fsync
    flushed: list[str] = []
    failing = {str(tmp_path / "a")}

    def fsync(directory: Directory) -> None:
        if directory.path in failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(directory)
        flushed.append(directory.path)

    monkeypatch.setattr(Directory, "fsync", fsync)
    for _ in range(2):
        with pytest.raises(rckp.StoreError, match="not-written"):
            store.write(record())
    failing.clear()
    flushed.clear()
    store.write(record())
    above = [str(path) for path in (tmp_path / "a", tmp_path / "a" / "b")]
    assert [path for path in flushed if path in above] == above
    flushed.clear()
    store.write(record())
    assert not set(flushed) & set(above)


def test_a_created_directory_that_may_not_be_opened_is_not_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_directory = Directory.open.__func__  # type: ignore[attr-defined]

    def refuse(cls: type[Directory], path: str) -> Directory:
        if path == str(tmp_path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        made: Directory = open_directory(cls, path)
        return made

    monkeypatch.setattr(Directory, "open", classmethod(refuse))
    store = rckp.CheckpointStore(tmp_path / "a" / "b")
    assert store.write(record()).exists()
