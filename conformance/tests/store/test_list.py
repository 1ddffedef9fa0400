"""`rckp list`: columns, order, filters, formats; and the question of `rckp resume`."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.tests.command import CONTROL, Result, rckp
from conformance.tests.store.examples import record
from rckp import CheckpointRecord, CheckpointStore
from rckp.cli.run_table import format_elapsed
from rckp.display import format_size

HILL = "iter={};eval={};seed=1;state=true,false|{}"
NOW = time.time_ns() // 1_000_000


def hill(number: int, iteration: int, quality: str, **fields: object) -> CheckpointRecord:
    values = {"created_at_ms": NOW - 60_000 * number, "algorithm_name": "HillClimbing", **fields}
    payload = HILL.format(iteration, iteration + 1, quality)
    return record(f"HC-{number}-0-{number}", payload)._replace(**values)  # type: ignore[arg-type]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Two runs on a problem with a known direction, and two of another algorithm."""
    store = CheckpointStore(tmp_path / "base", durability="none")
    cities = {"problem_description": "TSP with 52 cities", "problem_parameters": ""}
    store.write(hill(1, 1_000, "41.5", elapsed_millis=61_000, **cities))
    store.write(hill(2, 10, "1234567.25", elapsed_millis=12, **cities))
    store.write(hill(3, 5_000, "NaN", created_at_ms=1, elapsed_millis=3_600_000, **cities))
    store.write(record("own-1", "anything", at=NOW)._replace(algorithm_name="Own"))
    return tmp_path / "base"


def runs(result: Result) -> list[str]:
    """The run ids, in the order of the list."""
    assert result.status == 0, result.err
    document = json.loads(result.out)
    return [run["run_id"] for group in document["groups"] for run in group["runs"]]


