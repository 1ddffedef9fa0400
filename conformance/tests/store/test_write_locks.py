"""The lock of a scope: writers wait for it, for a limited time."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.examples import NEW, OLD, names
from rckp.files.directory import Directory


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


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
