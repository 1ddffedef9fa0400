"""Locks that others hold, that a fork or a signal interrupts, or that find no resources."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import rckp
from conformance.tests.attack.writing import NEW, OLD
from conformance.tests.descriptors import open_below
from conformance.tests.store.examples import record
from rckp.files import directory_lock as lock
from rckp.files import turns
from rckp.files.directory import Directory
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite

if sys.platform != "win32":
    import fcntl

LATEST = OLD._replace(created_at_ms=3)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")

HOLDING = """
import sys
from rckp.files.directory import Directory
with Directory.open(sys.argv[1]) as directory, directory.locked(30):
    print(flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    store = rckp.CheckpointStore(tmp_path / "base", durability="none")
    store.lock_required = True
    return store


@contextmanager
def another_holder(directory: Path) -> Iterator[Callable[[], None]]:
    """Let another process hold the lock of a directory, until the function is called."""
    command = [sys.executable, "-c", HOLDING, str(directory)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        try:
            yield process.stdin.close
        finally:
            process.kill()


def lock_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "rckp-lock"]


def test_saves_that_time_out_share_one_waiter(store: rckp.CheckpointStore) -> None:
    directory = store.write(OLD).parent
    store.lock_timeout = 0.01
    with another_holder(directory) as release:
        for _ in range(20):
            with pytest.raises(rckp.StoreError) as caught:
                store.write(NEW)
            assert caught.value.code == "lock-timeout"
        assert len(lock_threads()) == 1
        assert len(open_below(store.base_dir)) == 1
        release()
        for thread in lock_threads():
            thread.join()
    assert open_below(store.base_dir) == []
    store.write(NEW)


def test_the_next_writer_takes_a_waiter_over(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    with another_holder(path.parent) as release:
        store.lock_timeout = 0.01
        with pytest.raises(rckp.StoreError):
            store.write(NEW)
        [waiting] = lock_threads()
        store.lock_timeout = 60.0
        find = lock.DirectoryLock._find_waiter

        def found(wanting: lock.DirectoryLock) -> lock._Waiter:
            waiter = find(wanting)
            release()
            return waiter

        monkeypatch.setattr(lock.DirectoryLock, "_find_waiter", found)
        store.write(NEW)
        waiting.join()
    assert store.read(path) == NEW
    assert open_below(store.base_dir) == []


@pytest.mark.parametrize("error", [OSError(errno.EMFILE, "-"), RuntimeError("no thread")])
def test_without_a_descriptor_or_a_thread_the_lock_is_polled(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = store.write(OLD)
    with another_holder(path.parent) as release:

        def refuse(*_: object) -> None:
            if store.lock_timeout > 1:
                release()
            raise error

        monkeypatch.setattr(lock.DirectoryLock, "_find_waiter", refuse)
        store.lock_timeout = 0.05
        with pytest.raises(rckp.StoreError) as caught:
            store.write(NEW)
        assert caught.value.code == "lock-timeout"
        store.lock_timeout = 60.0
        store.write(NEW)
    assert store.read(path) == NEW


def test_every_one_of_many_writers_gets_the_lock(store: rckp.CheckpointStore) -> None:
    failed: list[BaseException] = []

    def save(number: int) -> None:
        try:
            for _ in range(3):
                store.write(record(f"HC-1-{number}-5"))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(list(store.files())) == 60


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    with Directory.open(str(tmp_path)) as opened:
        yield opened


def held(directory: Directory) -> lock.DirectoryLock:
    """A lock of the directory, through a descriptor as each save has its own."""
    assert directory.descriptor is not None
    return lock.DirectoryLock(directory.descriptor)


def test_a_thread_that_gives_up_leaves_the_queue(tmp_path: Path, directory: Directory) -> None:
    first = held(directory)
    first.acquire(0.0)
    for _ in range(3):
        with Directory.open(str(tmp_path)) as other, pytest.raises(lock.LockTimeoutError):
            held(other).acquire(0.01)
    first.release()
    with Directory.open(str(tmp_path)) as other:
        again = held(other)
        again.acquire(0.0)
        again.release()
    assert turns._queues == {}


@pytest.mark.parametrize("name", ["ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL", "EBADF"])
def test_a_file_system_without_locks_is_written_to_without(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(getattr(errno, name), "-")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with directory.locked(0.0) as locked:
        assert locked is False
    assert turns._queues == {}


def test_an_error_of_waiting_is_raised_and_leaves_nothing(
    tmp_path: Path, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock

    def fail_to_wait(descriptor: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX:
            raise OSError(errno.EIO, "-")
        flock(descriptor, operation)

    with another_holder(tmp_path) as release:
        monkeypatch.setattr(fcntl, "flock", fail_to_wait)
        with pytest.raises(OSError, match="-") as caught:
            held(directory).acquire(60.0)
        assert caught.value.errno == errno.EIO
        for thread in lock_threads():
            thread.join()
        assert (lock._waiters, turns._queues, lock._opened) == ({}, {}, set())
        release()


def test_an_interrupted_wait_gives_a_granted_lock_back(
    tmp_path: Path, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = lock._Waiter.wait

    def interrupted(waiter: lock._Waiter, timeout: float) -> None:
        release()
        wait(waiter, timeout)
        raise KeyboardInterrupt

    monkeypatch.setattr(lock._Waiter, "wait", interrupted)
    with another_holder(tmp_path) as release, pytest.raises(KeyboardInterrupt):
        held(directory).acquire(60.0)
    for thread in lock_threads():
        thread.join()
    assert (lock._waiters, turns._queues, lock._opened, lock._held) == ({}, {}, set(), set())
    again = held(directory)
    again.acquire(0.0)
    again.release()


@pytest.mark.parametrize("timeout", [float("inf"), 1e10])
def test_any_timeout(store: rckp.CheckpointStore, timeout: float) -> None:
    directory = store.write(OLD).parent
    store.lock_timeout = timeout
    with another_holder(directory) as release:
        saving = threading.Thread(target=store.write, args=(NEW,))
        saving.start()
        while not lock_threads():
            saving.join(0.001)
        release()
        saving.join()
    assert store.read(next(store.files())) == NEW


@pytest.mark.parametrize("task", ["write", "delete"])
def test_what_a_signal_handler_does_in_a_save_does_not_wait_for_it(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    path = store.write(OLD)
    store.lock_timeout = 60.0
    monkeypatch.setattr(lock.DirectoryLock, "_poll", None)  # nor does it poll
    save = atomic_write.run_steps
    interrupted: list[object] = []

    def interrupt(write: PendingWrite) -> None:
        if not interrupted:
            interrupted.append(write)
            store.write(LATEST) if task == "write" else store.delete_on_success(path)
        save(write)

    monkeypatch.setattr(atomic_write, "run_steps", interrupt)
    store.write(NEW)
    assert store.read(path) == NEW
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_save_that_interrupts_a_wait_gets_the_lock_itself(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    store.lock_timeout = 60.0
    wait = lock._Waiter.wait

    def interrupted(waiter: lock._Waiter, timeout: float) -> None:
        release()
        store.write(LATEST)
        wait(waiter, timeout)

    monkeypatch.setattr(lock._Waiter, "wait", interrupted)
    with another_holder(path.parent) as release:
        store.write(NEW)
    assert store.read(path) == NEW
    assert (lock._waiters, turns._queues, lock._opened, lock._held) == ({}, {}, set(), set())
