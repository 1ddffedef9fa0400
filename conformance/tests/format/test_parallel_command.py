"""`rckp validate -j`: the same output with worker processes, an interrupt, and system calls."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import pytest

import rckp
from conformance.tests.format.many_files import CONTENTS, GOOD, NOW, files, large
from conformance.tests.tools import need
from rckp.cli import parallel
from rckp.cli.report import Summary
from rckp.cli.validated_paths import items
from rckp.conformance.processes import descendants, processor_time
from rckp.validation import batch

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
    given: list[tuple[str | rckp.Report, bool]] = []
    given += [(str(path), False) for path in sorted(tree.rglob("*.ckpt"))] * 5
    given.insert(100, (rckp.Report("ready", None, ()), False))
    alone = list(batch.run_serial(given, NOW, batch.VALIDATION))
    with parallel.ParallelValidator(2, NOW) as validator:
        assert list(validator.validate(iter(given))) == alone
        if pays == 10_000:
            assert validator._processes is None  # too little lies ahead


@pytest.mark.parametrize("wanted", ["", "1", "10", "00011", "0111001"])
def test_the_files_of_a_directory_can_change_hands(tree: Path, wanted: str) -> None:
    """Each is once in the list, as a path while paths are wanted, and otherwise as a report."""
    answers = cycle(bit == "1" for bit in wanted)
    pattern = (lambda: next(answers)) if wanted else None
    paths = [str(tree), str(tree / "dir3")]
    found = list(items(paths, Summary(), NOW, wants_paths=pattern))
    kinds = {isinstance(item, str) for item, _ in found}
    assert kinds == {bit == "1" for bit in wanted or "0"}
    here = items(paths, Summary(), NOW, wants_paths=None)
    reports = batch.run_serial(found, NOW, batch.VALIDATION)
    assert list(reports) == list(here)


@pytest.mark.parametrize("number", ["1", "2"])
def test_ctrl_c_works_at_once(tmp_path: Path, number: str) -> None:
    """The terminal sends it to the command and to its workers, which are in the midst of it."""
    for name in ("a.ckpt", *(f"b{i}.ckpt" for i in range(30))):
        large(tmp_path / name, 0xFFFFFFFF)
    (tmp_path / "a.ckpt").write_bytes(GOOD)
    before = _of_ended_children()
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
        used = sum(map(processor_time, (process.pid, *descendants(process.pid))))
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read()
        status = process.wait(60)
    after = _of_ended_children() - before - used
    assert after < 1  # one of these files alone takes three times that
    assert status == 130
    assert said.strip() == b"interrupted"
    with pytest.raises(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, 0)


def _of_ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_a_small_file_takes_five_calls_of_the_system(tmp_path: Path) -> None:
    need("strace", how="apt-get install strace")
    calls = []
    record = rckp.decode(GOOD)
    for number in (200, 400):
        run_ids = [f"{record.algorithm_name}-1-{i:020}-1767225600250" for i in range(number)]
        files(tmp_path / str(number), [rckp.encode(record._replace(run_id=r)) for r in run_ids])
        time.sleep(2.1)  # a file that was changed less than two seconds ago takes more calls
        trace = tmp_path / f"trace-{number}"
        code = "from rckp.cli import main; main()"
        command = ["strace", "-f", "-o", str(trace), sys.executable, "-c", code, "validate"]
        subprocess.run(
            [*command, str(tmp_path / str(number))], check=True, stdout=subprocess.DEVNULL
        )
        calls.append(len(trace.read_text("utf-8").splitlines()))
    assert calls[0] > 5 * 200
    assert calls[1] - calls[0] <= 5 * 200 + 100
