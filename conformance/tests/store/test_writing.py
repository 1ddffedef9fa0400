"""Writing so that none is lost: the steps, their failures, locks, temporary files."""

from __future__ import annotations

import errno
import logging
import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.descriptors import open_below
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.examples import IDENTITY, names, record, temporaries
from conformance.tests.tools import need, require, with_tests_importable
from rckp.files.directory import Directory
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite

OLD, NEW = record(payload="old", at=1), record(payload="new" * 5000, at=2)


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


def fail(
    monkeypatch: pytest.MonkeyPatch, name: str, times: int = 1, code: int = errno.EIO
) -> list[str]:
    """Makes an `os` function fail from its first call on, `times` times; gives the calls."""
    real: Callable[..., object] = getattr(os, name)
    calls: list[str] = []

    def failing(*args: object, **kwargs: object) -> object:
        calls.append(name)
        if len(calls) <= times:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, failing)
    return calls


@pytest.mark.parametrize("base", ["link", "link/base", "link/x/base"])
def test_a_link_that_leads_nowhere_on_the_way_to_the_base(tmp_path: Path, base: str) -> None:
    (tmp_path / "link").symlink_to("elsewhere/nowhere")
    with pytest.raises(rckp.StoreError) as caught:
        rckp.CheckpointStore(tmp_path / base).write(OLD)
    assert caught.value.code == "not-a-directory"
    assert caught.value.path == str(tmp_path / "link")
    assert names(tmp_path) == ["link"]


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


def _hold(
    path: str, ready: multiprocessing.synchronize.Event, done: multiprocessing.synchronize.Event
) -> None:
    with Directory.open(path) as directory, directory.locked(1):
        ready.set()
        done.wait(20)


def test_a_lock_is_waited_for_and_not_for_ever(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(path.parent), ready, done))
    other.start()
    try:
        assert ready.wait(20)
        store.lock_timeout = 0.05
        store.lock_required = True
        for attempt in (
            lambda: store.write(NEW),
            lambda: store.delete_on_success(path),
        ):
            with pytest.raises(rckp.StoreError) as caught:
                attempt()
            assert caught.value.code == "lock-timeout"
        with pytest.raises(rckp.PurgeIncomplete) as incomplete:
            store.purge_older_than(1000)
        assert [each.code for each in incomplete.value.failures] == ["lock-timeout"]
        assert store.read(path) == OLD
        assert names(path.parent) == [path.name]
        store.lock_required = False
        store.write(NEW)
        assert store.read(path) == NEW
        store.write(OLD)
        store.lock_timeout = 20.0
        threading.Timer(0.1, done.set).start()
        store.write(NEW)
    finally:
        done.set()
        other.join()
    assert store.read(path) == NEW


def test_a_forked_child_does_not_keep_the_lock(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    with Directory.open(str(path.parent)) as directory, directory.locked(1):
        child = os.fork()
        if child == 0:  # it holds the same open directory, and does nothing for a while
            time.sleep(5)
            os._exit(0)
    try:
        store.lock_timeout = 0.5
        store.write(NEW)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


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
