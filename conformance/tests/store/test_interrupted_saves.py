"""Ctrl-C at any point of a save, a deletion or a purge: nothing stays locked, nothing is torn."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.examples import NEW, OLD, temporaries
from conformance.tests.store.interrupting import Interrupter
from rckp.files import directory_lock, turns

pytestmark = [
    pytest.mark.skipif(
        sys.implementation.name != "cpython" or sys.platform == "win32",
        reason="knows where CPython handles signals",
    ),
    # A listing of a directory that was just opened is closed by the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed scandir iterator:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TASKS: dict[str, Callable[[rckp.CheckpointStore, Path], object]] = {
    "write": lambda store, _: store.write(NEW),
    "delete": lambda store, path: store.delete_on_success(path),
    "purge": lambda store, _: store.purge_older_than(1 << 40),
}
_LEAST = 40  # points; a task has far more


def is_free(directory: Path) -> bool:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def nothing_is_held() -> bool:
    queues, held = turns._queues, directory_lock._held
    return not any((queues, held, directory_lock._opened, directory_lock._waiters))


@pytest.mark.parametrize("task", TASKS)
def test_nothing_stays_locked(tmp_path: Path, task: str) -> None:
    store = rckp.CheckpointStore(tmp_path / "base", durability="none")
    store.lock_required, store.lock_timeout = True, 10.0
    point = 1
    while True:
        path = store.write(OLD)
        interrupter = Interrupter(point)
        if not interrupter.call(partial(TASKS[task], store, path)):
            break
        assert nothing_is_held(), interrupter.where
        assert is_free(path.parent), interrupter.where
        left = [entry.record for entry in store.entries()]
        expected = [[OLD], [NEW]] if task == "write" else [[OLD], []]
        assert left in expected, interrupter.where
        other = threading.Thread(target=store.write, args=(OLD,))
        other.start()
        other.join()
        assert store.read(path) == OLD, interrupter.where
        assert temporaries(tmp_path) == [], interrupter.where
        point += 1
    assert point > _LEAST


def test_a_save_that_waits_for_the_lock(tmp_path: Path) -> None:
    store = rckp.CheckpointStore(tmp_path, durability="none")
    path = store.write(OLD)
    store.lock_required, store.lock_timeout = True, 0.002
    point = 1
    while True:
        holder = os.open(path.parent, os.O_RDONLY)
        fcntl.flock(holder, fcntl.LOCK_EX)
        interrupter = Interrupter(point)

        def write() -> None:
            with pytest.raises(rckp.StoreError):
                store.write(NEW)

        interrupted = interrupter.call(write)
        os.close(holder)
        for thread in threading.enumerate():
            if thread.name == "rckp-lock":
                thread.join(30)
        directory_lock._opened.clear()  # a descriptor without a lock may stay open
        assert nothing_is_held(), interrupter.where
        assert is_free(path.parent), interrupter.where
        if not interrupted:
            break
        point += 1
    assert point > _LEAST
    assert store.read(path) == OLD
