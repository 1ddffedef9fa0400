"""Locks that others hold, that a fork or a signal interrupts, or that find no resources."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import rckp
from conformance.tests.descriptors import open_below
from conformance.tests.store.examples import record
from rckp.files import directory_lock

OLD = record("HC-1-1-5")
NEW = OLD._replace(step_state_payload="iter=2;eval=2")

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
        of = directory_lock._Waiter.of

        def found(key: tuple[int, int], directory: int) -> directory_lock._Waiter:
            waiter = of(key, directory)
            release()
            return waiter

        monkeypatch.setattr(directory_lock._Waiter, "of", found)
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

        monkeypatch.setattr(directory_lock._Waiter, "of", refuse)
        store.lock_timeout = 0.05
        with pytest.raises(rckp.StoreError) as caught:
            store.write(NEW)
        assert caught.value.code == "lock-timeout"
        store.lock_timeout = 60.0
        store.write(NEW)
    assert store.read(path) == NEW


FORKING = """
import os, signal, sys, time
from rckp.files.directory import Directory
with Directory.open(sys.argv[1]) as directory, directory.locked(5):
    child = os.fork()
    if not child:
        same = os.path.samestat(os.fstat(directory.descriptor), os.stat(sys.argv[1]))
        os.write(1, b"%s %d\\n" % (str(same).encode(), len(list(directory.scan()))))
        os.close(1)  # or the test would wait for the end of this output
        time.sleep(60)
    os.write(1, b"%d\\n" % child)  # in one call, so that the lines do not mix
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_does_not_keep_the_lock(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    done = subprocess.run(
        [sys.executable, "-c", FORKING, path.parent],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout
    [child] = [int(line) for line in done.stdout.splitlines() if line.isdigit()]
    try:
        assert "True 1" in done.stdout.splitlines(), "the child lost its directory"
        store.lock_timeout = 30.0
        store.write(NEW)
    finally:
        os.kill(child, signal.SIGKILL)


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
