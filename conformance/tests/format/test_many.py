"""Many files: whoever does the work, the reports are those of one process, in the same order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests import deadly
from conformance.tests.corpus import cases, corpus
from conformance.tests.tools import need
from rckp.cli import parallel
from rckp.format.layout import LENGTH
from rckp.format.scan import ByteReader, Event, scan
from rckp.validation import batch
from rckp.validation.validate import validate_file
from rckp.validation.worker_pool import WorkerDiedError, WorkerPool

NOW = 1767225700000  # ms
GOOD = corpus()["reader/full"].data
CONTENTS = sorted({case.data for case in cases("decode", "reader") if len(case.data) < 5000})


def files(directory: Path, contents: Sequence[bytes]) -> list[str]:
    """Files with these contents, and what else may stand in a list of paths."""
    directory.mkdir(exist_ok=True)
    paths = []
    for i, content in enumerate(contents):
        path = directory / f"{i:05}.ckpt"
        path.write_bytes(content)
        paths.append(str(path))
    return paths


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("many")


@pytest.fixture(scope="module")
def everything(directory: Path) -> list[str]:
    """All cases of the suite, a thousand good files, and paths that lead to no file."""
    assert len(CONTENTS) > 100
    paths = files(directory / "everything", [*CONTENTS, *([GOOD] * 1000)])
    (directory / "link").symlink_to(paths[0])
    (directory / "loop").symlink_to("loop")
    strange = os.fsdecode(os.fsencode(directory) + b"/\xff.ckpt")
    Path(strange).write_bytes(GOOD)
    return [
        *paths[::2],
        str(directory),
        "nowhere",
        "a\0b",
        str(directory / "link"),
        *paths[1::2],
        strange,
    ]


MAKERS: dict[str, Callable[[], Executor]] = {
    "threads": lambda: ThreadPoolExecutor(4),
    "process pool": lambda: ProcessPoolExecutor(2, multiprocessing.get_context("spawn")),
    "processes": lambda: WorkerPool(2),
}


@pytest.fixture(scope="module", params=MAKERS)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with MAKERS[request.param]() as made:
        yield made


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


class Sabotaged(Executor):
    """Kills a worker instead of giving it the n-th chunk."""

    def __init__(self, inner: Executor, when: int) -> None:
        self.inner, self.when, self.sent = inner, when, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sent += 1
        return self.inner.submit(deadly.die if self.sent == self.when else fn, *args, **kwargs)


@pytest.mark.parametrize("maker", ["process pool", "processes"])
def test_a_worker_that_is_killed_loses_nothing(
    everything: list[str], maker: str, caplog: pytest.LogCaptureFixture
) -> None:
    alone = list(rckp.validate_many(everything, now_ms=NOW))
    with MAKERS[maker]() as inner:
        sabotaged = Sabotaged(inner, 3)
        found = rckp.validate_many(everything, executor=sabotaged, now_ms=NOW, chunk=50)
        assert list(found) == alone
        assert sabotaged.sent > 10
    [record] = caplog.records
    assert "lost" in record.getMessage()


@pytest.mark.parametrize("maker", ["process pool", "processes"])
def test_a_file_that_kills_its_reader_is_unreadable(
    tmp_path: Path, maker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = files(tmp_path, [GOOD] * 40)
    paths[17] = str(Path(paths[17]).rename(tmp_path / "deadly.ckpt"))
    monkeypatch.setattr(batch, "validate_chunk", deadly.validate_chunk)
    with MAKERS[maker]() as made:
        reports = list(rckp.validate_many(paths, executor=made, now_ms=NOW, chunk=16))
    assert [report.path for report in reports] == paths
    assert [i for i, report in enumerate(reports) if report.valid is not True] == [17]
    [found] = reports[17].findings
    assert found.code == "unreadable"
    assert "the process that read it was killed by SIGKILL" in found.message


class Refusing(Executor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise RuntimeError("cannot schedule new futures")


def test_an_executor_that_takes_no_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = files(tmp_path, [GOOD, b"", GOOD])
    alone = list(rckp.validate_many(paths, now_ms=NOW))
    assert list(rckp.validate_many(paths, executor=Refusing(), now_ms=NOW)) == alone
    monkeypatch.setattr(sys, "executable", "/nowhere/python")  # nor can a process be begun
    assert list(rckp.validate_many(paths, executor=Refusing(), now_ms=NOW)) == alone


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
        now = batch.run_parallel([(p, True) for p in paths], counting, NOW, chunk=1, in_flight=20)
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


def test_wrong_bounds() -> None:
    for options in ({"chunk": 0}, {"in_flight": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            rckp.validate_many([], **options)  # type: ignore[arg-type]


# A file that changes while somebody else reads it.


def large(path: Path, size: int) -> None:
    """A valid beginning, and then a payload of NULs that takes a while to read and no room."""
    length = next(
        event
        for event in scan(ByteReader.from_bytes(GOOD))
        if isinstance(event, Event) and (event.field, event.role) == ("step_state_payload", LENGTH)
    )
    path.write_bytes(GOOD[: length.start] + size.to_bytes(4, "little"))
    os.truncate(path, length.stop + size)


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
        with MAKERS[maker]() as made:
            reports = list(rckp.validate_many(paths, executor=made, now_ms=NOW))
    finally:
        done.set()
        thread.join()
    assert [i for i, report in enumerate(reports) if report.valid is not True] == [7]
    assert [found.code for found in reports[7].findings] == ["changed-while-read"]


# The processes.


def test_processes_answer_raise_and_die() -> None:
    with WorkerPool(1) as one:
        first = one.submit(os.getpid).result()
        assert first != os.getpid()
        assert one.submit(os.getpid).result() == first
        with pytest.raises(ZeroDivisionError):
            one.submit(divmod, 1, 0).result()
        assert one.submit(os.getpid).result() == first
        assert one.submit(print, "no reply").result() is None
        with pytest.raises(WorkerDiedError, match="was killed by SIGKILL"):
            one.submit(deadly.die).result()
        with pytest.raises(WorkerDiedError, match="ended with exit status 3"):
            one.submit(os._exit, 3).result()
        assert one.submit(os.getpid).result() != first
        last = one.submit(os.getpid).result()
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


def test_processes_end_with_the_one_that_began_them() -> None:
    code = (
        "import os, time\nfrom rckp.validation.worker_pool import WorkerPool\n"
        "one = WorkerPool(1)\nprint(one.submit(os.getpid).result(), flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and _state(child) != "Z":
        assert time.monotonic() < deadline, "the process goes on"
        time.sleep(0.01)


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def test_nothing_is_imported_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "signal.py").write_text("raise SystemExit('imported from a hostile directory')")
    monkeypatch.chdir(tmp_path)
    with WorkerPool(1) as one:
        assert one.submit(os.getcwd).result() == str(tmp_path)


# The command.

# Begins processes at once, and goes on when they are there, so that few files will do.
EAGER = """
import sys
from rckp.cli import parallel, main
begin = parallel.ParallelValidator._begin
def begin_and_wait(self):
    future = begin(self)
    future.result()
    print("begun", file=sys.stderr, flush=True)
    return future
