"""Worker processes: their answers and errors, their end, and files that kill them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests import deadly
from conformance.tests.format.many_files import GOOD, MAKERS, NOW, files
from rckp.validation import batch, worker_pool
from rckp.validation.worker_pool import WorkerDiedError, WorkerPool


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
    work = batch.VALIDATION._replace(chunk=deadly.validate_chunk)
    monkeypatch.setattr(batch, "VALIDATION", work)
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
    monkeypatch.setattr(worker_pool, "_PYTHON", ("/nowhere/python", "-P", "-c"))
    with WorkerPool(1) as one, pytest.raises(FileNotFoundError):
        one.submit(os.getpid).result()
    assert list(rckp.validate_many(paths, executor=Refusing(), now_ms=NOW)) == alone


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
