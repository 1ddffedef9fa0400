"""Runs in threads, generators, coroutines and the processes of `multiprocessing`."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY
from conformance.tests.store.test_run import INTERRUPTED, RUNNING, only
from conformance.tests.tools import with_tests_importable


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


def counted(store: rckp.CheckpointStore, end: int) -> Generator[int, None, None]:
    """A computation as a generator that owns its run."""
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
        at = run.state.at if run.state else 0
        while at < end:
            at += 1
            run.report(Counter(at))
            yield at


def test_a_generator_that_ends_has_completed_its_run(store: rckp.CheckpointStore) -> None:
    assert list(counted(store, 3)) == [1, 2, 3]
    assert list(store.files()) == []


def test_a_generator_that_is_closed_can_be_resumed(store: rckp.CheckpointStore) -> None:
    steps = counted(store, 9)
    assert [next(steps), next(steps)] == [1, 2]
    steps.close()
    assert (only(store).status, only(store).step_state_payload) == (INTERRUPTED, "iter=2;eval=2")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert next(counted(store, 9)) == 3


SUSPENDED = """
import sys, rckp
from conformance.tests.store.test_run_surroundings import counted
steps = counted(rckp.CheckpointStore(sys.argv[1], durability="none"), 9)
print(next(steps), next(steps))
if sys.argv[2] == "exit":
    sys.exit("stop")
if sys.argv[2] == "cycle":
    steps = [steps]
    steps.append(steps)
"""


@pytest.mark.parametrize("end", ["falls off", "exit", "cycle"])
def test_a_generator_that_the_end_of_the_program_closes(
    store: rckp.CheckpointStore, end: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SUSPENDED, store.base_dir, end],
        env=with_tests_importable(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("1 2\n", "stop\n" if end == "exit" else "")
    assert (only(store).status, only(store).step_state_payload) == (INTERRUPTED, "iter=2;eval=2")


def test_a_run_is_fed_by_a_generator(store: rckp.CheckpointStore) -> None:
    def states(state: Counter) -> Iterator[Counter]:
        while state.at < 5:
            state = Counter(state.at + 1)
            yield state

    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
        for state in states(run.state or Counter(0)):
            run.report(state)
        assert only(store).step_state_payload == "iter=5;eval=5"


# In a process of its own: another test of this one may have an event loop that runs.
CANCELLED = """
import asyncio, sys, rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY
store = rckp.CheckpointStore(sys.argv[1], durability="none")

async def count():
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
        while True:
            run.report(Counter(1))
            await asyncio.sleep(0)

async def main():
    task = asyncio.create_task(count())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")

