"""A run is saved, marked and removed by the process that owns it, and by no other."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY
from conformance.tests.store.test_run import FAILED, INTERRUPTED, RUNNING, only
from conformance.tests.tools import with_tests_importable

FORKING = """
import multiprocessing, os, signal, sys, rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY
store = rckp.CheckpointStore(sys.argv[1], durability="none")
way = sys.argv[2]

def work(run):
    run.report(Counter(20))
    run.save(Counter(30))

with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=None) as run:
    run.report(Counter(1))
    before = run.path.read_bytes()
    if way == "multiprocessing":
        child = multiprocessing.get_context("fork").Process(target=work, args=(run,))
        child.start()
        child.join()
        assert child.exitcode == 0
    else:
        child = os.fork()
        if child == 0:
            try:
                with run if way == "with" else open(os.devnull):
                    work(run)
                if way == "fails":
                    raise ValueError("of the child")
                if way == "sigterm":
                    os.kill(os.getpid(), signal.SIGTERM)
                run.__exit__(None, None, None)
            except ValueError as error:
                run.__exit__(type(error), error, None)
            except RuntimeError:
                assert way == "with"  # it has been entered by the parent
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status == (-signal.SIGTERM if way == "sigterm" else 0), status
    assert run.path.read_bytes() == before
    run.save(Counter(40))
    assert store.read(run.path).step_state_payload == "iter=40;eval=40"