def test_it_shows_the_progress_of_each_run(base: Path) -> None:
    lines = rckp("list", base, environment={"COLUMNS": "120"}).text.splitlines()
    rows = [line.split() for line in lines]
    assert lines[1] == "HillClimbing (p=1) on TSP with 52 cities"
    assert rows[2][:6] == ["running", "1,000", "1,001", "41.5", "1", "min"]
    assert rows[2][-1] == "HC-1-0-1"
    assert rows[3][:6] == ["running", "10", "11", "1.23457e+06", "0.012", "s"]
    assert rows[4][:4] == ["running?", "5,000", "5,001", "NaN"]
    assert lines[-2:] == [
        f"4 runs in {base}",
        "running?: nothing was saved for more than 1 h",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_terminal(base: Path, width: int) -> None:
    lines = rckp("list", base, environment={"COLUMNS": str(width)}).text.splitlines()
    assert max(map(len, lines[: lines.index("")])) <= width
    own_line = "    HC-1-0-1" in lines
    assert own_line == (width == 80)
    assert "    anything" in lines  # the payload, as its progress is not known


def test_it_sorts_by_what_people_ask_for(base: Path) -> None:
    def listed(*arguments: str) -> list[str]:
        return runs(rckp("list", "--format", "json", *arguments, base))

    one, two, three, own = "HC-1-0-1", "HC-2-0-2", "HC-3-0-3", "own-1"
    assert listed() == [one, two, three, own]
    assert listed("--sort", "saved") == [three, two, one, own]
    assert listed("--sort", "iteration") == [own, two, one, three]
    assert listed("--sort", "evaluations", "-r") == [three, one, two, own]
    assert listed("--sort", "best") == [own, three, two, one]  # the shortest tour is the best
    assert listed("--sort", "elapsed") == [own, two, one, three]
    assert listed("--sort", "size")[-1] == two  # the longest quality
    assert listed("--reverse") == [own, three, two, one]


def test_it_filters(base: Path) -> None:
    def number(*arguments: str) -> int:
        return len(runs(rckp("list", "--format", "json", *arguments, base)))

    assert number("--algorithm", "hill*") == 3
    assert number("--algorithm", "OWN") == 1
    assert number("--algorithm", "hill") == 0
    assert number("--problem", "*cities", "--status", "running") == 3
    assert number("--status", "failed", "--status", "completed") == 0
    mistaken = rckp("list", "--status", "runing", base)
    assert (mistaken.status, mistaken.out) == (2, b"")


def test_the_csv_has_a_line_for_each_run(base: Path) -> None:
    store = CheckpointStore(base, durability="none")
    store.write(hill(4, 7, "1", error_message='two\nlines, "quoted"'))
    store.write(hill(5, 8, "1", error_message="a bare\rcarriage return", created_at_ms=2**64 - 1))
    (base / os.fsdecode(b"\xff.ckpt")).write_bytes((next(iter(store.files()))).read_bytes())
    result = rckp("list", "--format", "csv", base)
    assert result.status == 0
    rows = list(csv.DictReader(io.StringIO(result.text, newline="")))
    assert len(rows) == 7
    assert {len(row) for row in csv.reader(io.StringIO(result.text, newline=""))} == {18}
    found = {row["run_id"]: row for row in rows if not row["path_bytes"]}
    assert found["HC-4-0-4"]["error_message"] == 'two\nlines, "quoted"'
    assert found["HC-5-0-5"]["error_message"] == "a bare\rcarriage return"
    assert "in the future" in rckp("list", base).text
    assert found["HC-1-0-1"]["iteration"] == "1000"
    assert found["HC-1-0-1"]["best_quality"] == "41.5"
    assert found["own-1"]["iteration"] == ""
    assert found["own-1"]["stale"] == "false"
    (odd,) = [row["path_bytes"] for row in rows if row["path_bytes"]]
    assert odd.endswith(b"/\xff.ckpt".hex())


def test_a_large_payload_is_not_kept(tmp_path: Path) -> None:
    """What is larger than 4 MiB is read for its start only; what is smaller, whole."""
    store = CheckpointStore(tmp_path, durability="none")
    for number, variables in ((1, 900_000), (2, 700_000)):
        payload = f"iter=3;eval=4;seed=1;state={','.join(['true'] * variables)}|17"
        changes = {"algorithm_name": "HillClimbing", "step_state_payload": payload}
        store.write(record(f"x-{number}")._replace(**changes))  # type: ignore[arg-type]
    document = json.loads(rckp("list", "--format", "json", tmp_path).out)
    first, second = (run for group in document["groups"] for run in group["runs"])
    assert (first["iteration"], first["best_quality"]) == ("3", None)
    assert (second["iteration"], second["best_quality"]) == ("3", "17")
    assert len(first["step_state_payload_start"]) == 60


def test_files_of_both_layouts_in_one_directory(base: Path) -> None:
    """The draft layout is named; what is broken in it is left out."""
    released = next(base.rglob("run-HC-1-*"))
    draft = base / "draft.ckpt"
    assert rckp("convert", released, "--to", "next", "-o", draft).status == 0
    (base / "broken.ckpt").write_bytes(draft.read_bytes()[:-1])
    shown = rckp("list", base, environment={"COLUMNS": "120"}).text
    assert "HillClimbing (p=1) on TSP with 52 cities (draft layout)\n" in shown
    assert shown.count("1,000        1,001") == 2
    assert "5 runs in" in shown
    assert "1 file left out (1 invalid-utf8)" in shown
    document = json.loads(rckp("list", "--format", "json", base).out)
    (run,) = (r for g in document["groups"] for r in g["runs"] if r["layout"] == "next")
    assert (run["run_id"], run["iteration"], run["best_quality"]) == ("HC-1-0-1", "1000", "41.5")
    assert run["resumable"] is False
    assert run["size"] == draft.stat().st_size
    assert "HC-1-0-1" in rckp("resume", "--run-id", "HC-1-0-1", base).text
    assert "draft" not in rckp("list", "--resumable", base).text


def test_durations_and_sizes_are_short() -> None:
    durations = {
        0: "0.000 s",
        9_999: "9.999 s",
        59_949: "59.9 s",
        59_999: "59.9 s",
        60_000: "1 min 00 s",
        3_599_999: "59 min 59 s",
        3_600_000: "1 h 00 min",
        2**64 - 1: "5,124,095,576,030 h 25 min",
    }
    assert {ms: format_elapsed(ms) for ms in durations} == durations
    sizes = {0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 5 << 20: "5.0 MiB", 3 << 30: "3.0 GiB"}
    assert {size: format_size(size) for size in sizes} == sizes


def at_terminal(answers: bytes, *arguments: str | Path) -> tuple[int, bytes, str]:
    """The status, standard output, and what the terminal shows of `rckp resume`."""
    main, side = pty.openpty()
    environment = os.environ | {"COLUMNS": "80", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    environment["PYTHONIOENCODING"] = "utf-8:strict"
    process = subprocess.Popen(
        [sys.executable, "-c", "from rckp.cli import main; main()", "resume", *arguments],
        stdin=side,
        stderr=side,
        stdout=subprocess.PIPE,
        env=environment,
    )
    os.close(side)
    os.write(main, answers)
    shown = b""
    while process.poll() is None or select.select([main], [], [], 0)[0]:
        try:
            shown += os.read(main, 1 << 16) if select.select([main], [], [], 0.05)[0] else b""
        except OSError:  # Linux: no process has the other side any more
            break
    out, _ = process.communicate(timeout=60)
    os.close(main)
    return process.returncode, out, shown.decode("utf-8", "replace")  # also what it echoes


@pytest.mark.system
def test_the_chooser_asks_again_after_a_typing_error(base: Path) -> None:
    status, out, shown = at_terminal(b"two\n7\n\xe9\n\x1b[2J\n2\n", base)
    assert (status, out) == (0, next(iter(base.rglob("run-HC-2-*"))).__fspath__().encode() + b"\n")
    assert shown.count("Resume which of the 4 runs? (0: a new run)") == 5
    assert '"two" is not a number from 0 to 4.' in shown
    assert '"7" is not a number' in shown
    said = [line for line in shown.splitlines() if "is not a number" in line]
    assert not any(CONTROL.search(line) for line in said)
    assert "HillClimbing (p=1) on TSP with 52 cities" in shown
    assert "1,000" in shown


@pytest.mark.system
@pytest.mark.parametrize(("answer", "expected"), [(b"0\n", 1), (b"\x04", 2)])
def test_the_chooser_ends_without_a_run(base: Path, answer: bytes, expected: int) -> None:
    status, out, shown = at_terminal(answer, base)
    assert (status, out) == (expected, b"")
    assert ("a new run" if expected == 1 else "[invalid-index, SEL-10]") in shown
