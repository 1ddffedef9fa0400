"""`rckp list`, `rckp resume` and `rckp purge`, run as people run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.tests.command import CONTROL, rckp
from conformance.tests.corpus import FIXTURES
from conformance.tests.store.examples import IDENTITY, names, record
from rckp import CheckpointRunStatus, CheckpointStore, encode

REAL = FIXTURES / "files/real"


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    """Three runs that can be resumed, a completed one, an empty file, and a foreign one."""
    store = CheckpointStore(tmp_path / "base", durability="none")
    for number in (1, 2, 3):
        store.write(record(f"x-{number}", f"iter={number};\x1b[2J", at=number))
    done = record("x-4")._replace(status=CheckpointRunStatus.COMPLETED)
    other = record("sa-1")._replace(
        algorithm_name="SA\u202e",
        status=CheckpointRunStatus.FAILED,
        error_message="out of luck\r",
        created_at_ms=time.time_ns() // 1_000_000 - 90_000,
    )
    directory = store.write(done).parent
    store.write(other)
    (directory / "empty.ckpt").touch()
    (directory / "model.ckpt").write_bytes(b"PK\x03\x04")
    return store


def at_rest(base: Path) -> None:
    """As if nobody had written below a base for two minutes."""
    then = time.time() - 120
    for path in base.rglob("*.ckpt"):
        os.utime(path, (then, then))


def test_the_real_files_are_listed_by_what_they_compute() -> None:
    result = rckp("list", REAL)
    assert result.status == 0
    assert not CONTROL.search(result.text)
    lines = result.text.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ") and " on " in line]
    assert len(headings) > 7
    assert sum(line.startswith("  running?  ") for line in lines) == 37
    assert max(len(line) for line in lines[:-4]) <= 80
    assert lines[-4].startswith("37 runs in ")
    assert lines[-2].startswith("31 files left out (31 truncated): `rckp validate ")
    assert lines[-1].startswith("`rckp purge --truncated ")


def test_the_list_for_people(store: CheckpointStore) -> None:
    result = rckp("list", store.base_dir)
    assert result.status == 0
    assert not CONTROL.search(result.text)
    runs, last = result.text.split("\n\n")
    heading, *lines = runs.splitlines()
    assert heading.split()[:5] == ["STATUS", "ITERATION", "EVALUATIONS", "BEST", "ELAPSED"]
    at = lines.index("SA\\u202e (p=1) on TSP (n=4)")
    assert lines[0] == "HC (p=1) on TSP (n=4)"
    assert [line.strip() for line in lines[2:at:3]] == ["x-1", "x-2", "x-3", "x-4"]
    assert lines[3] == "    iter=1;\\x1b[2J"
    assert lines[at + 1].split()[:4] == ["failed", "10", "11", "-"]
    assert lines[at + 1].endswith("1.500 s  120 B  1 min ago")
    assert lines[at + 2 : at + 4] == ["    sa-1", "    out of luck\\r"]
    assert "2 files left out (1 bad-magic, 1 truncated)" in last
    resumable = rckp("list", "--resumable", store.base_dir).text
    assert "4 runs in" in resumable
    assert "x-4" not in resumable


def test_the_list_for_programs(store: CheckpointStore) -> None:
    document = json.loads(rckp("list", "--format", "json", store.base_dir).out)
    assert (document["version"], document["base"]) == (1, str(store.base_dir))
    first, second = document["groups"]
    assert first["identity"] == IDENTITY._asdict()
    assert [run["run_id"] for run in first["runs"]] == ["x-1", "x-2", "x-3", "x-4"]
    assert [run["resumable"] for run in first["runs"]] == [True, True, True, False]
    assert first["runs"][0] == {
        "path": str(next(iter(store.files())).with_name("run-x-1.ckpt")),
        "layout": "released",
        "run_id": "x-1",
        "status": "running",
        "stale": True,
        "resumable": True,
        "created_at_ms": "1",
        "elapsed_millis": "1500",
        "iteration": None,
        "evaluations": None,
        "best_quality": None,
        "size": 96,
        "error_message": None,
        "step_state_payload_start": "iter=1;\x1b[2J",
        "step_state_payload_length": 11,
    }
    assert second["runs"][0]["error_message"] == "out of luck\r"
    assert [each["code"] for each in document["errors"]] == ["truncated", "bad-magic"]


@pytest.mark.parametrize("name", ["list", "resume", "purge"])
def test_a_base_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    arguments = ["--truncated"] if name == "purge" else []
    result = rckp(name, *arguments, tmp_path / "no")
    assert (result.status, result.out) == (2, b"")
    assert str(tmp_path / "no") in result.err
    assert "[missing, STORE-11]" in result.err


def test_the_base_is_by_default_that_of_roma_lib(store: CheckpointStore, tmp_path: Path) -> None:
    chosen = {"ROMA_CHECKPOINT_DIR": str(store.base_dir)}
    assert "5 runs in" in rckp("list", environment=chosen).text
    state = tmp_path / "state/roma"
    state.mkdir(parents=True)
    shutil.copytree(store.base_dir, state / "checkpoints")
    found = {"ROMA_CHECKPOINT_DIR": "", "XDG_STATE_HOME": str(tmp_path / "state")}
    assert str(state / "checkpoints") in rckp("list", environment=found).text


def test_resume_prints_where_it_is(store: CheckpointStore) -> None:
    base = store.base_dir
    like = next(path for path in store.files() if path.name == "run-x-1.ckpt")
    about = ("--algorithm", "HC", "--algorithm-parameters", "p=1")
    problem = ("--problem", "TSP", "--problem-parameters", "n=4")
    for arguments, name in (
        (("--latest", "--like", like), "run-x-3.ckpt"),
        (("--latest", *about, *problem), "run-x-3.ckpt"),
        (("--latest-saved",), "run-sa-1.ckpt"),
        (("--run-id", "x-2"), "run-x-2.ckpt"),
        (("--run-id", "x-2", "--like", like), "run-x-2.ckpt"),
        (("--run-id", "sa-1"), "run-sa-1.ckpt"),
    ):
        result = rckp("resume", base, *arguments)
        assert result.status == 0, result.err
        path = Path(result.text.removesuffix("\n"))
        assert path.name == name
        assert path.is_file()
    document = json.loads(rckp("resume", base, "--run-id", "x-2", "--format", "json").out)
    assert document["record"]["step_state_payload"] == "iter=2;\x1b[2J"
    assert document["path"].endswith("run-x-2.ckpt")


def test_resume_does_not_choose_of_its_own_accord(store: CheckpointStore) -> None:
    base = store.base_dir
    refusals: list[tuple[tuple[str, ...], str]] = [
        ((), "choice-needed"),
        (("--run-id", "x-4"), "no-such-run"),
        (("--run-id", "x-1", "--algorithm", "SA", "--problem", "TSP"), "no-such-run"),
    ]
    for arguments, code in refusals:
        result = rckp("resume", base, *arguments)
        assert (result.status, result.out) == (2, b"")
        assert f"[{code}, SEL-" in result.err
    nothing = rckp("resume", base, "--algorithm", "HC", "--problem", "TSP")
    assert (nothing.status, nothing.out) == (1, b"")
    assert nothing.err.startswith("nothing to resume\n2 files left out (1 bad-magic, 1 truncated)")
    invalid = rckp("resume", base, "--like", store.base_dir / "no.ckpt")
    assert invalid.status == 2
    mistakes: list[tuple[str, ...]] = [
        ("--latest", "--run-id", "x-1"),
        ("--latest", "--most-advanced"),
        ("--algorithm", "HC"),
        ("--like", "x", "--algorithm", "HC", "--problem", "y"),
        ("--problem-parameters", "n=4"),
    ]
    for arguments in mistakes:
        result = rckp("resume", base, *arguments)
        assert (result.status, result.out) == (2, b"")
        assert result.err.startswith("Usage:")


def test_resume_does_not_take_an_unreadable_directory_for_an_empty_one(
    store: CheckpointStore,
) -> None:
    """Without free descriptors, the base opens and the scope below it does not (SEL-8)."""
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5)); "
    command = [sys.executable, "-c", limited + "from rckp.cli import main; main()", "resume"]
    identity = ["--algorithm", "SA", "--problem", "TSP"]
    for arguments in ([], ["--latest"], ["--run-id", "x-1"], identity):
        result = subprocess.run(
            [*command, str(store.base_dir), *arguments], capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stdout) == (2, "")
        assert "[listing-failed, SEL-8]" in result.stderr


def test_resume_counts_the_files_that_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.ckpt").write_bytes(b"RCKP")
    result = rckp("resume", tmp_path)
    assert (result.status, result.out) == (1, b"")
    assert result.err.splitlines()[0] == "nothing to resume"
    assert (
        f"1 file left out (1 truncated): `rckp validate {tmp_path}` says what it is" in result.err
    )


def test_purge_removes_what_is_old(store: CheckpointStore) -> None:
    before = {path.name for path in store.files()}
    told = rckp("purge", "--older-than", "1h", "--dry-run", store.base_dir)
    assert told.status == 0
    assert told.text.count("would remove ") == 4
    assert {path.name for path in store.files()} == before
    done = rckp("purge", "--older-than", "1h", store.base_dir)
    assert done.text.count("removed /") == 4
    assert done.text.splitlines()[-1] == f"4 files removed in {store.base_dir}"
    assert {path.name for path in store.files()} == {"run-sa-1.ckpt", "empty.ckpt", "model.ckpt"}
    assert rckp("purge", "--older-than", "1m", store.base_dir).text.count("removed /") == 1


def test_purge_removes_what_is_broken_and_at_rest(store: CheckpointStore) -> None:
    assert "0 files removed" in rckp("purge", "--truncated", store.base_dir).text
    at_rest(store.base_dir)
    document = json.loads(rckp("purge", "--truncated", "--format", "json", store.base_dir).out)
    assert [Path(each["path"]).name for each in document["removed"]] == ["empty.ckpt"]
    assert (document["errors"], document["dry_run"]) == ([], False)
    assert "model.ckpt" in {path.name for path in store.files()}


def test_purge_cleans_up_after_the_real_crate(tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(REAL, base)
    at_rest(base)
    assert rckp("purge", "--truncated", base).text.splitlines()[-1].startswith("31 files removed")
    assert rckp("list", base).text.splitlines()[-2].startswith("37 runs in")
    assert rckp("validate", base).status == 0


def test_purge_wants_to_be_told_what(store: CheckpointStore) -> None:
    for arguments in ((), ("--older-than", "7"), ("--older-than", "-7d"), ("--older-than", "٧d")):
        result = rckp("purge", *arguments, store.base_dir)
        assert (result.status, result.out) == (2, b"")
        assert result.err.startswith("Usage:")


def test_a_path_that_is_not_utf8(tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    odd = os.fsencode(base) + b"/\xff.ckpt"
    with open(odd, "wb") as file:
        file.write(encode(record()))
    assert rckp("resume", base).out == odd + b"\n"
    assert json.loads(rckp("list", "--format", "json", base).out)["groups"][0]["runs"][0][
        "path"
    ].endswith("\\xff.ckpt")
    assert names(base) == ["\udcff.ckpt"]


INTERRUPTED = """
import sys
from rckp.cli import main
from rckp.files.directory import Directory
remove, calls = Directory.remove, []
def interrupt(directory, name):
    calls.append(name)
    if len(calls) == 3:
        raise KeyboardInterrupt
    remove(directory, name)
Directory.remove = interrupt
sys.argv[1:1] = ["purge", "--older-than", "1h"]
main()
"""


@pytest.mark.parametrize("style", ["text", "json"])
def test_an_interrupted_purge_reports_what_it_has_removed(
    store: CheckpointStore, style: str
) -> None:
    before = set(store.files())
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, "--format", style, store.base_dir],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    gone = {str(path) for path in before - set(store.files())}
    assert len(gone) == 2
    if style == "json":
        assert {each["path"] for each in json.loads(done.stdout)["removed"]} == gone
    else:
        *lines, last = done.stdout.splitlines()
        assert {line.removeprefix("removed ") for line in lines} == gone
        assert last.startswith("2 files removed")
