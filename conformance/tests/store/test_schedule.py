"""When a run saves: by iterations, by time, or both, with a clock that the tests turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY
from rckp.store.schedule import SaveSchedule


class Clock:
    """A monotonic clock that only moves when a test says so. Quarters of seconds are exact."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store that keeps the payloads in memory, takes time for each, and fails on demand."""

    base_dir = Path("nowhere")
    read = None

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.seconds = 0.0  # that the next write takes
        self.fails = False
        self.attempts: list[int] = []  # the iterations of the states to be written

    def _write(self, record: rckp.CheckpointRecord, owner: object) -> Path:
        self.attempts.append(Counter.from_payload(record.step_state_payload).at)
        self.clock.now += self.seconds
        if self.fails:
            raise rckp.StoreError("not-written", "nowhere", {"reason": "a full disk"})
        return Path("nowhere")

    def _delete(self, path: Path, owner: object) -> None:
        pass


def run_with(
    every: int | None, seconds: float | None
) -> tuple[rckp.CheckpointedRun[Counter], Store, Clock]:
    clock = Clock()
    store: Any = Store(clock)
    run = rckp.CheckpointedRun(
        store, IDENTITY, Counter, resume=None, every=every, every_seconds=seconds
    )
    run._schedule = SaveSchedule(every, seconds, clock)
    return run, store, clock


class Reports(RuleBasedStateMachine):
    """Reports, saves and failures in any order: a run saves exactly when its page says so."""

    @initialize(
        numbers=st.one_of(
            st.tuples(st.integers(1, 12), st.none()),
            st.tuples(st.none(), st.sampled_from([0.25, 1.0, 10.0])),
            st.tuples(st.integers(1, 12), st.sampled_from([0.25, 1.0, 10.0])),
            st.just((None, None)),
        )
    )
    def start(self, numbers: tuple[int | None, float | None]) -> None:
        every, self.seconds = numbers
        self.every = 10 if numbers == (None, None) else every
        self.run, self.store, self.clock = run_with(every, self.seconds)
        self.run.__enter__()
        self.iteration = 0
        self.last: tuple[int, float] | None = None  # iteration and end of the last attempt
        self.expected: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "run"):
            self.run.__exit__(None, None, None)

    def is_due(self) -> bool:
        """The same rule in other words: by counting the multiples that were passed."""
        if self.last is None:
            return True
        iteration, end = self.last
        if self.seconds is not None and self.clock.now >= end + self.seconds:
            return True
        if self.every is None:
            return False
        passed = range(iteration + 1, self.iteration + 1)
        return any(each % self.every == 0 for each in [*passed, self.iteration])

    def attempted(self) -> None:
        self.expected.append(self.iteration)
        self.last = self.iteration, self.clock.now

    @rule(steps=st.integers(0, 15), wait=st.sampled_from([0.0, 0.0, 0.25, 0.5, 3.0, 60.0]))
    def report(self, steps: int, wait: float) -> None:
        self.iteration += steps
        self.clock.now += wait
        due = self.is_due()
        self.run.report(Counter(self.iteration))
        if due:
            self.attempted()

    @rule()
    def save(self) -> None:
        self.run.save(Counter(self.iteration))
        self.attempted()

    @rule(seconds=st.sampled_from([0.0, 0.25, 2.0, 30.0]))
    def slow_down(self, seconds: float) -> None:
        self.store.seconds = seconds

    @rule(fails=st.booleans())
    def fail(self, fails: bool) -> None:
        self.store.fails = fails

    @invariant()
    def saved_when_due(self) -> None:
        if hasattr(self, "store"):
            assert self.store.attempts == self.expected


TestReports = Reports.TestCase


@given(st.integers(1, 200), st.sampled_from([0.5, 1.0, 7.0]), st.sampled_from([0.0, 0.25, 20.0]))
def test_saves_do_not_take_all_of_the_time(reports: int, seconds: float, write: float) -> None:
    """With steps of a quarter of a second, there is a save for each `seconds` of computation."""
    run, store, clock = run_with(None, seconds)
    store.seconds = write
    with run:
        for at in range(reports):
            run.report(Counter(at))
            clock.now += 0.25
    assert len(store.attempts) == 1 + (reports - 1) // (seconds * 4)


