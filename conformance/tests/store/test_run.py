"""The life of a run: it saves, ends, fails, is stopped, killed and resumed."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY, names, record

RUNNING, COMPLETED, FAILED, INTERRUPTED = rckp.CheckpointRunStatus


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


def only(store: rckp.CheckpointStore) -> rckp.CheckpointRecord:
    [path] = store.files()
    return store.read(path)


def test_a_record_of_a_running_run() -> None:
    before = time.time_ns() // 1_000_000
    elapsed = timedelta(milliseconds=1234, microseconds=999)
    built = rckp.build_checkpoint_record(Counter(3), "x-1", IDENTITY, elapsed)
    assert before <= built.created_at_ms <= time.time_ns() // 1_000_000
    assert built == (
        built.created_at_ms,
        "x-1",
        7,
        *IDENTITY,
        *IDENTITY.signature_hashes,
        "iter=3;eval=3",
        None,
        1234,
        "running",
        None,
    )
    for odd, millis in ((timedelta(days=-1), 0), (timedelta.max, 86399999999999999)):
        built = rckp.build_checkpoint_record(Counter(3), "x-1", IDENTITY, odd)
        assert built.elapsed_millis == millis


@pytest.mark.parametrize(("every", "saved"), [(10, [1, 10, 20]), (7, [1, 7, 14, 21]), (1, None)])
def test_it_saves_at_the_start_and_at_every_tenth_iteration(
    store: rckp.CheckpointStore, every: int, saved: list[int] | None
) -> None:
    payloads = []
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=every) as run:
        assert run.state is None
        assert run.path is None
        for at in range(1, 24):
            run.report(Counter(at))
            payloads.append(only(store).step_state_payload)
            assert only(store).run_id == run.run_id
            assert only(store).status == RUNNING
    firsts = [1 + payloads.index(each) for each in sorted(set(payloads), key=payloads.index)]
    assert firsts == (saved or list(range(1, 24)))
    assert list(store.files()) == []
    assert names(store.base_dir) != [], "empty scopes stay"


def test_the_default_is_that_of_roma_lib() -> None:
    assert rckp.DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES == 10


def test_an_exception_marks_it_as_failed(store: rckp.CheckpointStore) -> None:
    with (
        pytest.raises(ValueError, match="no way"),
        rckp.CheckpointedRun(store, IDENTITY, Counter) as run,
    ):
        for at in range(1, 16):
            run.report(Counter(at))
        raise ValueError("no way\udcff")
    left = only(store)
    assert (left.status, left.error_message) == (FAILED, "ValueError: no way\\udcff")
    assert left.step_state_payload == "iter=10;eval=10", "the last state that was saved"
    assert left.run_id == run.run_id


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_being_stopped_marks_it_as_interrupted(
    store: rckp.CheckpointStore, error: type[BaseException]
) -> None:
    with pytest.raises(error), rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
        run.report(Counter(1))
        raise error
    assert (only(store).status, only(store).error_message) == (INTERRUPTED, None)


def test_sigterm_interrupts(store: rckp.CheckpointStore) -> None:
    with (
        pytest.raises(SystemExit) as caught,
        rckp.CheckpointedRun(store, IDENTITY, Counter) as run,
    ):
        run.report(Counter(1))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert caught.value.code == 143
    assert only(store).status == INTERRUPTED
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_somebody_elses_handler_of_sigterm_stays(store: rckp.CheckpointStore) -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
            run.report(Counter(1))
            os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_in_another_thread_signals_are_left_alone(store: rckp.CheckpointStore) -> None:
    def run_it() -> None:
        with rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
            run.report(Counter(1))
            seen.append(signal.getsignal(signal.SIGTERM))

    seen: list[object] = []
    thread = threading.Thread(target=run_it)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
    assert list(store.files()) == []


@pytest.mark.parametrize("status", [RUNNING, FAILED, INTERRUPTED])
def test_it_is_resumed(store: rckp.CheckpointStore, status: rckp.CheckpointRunStatus) -> None:
    old = record("HC-1-0-5", "iter=30;eval=30", at=1)._replace(
        status=status, error_message="x", elapsed_millis=99999
    )
    path = store.write(old)
    with rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
        assert run.state == Counter(30)
        assert (run.run_id, run.path) == (old.run_id, path)
        again = store.read(path)
        assert again.created_at_ms > 1
        assert again.elapsed_millis < 60000
        expected = old._replace(
            status=RUNNING,
            error_message=None,
            created_at_ms=again.created_at_ms,
            elapsed_millis=again.elapsed_millis,
            random_seed=7,
        )
        assert again == expected
    assert not path.exists()


def test_the_newest_is_resumed_or_the_one_that_is_chosen(store: rckp.CheckpointStore) -> None:
    for number in (1, 2, 3):
        store.write(record(f"x-{number}", f"iter={number};eval=0"))
    with rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
        assert run.state == Counter(3)
    with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=lambda entries: entries[0]) as run:
        assert run.state == Counter(1)
    with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=None) as run:
        assert run.state is None
    with rckp.CheckpointedRun(store, IDENTITY, Counter, resume="ask") as run:
        assert run.state == Counter(2), "there is only this one left"
    assert list(store.files()) == []


def test_a_selection_that_fails_starts_nothing(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        store.write(record(f"x-{number}", "iter=1;eval=0"))
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        with (
            pytest.raises(rckp.SelectionError, match="choice-needed"),
            rckp.CheckpointedRun(store, IDENTITY, Counter, resume="ask"),
        ):
            raise AssertionError("entered")
    assert len(list(store.files())) == 2


def test_a_base_that_is_no_directory_is_an_error_when_resuming(tmp_path: Path) -> None:
    (tmp_path / "base").write_bytes(b"")
    run = rckp.CheckpointedRun(rckp.CheckpointStore(tmp_path / "base"), IDENTITY, Counter)
    with pytest.raises(rckp.SelectionError, match="listing-failed"):
        run.__enter__()


def test_a_payload_that_is_not_understood_is_left_alone(store: rckp.CheckpointStore) -> None:
    path = store.write(record("x-1", "state of another release"))
    before = path.read_bytes()
    with (
        pytest.raises(rckp.SelectionError) as caught,
        rckp.CheckpointedRun(store, IDENTITY, Counter),
    ):
        raise AssertionError("entered")
    assert (caught.value.code, caught.value.path) == ("payload-rejected", str(path))
    assert isinstance(caught.value.__cause__, ValueError)
    assert path.read_bytes() == before


def test_a_save_that_fails_is_told_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base = tmp_path / "base"
    base.write_bytes(b"no directory")
    store = rckp.CheckpointStore(base)
    with (
        caplog.at_level(logging.WARNING, "rckp.store"),
        rckp.CheckpointedRun(store, IDENTITY, Counter, resume=None, every=1) as run,
    ):
        for at in range(1, 30):
            run.report(Counter(at))
            if at == 20:
                base.unlink()
        assert only(store).step_state_payload == "iter=29;eval=29"
    [message] = [each.getMessage() for each in caplog.records]
    assert "was not saved" in message
    assert "not-a-directory" in message
    assert isinstance(run.last_error, rckp.StoreError)


def test_a_disk_that_is_full_at_the_end_does_not_hide_the_error(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with (
        caplog.at_level(logging.WARNING, "rckp.store"),
        pytest.raises(ZeroDivisionError),
        rckp.CheckpointedRun(store, IDENTITY, Counter) as run,
    ):
        run.report(Counter(1))
        monkeypatch.setattr(os, "writev", full)
        raise ZeroDivisionError
    assert only(store).status == RUNNING
    assert ["could not be marked as failed" in each.getMessage() for each in caplog.records] == [
        True
    ]


def test_what_means_nothing_is_refused(store: rckp.CheckpointStore) -> None:
    with pytest.raises(ValueError, match="every"):
        rckp.CheckpointedRun(store, IDENTITY, Counter, every=0)
    with pytest.raises(ValueError, match="resume"):
        rckp.CheckpointedRun(store, IDENTITY, Counter, resume="newest")
