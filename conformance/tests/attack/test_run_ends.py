"""How runs begin and end: moved checkpoints, late threads, overlapping runs, signal handlers."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY
from rckp.files.directory import Directory
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite

Run = rckp.CheckpointedRun[Counter]


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


def new_run(store: rckp.CheckpointStore, resume: str | None = None) -> Run:
    return rckp.CheckpointedRun(store, IDENTITY, Counter, resume=resume, every=1)


def interrupted(store: rckp.CheckpointStore, at: int) -> Path:
    """Let a run be interrupted after a step, and return the path of its checkpoint."""
    with pytest.raises(KeyboardInterrupt), new_run(store, "latest") as run:
        run.report(Counter(at))
        raise KeyboardInterrupt
    assert run.path is not None
    return run.path


def test_a_moved_checkpoint_is_replaced(store: rckp.CheckpointStore) -> None:
    path = interrupted(store, 10)
    moved = store.base_dir / "moved" / "x.ckpt"
    moved.parent.mkdir()
    path.rename(moved)
    assert interrupted(store, 20) == path
    assert list(store.files()) == [path]
    with new_run(store, "latest") as run:
        assert run.state == Counter(20)
    assert list(store.files()) == []


def test_a_moved_checkpoint_that_has_changed_stays(store: rckp.CheckpointStore) -> None:
    path = interrupted(store, 10)
    moved = store.base_dir / "moved.ckpt"
    path.rename(moved)
    other = store.read(moved)._replace(created_at_ms=1)

    class Slow(Counter):
        @classmethod
        def from_payload(cls, payload: str) -> Slow:
            moved.write_bytes(rckp.encode(other))
            return super().from_payload(payload)

    with pytest.raises(KeyboardInterrupt), rckp.CheckpointedRun(store, IDENTITY, Slow) as run:
        raise KeyboardInterrupt
    assert run.taken_over
    assert store.read(moved) == other


def test_a_copy_stays_and_the_one_that_was_saved_last_is_resumed(
    store: rckp.CheckpointStore,
) -> None:
    path = interrupted(store, 10)
    copy = store.base_dir / "z-copy.ckpt"
    shutil.copy(path, copy)
    later = store.read(path)
    path.write_bytes(rckp.encode(later._replace(created_at_ms=later.created_at_ms + 1)))
    with new_run(store, "latest") as run:
        assert run.path == path
    assert list(store.files()) == [copy]


def test_a_thread_that_waited_to_save_does_not_save_after_the_end(
    store: rckp.CheckpointStore,
) -> None:
    failed: list[BaseException] = []

    def late() -> None:
        try:
            run.report(Counter(2))
        except RuntimeError as error:
            failed.append(error)

    thread = threading.Thread(target=late)
    with new_run(store) as run:
        run.report(Counter(1))
        inside = run._inside

        def waits() -> object:
            found = inside()
            if threading.current_thread() is thread:
                ready.set()
                over.wait()
            return found

        ready, over = threading.Event(), threading.Event()
        run._inside = waits  # type: ignore[method-assign, assignment]
        thread.start()
        ready.wait()
    over.set()
    thread.join()
    assert [str(error) for error in failed] == ["a run saves inside its with block only"]
    assert list(store.files()) == []


def test_the_path_is_known_after_a_save_that_may_not_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = rckp.CheckpointStore(tmp_path / "base")
    flush = Directory.fsync

    def fsync(directory: Directory) -> None:
        if "prob-" in directory.path:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(directory)

    monkeypatch.setattr(Directory, "fsync", fsync)
    with new_run(store) as run:
        run.report(Counter(1))
        assert [run.path] == list(store.files())
        assert run.last_error is not None
        assert run.last_error.code == "durability-uncertain"
    assert list(store.files()) == []
    assert "was not saved" not in caplog.text


def test_the_last_of_overlapping_runs_restores_the_action_of_sigterm(
    store: rckp.CheckpointStore,
) -> None:
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    first, second = new_run(store), new_run(store)
    first.__enter__()
    second.__enter__()
    handler = signal.getsignal(signal.SIGTERM)
    first.__exit__(None, None, None)
    assert signal.getsignal(signal.SIGTERM) is handler is not signal.SIG_DFL
    second.report(Counter(1))
    with pytest.raises(SystemExit) as caught:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    second.__exit__(SystemExit, caught.value, None)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    [left] = store.entries()
    assert left.record.status == "interrupted"


def test_a_run_that_was_requested_is_missing_with_its_base(store: rckp.CheckpointStore) -> None:
    named = rckp.NamedRun("HC-7-0-7", str(store.base_dir))
    with (
        pytest.raises(rckp.SelectionError, match="no-such-run"),
        rckp.CheckpointedRun(store, IDENTITY, Counter, resume=named),
    ):
        pass
    assert not store.base_dir.exists()


def test_an_error_of_the_function_that_chooses_starts_nothing(
    store: rckp.CheckpointStore, tmp_path: Path
) -> None:
    for at in (1, 2):
        with pytest.raises(KeyboardInterrupt), new_run(store) as run:
            run.report(Counter(at))
            raise KeyboardInterrupt
    other = rckp.CheckpointStore(tmp_path / "missing")

    def choose(_: Sequence[rckp.CheckpointEntry]) -> rckp.CheckpointEntry | None:
        return other.select_entry(IDENTITY, choose=rckp.latest)

    before = list(store.files())
    with (
        pytest.raises(rckp.SelectionError, match="listing-failed"),
        rckp.CheckpointedRun(store, IDENTITY, Counter, resume=choose),
    ):
        pass
    assert list(store.files()) == before


def test_the_time_to_choose_does_not_count(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(store, 1)
    with pytest.raises(KeyboardInterrupt), new_run(store) as second:
        second.report(Counter(1))
        raise KeyboardInterrupt
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def choose(entries: Sequence[rckp.CheckpointEntry]) -> rckp.CheckpointEntry:
        clock[0] += 2
        return entries[0]

    with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=choose) as run:
        assert run.path is not None
        assert store.read(run.path).elapsed_millis == 0


def test_an_error_of_the_state_is_raised_whatever_its_type(store: rckp.CheckpointStore) -> None:
    class Failing(Counter):
        def to_payload(self) -> str:
            raise rckp.StoreError("missing", "of the state", {})

    with (
        pytest.raises(rckp.StoreError, match="of the state"),
        rckp.CheckpointedRun(store, IDENTITY, Failing, resume=None) as run,
    ):
        run.report(Failing(1))


def test_a_later_state_that_a_signal_handler_saves_is_kept(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = atomic_write.run_steps
    within: list[int] = []

    def interrupt(write: PendingWrite) -> None:
        if len(within) < 2:
            within.append(len(within))
            run.save(Counter(98 + len(within)))
        steps(write)

    with pytest.raises(KeyboardInterrupt), new_run(store) as run:
        run.report(Counter(1))
        monkeypatch.setattr(atomic_write, "run_steps", interrupt)
        run.report(Counter(2))
        [entry] = store.entries()
        assert entry.record.step_state_payload == Counter(100).to_payload()
        raise KeyboardInterrupt
    [entry] = store.entries()
    assert entry.record.step_state_payload == Counter(100).to_payload()
    assert entry.record.status == "interrupted"


def test_a_signal_handler_does_not_save_while_the_run_ends(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = Directory.remove

    def interrupt(directory: Directory, name: str) -> None:
        remove(directory, name)
        run.save(Counter(99))

    with new_run(store) as run:
        run.report(Counter(1))
        monkeypatch.setattr(Directory, "remove", interrupt)
    assert list(store.files()) == []


def test_a_state_without_encoding_that_a_signal_handler_saves_changes_nothing(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(Counter):
        def to_payload(self) -> str:
            return "\ud800"

    steps = atomic_write.run_steps
    within: list[PendingWrite] = []

    def interrupt(write: PendingWrite) -> None:
        if not within:
            within.append(write)
            run.save(Odd(99))
        steps(write)

    with pytest.raises(KeyboardInterrupt), new_run(store) as run:
        run.report(Counter(1))
        monkeypatch.setattr(atomic_write, "run_steps", interrupt)
        run.report(Counter(2))
        raise KeyboardInterrupt
    [entry] = store.entries()
    assert entry.record.step_state_payload == Counter(2).to_payload()
    assert entry.record.status == "interrupted"