class Costly(Counter):
    """A state that may be asked for its iteration, and for nothing else."""

    def to_payload(self) -> str:
        raise AssertionError("a payload that is not saved")

    def random_seed(self) -> int:
        raise AssertionError("a seed that is not saved")


class Unknown(Costly):
    """A state that may not even be asked for its iteration."""

    def iteration(self) -> int:
        raise AssertionError("an iteration that nothing depends on")


@pytest.mark.parametrize(
    ("every", "seconds", "state"),
    [(10, None, Costly(3)), (10, 60.0, Costly(3)), (None, 60.0, Unknown(3))],
)
def test_a_call_that_saves_nothing_costs_nothing(
    every: int | None, seconds: float | None, state: Counter
) -> None:
    run, store, _ = run_with(every, seconds)
    with run:
        run.report(Counter(1))
        run.report(state)
        run.callback(lambda: state)()
        with pytest.raises(AssertionError):
            run.save(state)
    assert store.attempts == [1]


def test_the_clock_begins_again_with_each_run_and_with_each_restored_state(tmp_path: Path) -> None:
    run, store, clock = run_with(None, 10.0)
    for _ in range(2):
        with run:
            run.report(Counter(1))
            clock.now += 9
            run.report(Counter(2))
    assert store.attempts == [1, 1]
    kept = rckp.CheckpointStore(tmp_path, durability="none")
    resumed = rckp.CheckpointedRun(kept, IDENTITY, Counter, every_seconds=10.0)
    resumed._schedule = SaveSchedule(None, 10.0, clock)
    with pytest.raises(KeyError), resumed:
        resumed.report(Counter(5))
        raise KeyError
    clock.now += 100
    with resumed:
        assert resumed.state == Counter(5)
        resumed.report(Counter(6))
        [path] = kept.files()
        assert kept.read(path).step_state_payload == "iter=5;eval=5"
        clock.now += 10
        resumed.report(Counter(7))
        assert kept.read(path).step_state_payload == "iter=7;eval=7"


def test_the_first_state_is_due() -> None:
    schedule = SaveSchedule(None, 60)
    assert schedule.is_due(lambda: 1) is True
    schedule.start(lambda: 1)
    schedule.end()
    assert schedule.is_due(lambda: 2) is False


def test_a_multiple_that_is_skipped_is_saved_at_the_next_report() -> None:
    """As by a library that calls back after each generation, whose iterations are evaluations."""
    run, store, _ = run_with(100, None)
    with run:
        for at in range(0, 500, 30):
            run.report(Counter(at))
    assert store.attempts == [0, 120, 210, 300, 420]


@pytest.mark.parametrize("every", [0, -1])
def test_numbers_of_iterations_that_are_rejected(every: int) -> None:
    with pytest.raises(ValueError, match="every is at least 1"):
        SaveSchedule(every, None)


@pytest.mark.parametrize("seconds", [0, -0.5, math.nan, math.inf])
def test_numbers_of_seconds_that_are_rejected(tmp_path: Path, seconds: float) -> None:
    store = rckp.CheckpointStore(tmp_path)
    with pytest.raises(ValueError, match="every_seconds is a number above 0"):
        rckp.CheckpointedRun(store, IDENTITY, Counter, every_seconds=seconds)


def arguments(*args: object, **kwargs: object) -> Counter | None:
    return Counter(len(args) + 10 * len(kwargs)) if args else None


@pytest.mark.parametrize(
    ("call", "saved"),
    [
        (lambda report: report(1), [1]),  # pymoo and pycma: the algorithm
        (lambda report: report([0.5], convergence=0.1), [11]),  # scipy
        (lambda report: report([0.5], 0.1, {}), [3]),  # dual annealing of scipy
        (lambda report: report(intermediate_result=1), []),  # None: nothing to report
    ],
)
def test_a_callback_passes_its_arguments_on(
    call: Callable[[Callable[..., None]], object], saved: list[int]
) -> None:
    run, store, _ = run_with(1, None)
    with run:
        report = run.callback(arguments)
        assert call(report) is None
    assert store.attempts == saved
    with pytest.raises(RuntimeError):
        report(1)