assert not list(store.files())
"""


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("way", ["ends", "fails", "sigterm", "with", "multiprocessing"])
def test_a_forked_child_leaves_the_checkpoint_alone(tmp_path: Path, way: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING, tmp_path / "base", way],
        capture_output=True,
        text=True,
        check=False,
        env=with_tests_importable(),
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("end", ["normal", "failed", "saved", "stopped"])
def test_the_run_that_was_taken_over_finds_out(
    store: rckp.CheckpointStore, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    first = rckp.CheckpointedRun(store, IDENTITY, Counter, every=1)
    second = rckp.CheckpointedRun(store, IDENTITY, Counter, every=1)
    first.__enter__()
    first.report(Counter(1))
    with caplog.at_level(logging.WARNING, "rckp.store"), second:
        assert second.run_id == first.run_id
        second.report(Counter(2))
        assert second.path is not None
        written = second.path.read_bytes()
        errors: dict[str, BaseException] = {
            "failed": ValueError("x"),
            "stopped": KeyboardInterrupt(),
        }
        if end == "saved":
            for at in range(5, 9):
                first.report(Counter(at))
            assert first.taken_over
        error = errors.get(end)
        first.__exit__(None if error is None else type(error), error, None)
        assert second.path.read_bytes() == written
        assert first.taken_over
        assert first.last_error is not None
        assert first.last_error.code == "taken-over"
        second.report(Counter(3))
        assert only(store).step_state_payload == "iter=3;eval=3"
        assert not second.taken_over
    assert list(store.files()) == []
    assert ["taken-over" in each.getMessage() for each in caplog.records] == [True]


def test_one_that_was_taken_over_while_it_restored_finds_out(store: rckp.CheckpointStore) -> None:
    class Slow(Counter):
        @classmethod
        def from_payload(cls, payload: str) -> Slow:
            other.report(Counter(2))
            return cls(*Counter.from_payload(payload))

    other = rckp.CheckpointedRun(store, IDENTITY, Counter, every=1)
    with other:
        other.report(Counter(1))
        with rckp.CheckpointedRun(store, IDENTITY, Slow) as run:
            assert run.taken_over
        assert only(store).step_state_payload == "iter=2;eval=2"
        assert not other.taken_over


def test_a_file_that_was_removed_copied_or_touched_is_still_the_runs(
    store: rckp.CheckpointStore,
) -> None:
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
        run.report(Counter(1))
        assert run.path is not None
        content = run.path.read_bytes()
        run.path.unlink()
        run.path.write_bytes(content)
        os.utime(run.path, (1, 1))
        run.report(Counter(2))
        assert only(store).step_state_payload == "iter=2;eval=2"
        run.path.unlink()
        run.report(Counter(3))
        assert only(store).step_state_payload == "iter=3;eval=3"
        os.utime(run.path, (1, 1))
        assert run.last_error is None
    assert list(store.files()) == []


class Odd:
    """A state with a given payload."""

    def __init__(self, payload: Any, raising: str = "") -> None:
        self.payload = payload
        self.raising = raising

    def random_seed(self) -> int:
        return int(self.give("random_seed", 1))

    def to_payload(self) -> str:
        given: str = self.give("to_payload", self.payload)
        return given

    def iteration(self) -> int:
        return int(self.give("iteration", 10))

    def evaluations(self) -> int:
        return 0

    def give(self, method: str, value: Any) -> Any:
        if method == self.raising:
            raise LookupError(method)
        return value

    @classmethod
    def from_payload(cls, payload: str) -> Odd:
        return cls(payload)


@pytest.mark.parametrize("payload", [5, "\ud800", b"bytes", None])
def test_after_a_state_that_has_no_encoding_the_last_good_one_is_marked(
    store: rckp.CheckpointStore, payload: object
) -> None:
    with (
        pytest.raises(ValueError, match="later"),
        rckp.CheckpointedRun(store, IDENTITY, Odd) as run,
    ):
        run.report(Odd("good"))
        run.report(Odd(payload))
        assert isinstance(run.last_error, rckp.EncodeError)
        raise ValueError("later")
    left = only(store)
    assert (left.status, left.error_message) == (FAILED, "ValueError: later")
    assert left.step_state_payload == "good"


@pytest.mark.parametrize("method", ["random_seed", "to_payload", "iteration"])
def test_an_exception_of_a_method_of_the_state_marks_the_run(
    store: rckp.CheckpointStore, method: str
) -> None:
    with pytest.raises(LookupError), rckp.CheckpointedRun(store, IDENTITY, Odd) as run:
        run.report(Odd("good"))
        run.report(Odd("bad", method))
    left = only(store)
    assert (left.status, left.error_message) == (FAILED, f"LookupError: {method}")
    assert left.step_state_payload == "good"


def raising(error: type[BaseException]) -> Callable[[object], str]:
    def text(_: object) -> str:
        raise error

    return text


@pytest.mark.parametrize("raised", [RuntimeError, KeyboardInterrupt, RecursionError])
@pytest.mark.parametrize("base", [Exception, BaseException])
def test_an_exception_whose_text_raises_stays_what_it_is(
    store: rckp.CheckpointStore, base: type[BaseException], raised: type[BaseException]
) -> None:
    kind = type("Mute", (base,), {"__str__": raising(raised)})
    with pytest.raises(kind), rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
        run.report(Counter(1))
        raise kind
    expected = (FAILED, "Mute") if base is Exception else (INTERRUPTED, None)
    assert (only(store).status, only(store).error_message) == expected


def test_a_message_is_cut_and_can_be_encoded(store: rckp.CheckpointStore) -> None:
    with pytest.raises(ValueError), rckp.CheckpointedRun(store, IDENTITY, Counter) as run:  # noqa: PT011
        run.report(Counter(1))
        raise ValueError("\ud800\0" + "x" * 10_000_000)
    text = only(store).error_message
    assert text is not None
    assert text.startswith("ValueError: \\ud800\0xxx")
    assert len(text) < 11_000


def test_what_the_store_did_not_expect_stops_no_run(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object) -> int:
        raise MemoryError

    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
        run.report(Counter(1))
        with monkeypatch.context() as patch:
            patch.setattr("rckp.store.saving.encode_parts", no_memory)
            run.report(Counter(2))
        assert run.last_error is not None
        assert run.last_error.code == "not-written"
        assert isinstance(run.last_error.__cause__, MemoryError)
        assert only(store).status == RUNNING
    assert list(store.files()) == []


def test_a_run_saves_inside_of_its_block_only(store: rckp.CheckpointStore) -> None:
    run = rckp.CheckpointedRun(store, IDENTITY, Counter, resume=None)
    with pytest.raises(RuntimeError):
        run.report(Counter(1))
    ids = set()
    for _ in range(2):
        with run:
            assert (run.path, run.last_error) == (None, None)
            with pytest.raises(RuntimeError, match="already"):
                run.__enter__()
            run.report(Counter(3))
            assert only(store).run_id == run.run_id
            ids.add(run.run_id)
        with pytest.raises(RuntimeError):
            run.save(Counter(2))
        assert list(store.files()) == []
    assert len(ids) == 2


def test_threads_report_at_the_same_time(store: rckp.CheckpointStore) -> None:
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:

        def work() -> None:
            for at in range(40):
                run.report(Counter(at))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert run.last_error is None
        assert not run.taken_over
        assert only(store).run_id == run.run_id
    assert list(store.files()) == []