parallel.ParallelValidator._begin = begin_and_wait
parallel._POLL_INTERVAL = parallel._MIN_REMAINING_WORK = 0
main()
"""


@pytest.fixture(scope="module")
def tree(directory: Path) -> Path:
    below = directory / "tree"
    files(below, CONTENTS)
    for i, content in enumerate((GOOD, b"", GOOD, GOOD[:-1])):
        files(below / f"dir{i}", [content] * (30 * i + 1))
    return below


@pytest.mark.parametrize("style", ["text", "json", "jsonl", "junit"])
@pytest.mark.parametrize("options", [[], ["--strict", "-v"]])
def test_the_command_says_the_same_with_processes(
    tree: Path, tmp_path: Path, style: str, options: list[str]
) -> None:
    named = [tree / "dir2" / "00000.ckpt", "-", tmp_path, tree, "nowhere", tree / "dir3"]
    common = ["validate", "--format", style, *options, *map(str, named)]
    clock = f"import time; time.time_ns = lambda: {NOW}_000_000\n"  # some messages tell the time
    alone = _command(f"{clock}from rckp.cli import main; main()", common)
    together = _command(clock + EAGER, [*common, "-j", "2"])
    assert alone.returncode == together.returncode == 2
    assert b"begun" in together.stderr
    assert alone.stdout == together.stdout
    assert alone.stdout.count(b"same-run-twice") > (0 if style == "text" else 100)


def _command(code: str, arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=GOOD,
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("look", [0, 0.001, 0.02])
@pytest.mark.parametrize("pays", [0, 0.001, 10_000])
def test_no_file_is_lost_when_processes_take_over(
    tree: Path, look: float, pays: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_POLL_INTERVAL", look)
    monkeypatch.setattr(parallel, "_MIN_REMAINING_WORK", pays)
    items: list[tuple[str | rckp.Report, bool]] = []
    items += [(str(path), False) for path in sorted(tree.rglob("*.ckpt"))] * 5
    items.insert(100, (rckp.Report("ready", None, ()), False))
    alone = list(batch.run_serial(items, NOW))
    with parallel.ParallelValidator(2, NOW) as judges:
        assert list(judges.validate(iter(items))) == alone
        if pays == 10_000:
            assert judges._processes is None  # too little lies ahead


@pytest.mark.parametrize("number", ["1", "2"])
def test_ctrl_c_works_at_once(tmp_path: Path, number: str) -> None:
    """The terminal sends it to the command and to its workers, which are in the midst of it."""
    for name in ("a.ckpt", *(f"b{i}.ckpt" for i in range(30))):
        large(tmp_path / name, 0xFFFFFFFF)
    (tmp_path / "a.ckpt").write_bytes(GOOD)
    process = subprocess.Popen(
        [sys.executable, "-c", EAGER, "validate", "-v", "-j", number, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        if number == "2":
            assert process.stderr.readline() == b"begun\n"
        assert process.stdout.readline().endswith(b"a.ckpt: valid\n")
        time.sleep(0.3)
        since = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read()
        status = process.wait(60)
    assert time.monotonic() - since < 3  # one of these files alone takes as long
    assert status == 130
    assert said.strip() == b"interrupted"
    with pytest.raises(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, 0)


def test_a_small_file_takes_five_calls_of_the_system(tmp_path: Path) -> None:
    need("strace", how="apt-get install strace")
    calls = []
    record = rckp.decode(GOOD)
    for number in (200, 400):
        run_ids = [f"{record.algorithm_name}-1-{i:020}-1767225600250" for i in range(number)]
        files(tmp_path / str(number), [rckp.encode(record._replace(run_id=r)) for r in run_ids])
        trace = tmp_path / f"trace-{number}"
        code = "from rckp.cli import main; main()"
        command = ["strace", "-f", "-o", str(trace), sys.executable, "-c", code, "validate"]
        subprocess.run(
            [*command, str(tmp_path / str(number))], check=True, stdout=subprocess.DEVNULL
        )
        calls.append(len(trace.read_text("utf-8").splitlines()))
    assert calls[0] > 5 * 200
    assert calls[1] - calls[0] <= 5 * 200 + 100
