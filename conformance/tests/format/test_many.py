"""`validate_many`: any executor gives the reports of one process, in the same order."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.format.many_files import CONTENTS, GOOD, MAKERS, NOW, files, large
from rckp.validation import batch
from rckp.validation.validate import validate_file


def test_everything_as_by_one_process(everything: list[str], executor: Executor) -> None:
    alone = list(rckp.validate_many(everything, now_ms=NOW))
    assert [report.path for report in alone] == everything
    assert {report.valid for report in alone} == {True, False, None}
    assert alone == [rckp.validate(path, now_ms=NOW) for path in everything]
    bounds: list[dict[str, Any]] = [{}, {"chunk": 1, "in_flight": 1}, {"chunk": 7}]
    for options in bounds:
        found = rckp.validate_many(everything, executor=executor, now_ms=NOW, **options)
        assert list(found) == alone


def test_everything_strictly_as_by_one_process(everything: list[str], executor: Executor) -> None:
    alone = [rckp.validate(path, now_ms=NOW, strict=True) for path in everything]
    found = rckp.validate_many(everything, executor=executor, now_ms=NOW, strict=True)
    assert list(found) == alone


@given(
    contents=st.lists(st.sampled_from(CONTENTS), max_size=60),
    missing=st.sets(st.integers(0, 60)),
    chunk=st.integers(1, 20),
    in_flight=st.integers(1, 5),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_files_as_by_one_process(
    directory: Path,
    executor: Executor,
    contents: list[bytes],
    missing: set[int],
    chunk: int,
    in_flight: int,
) -> None:
    paths = files(directory / "random", contents)
    for i in missing & set(range(len(paths))):
        os.unlink(paths[i])
    found = rckp.validate_many(
        paths, executor=executor, now_ms=NOW, chunk=chunk, in_flight=in_flight
    )
    assert list(found) == list(rckp.validate_many(paths, now_ms=NOW))


def test_a_fault_of_the_program_is_an_error_for_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = files(tmp_path, [GOOD, GOOD, GOOD])

    def invalid(path: str, now_ms: int, *, follow: bool) -> rckp.Report:
        if path == paths[1]:
            raise MemoryError("no room")
        return validate_file(path, now_ms, follow=follow)

    monkeypatch.setattr("rckp.validation.batch.validate_file", invalid)
    reports = list(rckp.validate_many(paths, now_ms=NOW))
    assert [report.valid for report in reports] == [True, None, True]
    assert "MemoryError: no room" in reports[1].findings[0].message


class Counting(ThreadPoolExecutor):
    """Counts the chunks that are in flight, and their sizes."""

    def __init__(self) -> None:
        super().__init__(2)
        self.most = self.largest = 0
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.largest = max(self.largest, len(args[0]))
        future = super().submit(fn, *args, **kwargs)
        self.futures.append(future)
        return future


def test_memory_is_bounded_and_paths_are_taken_as_needed(tmp_path: Path) -> None:
    [path] = files(tmp_path, [GOOD])
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for each in repeat(path):
            taken += 1
            yield each

    with Counting() as counting:
        reports = rckp.validate_many(endless(), executor=counting, chunk=10, in_flight=3)
        assert taken == 0
        for yielded, report in enumerate(islice(reports, 500), 1):
            assert report.valid is True
            assert taken - yielded < 10 * 3
            chunks_asked = len(counting.futures)
            assert chunks_asked - yielded // 10 <= 3 + 3  # the first chunks are smaller
        assert counting.largest == 10
        reports.close()  # type: ignore[attr-defined]
    assert taken <= 500 + 10 * 3


def test_who_stops_early_cancels_the_rest(tmp_path: Path) -> None:
    paths = files(tmp_path, [GOOD] * 50)
    gate = threading.Event()
    with Counting() as counting:
        for _ in range(2):
            ThreadPoolExecutor.submit(counting, gate.wait, 30)
        items: list[tuple[str | rckp.Report, bool]] = [(p, True) for p in paths]
        now = batch.run_parallel(items, counting, NOW, batch.VALIDATION, chunk=1, in_flight=20)
        thread = threading.Thread(target=lambda: next(now))
        thread.start()
        while len(counting.futures) < 20:
            time.sleep(0.001)
        gate.set()
        thread.join()
        gate.clear()
        for _ in range(2):
            ThreadPoolExecutor.submit(counting, gate.wait, 30)
        while not all(future.done() for future in counting.futures):
            time.sleep(0.001)
        for _ in range(19):
            next(now)
        now.close()  # type: ignore[attr-defined]
        gate.set()
    assert all(future.done() for future in counting.futures)
    assert len(counting.futures) < len(paths)


def test_an_error_of_the_list_comes_after_the_reports_before_it(
    tmp_path: Path, executor: Executor
) -> None:
    paths = files(tmp_path, [GOOD] * 30)

    def broken() -> Iterator[str]:
        yield from paths
        raise OSError("the list ends here")

    for options in ({}, {"executor": executor}):
        reports = rckp.validate_many(broken(), **options)  # type: ignore[arg-type]
        assert [next(reports).path for _ in paths] == paths
        with pytest.raises(OSError, match="the list ends here"):
            next(reports)


def test_without_a_time_it_is_the_present_one(tmp_path: Path) -> None:
    record = rckp.decode(GOOD)
    times = [time.time_ns() // 1_000_000 + ahead for ahead in (0, 600_000)]
    paths = files(tmp_path, [rckp.encode(record._replace(created_at_ms=at)) for at in times])
    codes = [{each.code for each in report.findings} for report in rckp.validate_many(paths)]
    assert [("created-in-future" in found) for found in codes] == [False, True]


def test_wrong_bounds() -> None:
    for options in ({"chunk": 0}, {"in_flight": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            rckp.validate_many([], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["grow", "shrink", "replace"])
@pytest.mark.parametrize("maker", MAKERS)
def test_a_file_that_changes_meanwhile(tmp_path: Path, how: str, maker: str) -> None:
    paths = files(tmp_path, [GOOD] * 20)
    changing = tmp_path / "00007.ckpt"
    large(changing, 100_000_000)
    done = threading.Event()

    def change() -> None:
        for i in range(1, 1_000_000):
            if how == "replace":
                new = tmp_path / "new"
                large(new, 100_000_000)
                new.rename(changing)
            else:
                size = 100_000_000 + (i if how == "grow" else -i)
                os.truncate(changing, size)
            if done.wait(0.001):
                return

    thread = threading.Thread(target=change)
    thread.start()
    try:
        codes = set()
        for _ in range(100):  # on a busy machine, a file may be read before it changes
            with MAKERS[maker]() as made:
                reports = list(rckp.validate_many(paths, executor=made, now_ms=NOW))
            assert [i for i, report in enumerate(reports) if report.valid is not True] == [7]
            codes |= {found.code for found in reports[7].findings}
            if "changed-while-read" in codes:
                break
    finally:
        done.set()
        thread.join()
    assert codes in ({"changed-while-read"}, {"changed-while-read", "truncated"})