asyncio.run(main())
"""


def test_a_task_that_is_cancelled_can_be_resumed(store: rckp.CheckpointStore) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CANCELLED, store.base_dir],
        env=with_tests_importable(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("cancelled\n", "")
    assert only(store).status == INTERRUPTED


def test_runs_in_several_threads_do_not_disturb_each_other(store: rckp.CheckpointStore) -> None:
    together, errors = threading.Barrier(8), list[object]()

    def compute() -> None:
        with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=None, every=1) as run:
            for at in range(1, 21):
                run.report(Counter(at))
            together.wait()
            assert run.path is not None
            assert store.read(run.path).step_state_payload == "iter=20;eval=20"
            errors.append(run.last_error)

    threads = [threading.Thread(target=compute) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [None] * 8
    assert list(store.files()) == []


def test_threads_share_the_seconds_of_one_run(store: rckp.CheckpointStore) -> None:
    """However many threads report: a save is due once."""
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every_seconds=86_400) as run:
        run.report(Counter(1))
        together = threading.Barrier(8)

        def report(at: int) -> None:
            together.wait()
            run.report(Counter(at))

        threads = [threading.Thread(target=report, args=(at,)) for at in range(2, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert only(store).step_state_payload == "iter=1;eval=1"


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("entered", [False, True])
def test_a_run_is_neither_copied_nor_pickled(
    store: rckp.CheckpointStore, take: Callable[[object], object], entered: bool
) -> None:
    run = rckp.CheckpointedRun(store, IDENTITY, Counter)
    if entered:
        run.__enter__()
    with pytest.raises(TypeError, match="create one in each process"):
        take(run)
    if entered:
        run.__exit__(None, None, None)


def test_a_callback_can_be_copied_with_the_algorithm_that_has_it(
    store: rckp.CheckpointStore,
) -> None:
    """As `pymoo.optimize.minimize` copies its algorithm."""
    with rckp.CheckpointedRun(store, IDENTITY, Counter) as run:
        report = copy.deepcopy({"callback": run.callback(Counter)})["callback"]
        report(4)
        assert only(store).step_state_payload == "iter=4;eval=4"


def test_a_callback_has_the_signature_of_its_function(store: rckp.CheckpointStore) -> None:
    """scipy looks at the names of the parameters to decide what to pass."""

    def state(intermediate_result: int) -> Counter:
        return Counter(intermediate_result)

    run = rckp.CheckpointedRun(store, IDENTITY, Counter)
    assert list(inspect.signature(run.callback(state)).parameters) == ["intermediate_result"]
    assert list(inspect.signature(run.callback(Counter)).parameters) == ["at"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_callback_does_nothing_in_a_forked_child(store: rckp.CheckpointStore) -> None:
    def state(at: int) -> Counter:
        if os.getpid() != parent:
            os._exit(7)
        return Counter(at)

    parent = os.getpid()
    with rckp.CheckpointedRun(store, IDENTITY, Counter, every=1) as run:
        report = run.callback(state)
        report(1)
        child = os.fork()
        if not child:
            report(2)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert only(store).step_state_payload == "iter=1;eval=1"


WORKERS = """
import multiprocessing, sys, time
import rckp
from conformance.tests.store.counter import Counter
from conformance.tests.store.examples import IDENTITY

def compute(base, end, at_start, pipe):
    store = rckp.CheckpointStore(base, durability="none")
    with rckp.CheckpointedRun(store, IDENTITY, Counter, resume=at_start, every=1) as run:
        at = run.state.at if run.state else 0
        while at < end:
            at += 1
            run.report(Counter(at))
            if at == 3:
                pipe.send(run.run_id)
                while True:  # a signal may arrive before a call that waits for one
                    time.sleep(0.01)
    pipe.send(at)

def square(x):
    return x * x

def main(base, method):
    context = multiprocessing.get_context(method)
    store = rckp.CheckpointStore(base, durability="none")
    def start(end, at_start):
        mine, theirs = context.Pipe()
        process = context.Process(target=compute, args=(base, end, at_start, theirs))
        process.start()
        theirs.close()
        return process, mine
    # The run of this process goes on beside those of its children, and uses a pool.
    other = IDENTITY._replace(problem_parameters="parent")
    with rckp.CheckpointedRun(store, other, Counter) as run:
        run.report(Counter(7))
        killed, from_killed = start(9, None)
        stopped, from_stopped = start(9, None)
        ids = [from_killed.recv(), from_stopped.recv()]
        killed.kill()
        stopped.terminate()
        killed.join(), stopped.join()
        print(killed.exitcode, stopped.exitcode)
        by_id = {each.record.run_id: each.record for each in store.list_resumable(IDENTITY)}
        print(*(f"{by_id[each].status} {by_id[each].step_state_payload}" for each in ids))
        for _ in range(2):
            resumed, result = start(9, "latest")
            print(result.recv())
            resumed.join()
        with context.Pool(2) as pool:
            print(pool.map(square, range(4)))
        print(store.read(run.path).step_state_payload, len(list(store.files())))
    print(len(list(store.files())))

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_runs_in_the_processes_of_multiprocessing(tmp_path: Path, method: str) -> None:
    """They own their runs, are killed and stopped, and leave the run of their parent alone."""
    program = tmp_path / "program.py"
    program.write_text(WORKERS, "utf-8")
    done = subprocess.run(
        [sys.executable, program, tmp_path / "base", method],
        env=with_tests_importable(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"-{signal.SIGKILL:d} 143",
        f"{RUNNING} iter=3;eval=3 {INTERRUPTED} iter=3;eval=3",
        "9",
        "9",
        "[0, 1, 4, 9]",
        "iter=7;eval=7 1",
        "0",
    ]
