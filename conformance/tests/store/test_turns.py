"""Threads that save into one scope take turns before they open anything."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.descriptors import open_below
from conformance.tests.store.examples import record
from rckp.files import turns
from rckp.files.turns import Turn
from rckp.format.paths import scope_name

LONG = 60.0  # seconds


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_turns_come_in_the_order_of_arrival() -> None:
    first = Turn("key")
    assert first.enter(0)
    order: list[int] = []

    def wait(number: int) -> None:
        turn = Turn("key")
        assert turn.enter(LONG)
        order.append(number)
        turn.leave()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        until(lambda: len(turns._queues["key"]) == 1 + len(threads))
    other = Turn("other")
    assert other.enter(0)
    other.leave()
    first.leave()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert turns._queues == {}


def test_a_turn_that_does_not_come_leaves_the_queue() -> None:
    first = Turn("key")
    assert first.enter(0)
    assert not Turn("key").enter(0.01)
    assert list(turns._queues["key"]) == [first]
    first.leave()
    assert turns._queues == {}


def scope_of(store: rckp.CheckpointStore, saved: rckp.CheckpointRecord) -> tuple[str, str]:
    algorithm, problem = saved.algorithm_name, saved.problem_description
    hashes = saved.algorithm_signature_hash, saved.problem_signature_hash
    return str(store.base_dir), scope_name(algorithm, problem, *hashes)


def test_a_save_that_waits_has_nothing_open(tmp_path: Path) -> None:
    store, saved = rckp.CheckpointStore(tmp_path), record("HC-1-1-5")
    store.write(saved)
    turn = Turn(scope_of(store, saved))
    assert turn.enter(0)
    thread = threading.Thread(target=store.write, args=(record("HC-1-2-5"),))
    thread.start()
    until(lambda: len(turns._queues[scope_of(store, saved)]) == 2)
    assert open_below(tmp_path) == []
    turn.leave()
    thread.join()
    assert len(list(tmp_path.rglob("*.ckpt"))) == 2


@pytest.mark.parametrize("required", [True, False])
def test_without_a_turn_the_lock_decides(tmp_path: Path, *, required: bool) -> None:
    """A thread that is stuck in a save does not stop others for longer than the limit."""
    store, saved = rckp.CheckpointStore(tmp_path), record("HC-1-1-5")
    store.lock_required, store.lock_timeout = required, 0.05
    entered, ended = threading.Event(), threading.Event()

    def stuck() -> None:
        turn = Turn(scope_of(store, saved))
        turn.enter(0)
        entered.set()
        ended.wait(LONG)
        turn.leave()

    thread = threading.Thread(target=stuck)
    thread.start()
    entered.wait(LONG)
    store.write(saved)  # nobody has the lock itself
    ended.set()
    thread.join()
    assert turns._queues == {}


def test_a_save_that_interrupts_a_save_does_not_wait_for_a_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of a signal handler does: its thread could not pass the turn on."""
    store, saved = rckp.CheckpointStore(tmp_path), record("HC-1-1-5")
    store.lock_timeout = LONG
    turn = Turn(scope_of(store, saved))
    assert turn.enter(0)
    assert turn.is_own()
    waited: list[float] = []

    def enter(_: Turn, timeout: float) -> bool:
        waited.append(timeout)
        return True

    monkeypatch.setattr(Turn, "enter", enter)
    store.write(saved)
    turn.leave()
    assert len(waited) == 1  # for the lock
    assert store.read(next(tmp_path.rglob("*.ckpt"))) == saved


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork only")
def test_a_forked_child_has_turns_of_its_own() -> None:
    turn = Turn("key")
    assert turn.enter(0)
    child = os.fork()
    if not child:
        own = Turn("key")
        entered = own.enter(0)
        own.leave()
        turn.leave()  # of the parent: does nothing here
        os._exit(0 if entered and not turns._queues else 1)
    assert os.waitpid(child, 0)[1] == 0
    turn.leave()
    assert turns._queues == {}


class Gate:
    """A lock of which a wait ends as `how` says, after `meanwhile` was called."""

    def __init__(self, how: str, meanwhile: Callable[[], None]) -> None:
        self.how, self.meanwhile = how, meanwhile

    def acquire(self, timeout: float) -> bool:
        self.meanwhile()
        if self.how == "interrupted":
            raise KeyboardInterrupt
        return False

    def locked(self) -> bool:
        return True

    def release(self) -> None: ...


@pytest.mark.parametrize("comes", [False, True])
@pytest.mark.parametrize("how", ["interrupted", "timeout"])
def test_a_wait_that_ends_as_the_turn_comes(how: str, *, comes: bool) -> None:
    first, second = Turn("key"), Turn("key")
    assert first.enter(0)
    gate: Any = Gate(how, first.leave if comes else lambda: None)
    second._gate = gate
    if how == "interrupted":
        with pytest.raises(KeyboardInterrupt):
            second.enter(LONG)
        second.leave()
    elif comes:
        assert second.enter(LONG)
        second.leave()
    else:
        assert not second.enter(LONG)
    if not comes:
        assert list(turns._queues["key"]) == [first]
        first.leave()
    assert turns._queues == {}
