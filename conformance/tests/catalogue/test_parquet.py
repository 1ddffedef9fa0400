"""Catalogues as files: what other tools read in them, and that they are written whole or not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.attack.test_output_files import LIMITED
from conformance.tests.catalogue.tables import NOW, rows
from conformance.tests.command import Result
from conformance.tests.command import rckp as command
from conformance.tests.format.drafts import DRAFTS
from conformance.tests.format.many_files import CONTENTS, GOOD, MAKERS, files, large
from conformance.tests.format.test_parallel_command import EAGER
from conformance.tests.tools import with_tests_importable
from rckp.catalogue import parquet, table
from rckp.catalogue.columns import COLUMNS, NAMES, VERSION
from rckp.catalogue.row import CATALOGUE

LISTS = ("warnings", "truncated_fields")
TIMES = ("mtime", "created_at")
RUN = "from rckp.cli import main; main()"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of both layouts, valid and not, in several directories."""
    base = tmp_path_factory.mktemp("tree")
    files(base / "cases", CONTENTS)
    files(base / "drafts", [*DRAFTS.values()])
    for i, content in enumerate((GOOD, b"", GOOD, GOOD[:-1])):
        files(base / f"dir{i}", [content] * (30 * i + 1))
    (base / "dir0" / os.fsdecode(b"\xff.ckpt")).write_bytes(GOOD)
    return base


@pytest.fixture(scope="module")
def catalogue(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("catalogue") / "runs.parquet"
    assert rckp.write_catalogue(target, tree, now_ms=NOW) == len(rows(tree))
    return target


def listed(*arguments: str | Path, **options: Any) -> Result:
    return command("list", "--format", "parquet", *arguments, **options)


def test_pyarrow_reads_what_frame_returns(tree: Path, catalogue: Path) -> None:
    from pyarrow import parquet as reader

    found = reader.read_table(catalogue)
    wanted = rckp.frame(tree, now_ms=NOW)
    assert found.equals(wanted)
    assert found.schema.equals(wanted.schema, check_metadata=True)
    document = json.loads(found.schema.metadata[b"rckp.catalogue"])
    assert document["version"] == VERSION == 1
    assert document["columns"] == [column._asdict() for column in COLUMNS]
    for field, column in zip(found.schema, COLUMNS, strict=True):
        assert (field.name, field.nullable) == (column.name, column.nullable)
        assert field.metadata[b"meaning"].decode() == column.meaning
        name = str(field.type).replace(", tz=", ", ").replace("double", "float64")
        assert name.replace("list<element: string not null>", "list<string>") == column.type


def test_pandas_reads_it(tree: Path, catalogue: Path) -> None:
    import pandas as pd

    found = pd.read_parquet(catalogue, dtype_backend="pyarrow")
    wanted = rows(tree)
    assert list(found.columns) == list(NAMES)
    # Exact, also integers of 64 bits beside nulls.
    for name in NAMES:
        values = [None if each is pd.NA else each for each in found[name]]
        if name in TIMES:
            values = [None if pd.isna(each) else each for each in values]
        expected = [row[name] for row in wanted]
        lists = [[*each] if name in LISTS else each for each in values]
        assert lists == expected, name
    assert len(rckp.frame(tree, now_ms=NOW).to_pandas()) == len(wanted)


def test_duckdb_reads_it(tree: Path, catalogue: Path) -> None:
    import duckdb

    # Times as integers, since as Python values they need another package.
    columns = ", ".join(f"epoch_us({n}) AS {n}" if n in TIMES else n for n in NAMES)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {columns} FROM '{catalogue}'").fetchall()
        frame = rckp.frame(tree, now_ms=NOW)  # noqa: F841 - DuckDB finds it by its name
        assert connection.execute(f"SELECT {columns} FROM frame").fetchall() == found
    wanted = [
        tuple(microseconds(row[name]) if name in TIMES else row[name] for name in NAMES)
        for row in rows(tree)
    ]
    assert found == wanted


def microseconds(time: datetime | None) -> int | None:
    if time is None:
        return None
    return (time - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize("maker", MAKERS)
def test_any_executor_makes_the_same_table(tree: Path, catalogue: Path, maker: str) -> None:
    made: Executor
    with MAKERS[maker]() as made:
        frame = rckp.frame(tree, executor=made, now_ms=NOW, chunk=7)
        assert frame.equals(rckp.frame(tree, now_ms=NOW))
        target = catalogue.parent / f"{maker}.parquet"
        rckp.write_catalogue(target, tree, executor=made, now_ms=NOW, chunk=11, in_flight=3)
    assert target.read_bytes() == catalogue.read_bytes()


def test_the_number_of_processes_does_not_matter(
    tree: Path, catalogue: Path, tmp_path: Path
) -> None:
    clock = f"import time; time.time_ns = lambda: {NOW}_000_000\n"
    for number in ("1", "2", "3"):
        target = tmp_path / f"{number}.parquet"
        words = ["list", "--format", "parquet", "-j", number, "-o", str(target), str(tree)]
        done = subprocess.run(
            [sys.executable, "-c", clock + EAGER, *words], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert (b"begun" in done.stderr) == (number != "1")
        assert target.read_bytes() == catalogue.read_bytes()


@pytest.mark.parametrize("limit", ["_BATCH_ROWS", "_BATCH_CHARS", "_GROUP_ROWS", "_GROUP_BYTES"])
def test_batches_and_row_groups_are_bounded(
    tree: Path, tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow import parquet as reader

    monkeypatch.setattr(table if "BATCH" in limit else parquet, limit, 50)
    if "GROUP" in limit:
        monkeypatch.setattr(table, "_BATCH_ROWS", 20)
    wanted = rckp.frame(tree, now_ms=NOW)
    if limit == "_BATCH_ROWS":
        assert {len(each) for each in wanted.to_batches()[:-1]} == {50}
    elif limit == "_BATCH_CHARS":
        assert {len(each) for each in wanted.to_batches()} == {1}
    target = tmp_path / "runs.parquet"
    rckp.write_catalogue(target, tree, now_ms=NOW)
    if "GROUP" in limit:
        metadata = reader.ParquetFile(target).metadata
        sizes = {metadata.row_group(n).num_rows for n in range(metadata.num_row_groups - 1)}
        assert sizes == {60 if limit == "_GROUP_ROWS" else 20}
    assert reader.read_table(target).equals(wanted)


def test_an_empty_directory(tmp_path: Path) -> None:
    import duckdb
    import pandas as pd

    (tmp_path / "none").mkdir()
    target = tmp_path / "runs.parquet"
    done = listed("-o", target, tmp_path / "none")
    assert (done.status, done.text) == (0, f"{target}: 0 rows\n")
    assert list(pd.read_parquet(target).columns) == list(NAMES)
    assert duckdb.execute(f"SELECT count(*) FROM '{target}'").fetchall() == [(0,)]
    assert rckp.frame([]).num_rows == rckp.frame(tmp_path).num_rows == 0


def test_filters(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "runs.parquet"
    every = rows(tree)

    def number(*options: str) -> int:
        done = listed("-o", target, *options, tree)
        assert done.status == 0
        return int(done.text.split(": ")[1].split()[0].replace(",", ""))

    assert number() == len(every)
    for status in ("running", "failed"):
        assert number("--status", status) == sum(row["status"] == status for row in every) > 0
    assert number("--resumable") == sum(row["resumable"] for row in every)
    names = [row["algorithm_name"] or "" for row in every]
    assert number("--algorithm", "SIMULATED*") == sum(n.startswith("Simulated") for n in names) > 0
    assert number("--problem", "ackley", "--status", "completed") < number("--problem", "ackley")


def test_options_that_are_refused(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "x"
    for options, reason in (
        (("--format", "parquet", "--sort", "size"), "sort the table"),
        (("--format", "parquet", "--reverse"), "sort the table"),
        (("-j", "2"), "--jobs needs --format parquet"),
        (("-o", str(target)), "--output needs --format"),
    ):
        done = command("list", *options, tree)
        assert (done.status, done.out) == (2, b"")
        assert reason in done.err.splitlines()[-1]
    for base, reason in ((tmp_path / "nowhere", "does not exist"), ("", "BASE is empty")):
        done = listed("-o", target, base)
        assert done.status == 2
        assert reason in done.err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("style", ["json", "csv"])
def test_other_formats_have_an_output_file(tree: Path, tmp_path: Path, style: str) -> None:
    wanted = command("list", "--format", style, tree / "dir0")
    done = command("list", "--format", style, "-o", tmp_path / "x", tree / "dir0")
    assert (done.status, done.out) == (0, b"")
    assert (tmp_path / "x").read_bytes() == wanted.out


WITHOUT = "import sys; sys.modules['pyarrow'] = None\n"


def test_without_pyarrow(tree: Path, tmp_path: Path) -> None:
    words = ["list", "--format", "parquet", "-o", str(tmp_path / "x"), str(tree)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + RUN, *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: --format parquet: a catalogue takes another package: pip install 'rckp[table]'\n"
    )
    assert os.listdir(tmp_path) == []
    code = f"{WITHOUT}import rckp\nfor f in (rckp.frame, lambda p: rckp.write_catalogue('x', p)):\n"
    code += "    try:\n        f('.')\n    except ImportError as error:\n        print(error)\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.count("pip install 'rckp[table]'\n") == 2
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_nothing(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "x"
    full = listed("-o", "/dev/full", tree)
    assert full.status == 2
    assert full.err == "error: /dev/full: cannot be written: No space left on device\n"
    words = [sys.executable, "-c", LIMITED, "list", "--format", "parquet", "-o", str(target)]
    for before in (None, b"before"):
        if before is not None:
            target.write_bytes(before)
        done = subprocess.run([*words, str(tree)], capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr == f"error: {target}: cannot be written: File too large\n".encode()
        assert os.listdir(tmp_path) == ([] if before is None else ["x"])
    assert target.read_bytes() == b"before"


def test_standard_output(tree: Path, tmp_path: Path) -> None:
    from pyarrow import BufferReader
    from pyarrow import parquet as reader

    for options in ((), ("-o", "-")):
        done = listed(*options, tree, cwd=tmp_path)
        assert (done.status, done.err) == (0, "")
        assert reader.read_table(BufferReader(done.out)).num_rows == len(rows(tree))
    assert os.listdir(tmp_path) == []
    line = (
        f"{sys.executable} -c '{RUN}' list --format parquet {tree} | true; echo ${{PIPESTATUS[0]}}"
    )
    closed = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert closed.stdout in (b"2\n", b"0\n")
    assert closed.stderr == b""


@pytest.mark.parametrize("number", ["1", "2"])
def test_ctrl_c_leaves_nothing(tmp_path: Path, number: str) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for i in range(30):
        large(base / f"b{i}.ckpt", 0xFFFFFFFF)
    target = tmp_path / "out" / "runs.parquet"
    target.parent.mkdir()
    target.write_bytes(b"before")
    words = ["list", "--format", "parquet", "-j", number, "-o", str(target), str(base)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while len(os.listdir(target.parent)) < 2 and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, b"", b"interrupted")
    assert os.listdir(target.parent) == ["runs.parquet"]
    assert target.read_bytes() == b"before"
    with pytest.raises(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, 0)


AS_NOBODY = """
import difflib, locale, os  # click imports both late
import rckp, rckp.cli.list_table
rckp.write_catalogue(os.devnull, ".")  # imports what is needed, as long as that can be read
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
from rckp.cli import main
main()
"""


def test_what_may_not_be_read(tmp_path: Path) -> None:
    from pyarrow import parquet as reader

    base, out = tmp_path / "base", tmp_path / "out"
    (base / "locked").mkdir(parents=True)
    out.mkdir()
    for each in (*tmp_path.parents[:2], tmp_path, base):
        each.chmod(0o755)
    out.chmod(0o777)
    for name in ("good.ckpt", "secret.ckpt", "locked/x.ckpt"):
        (base / name).write_bytes(GOOD)
    (base / "secret.ckpt").chmod(0)
    (base / "locked").chmod(0)
    words = ["list", "--format", "parquet", "-o", str(out / "x"), "."]
    try:
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, *words], capture_output=True, check=False, cwd=base
        )
    finally:
        (base / "locked").chmod(0o755)
    assert (done.returncode, done.stderr) == (2, b"")
    assert done.stdout.decode() == f"{out / 'x'}: 3 rows: 1 valid, 2 unreadable\n"
    found = reader.read_table(out / "x").select(["path", "verdict", "code", "message"]).to_pylist()
    assert [tuple(row.values())[:3] for row in found] == [
        ("./good.ckpt", "valid", None),
        ("./locked", "unreadable", "unreadable"),
        ("./secret.ckpt", "unreadable", "unreadable"),
    ]
    assert all("Permission denied" in row["message"] for row in found[1:])


def test_a_file_that_kills_its_reader_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.tests.catalogue import deadly_rows

    for name in ("a.ckpt", "deadly.ckpt", "z.ckpt"):
        (tmp_path / name).write_bytes(GOOD)
    work = CATALOGUE._replace(chunk=deadly_rows.rows_of_chunk)
    monkeypatch.setattr(table, "CATALOGUE", work)
    monkeypatch.setenv("PYTHONPATH", with_tests_importable()["PYTHONPATH"])
    with MAKERS["processes"]() as made:
        found = rows(tmp_path, executor=made)
    assert [row["verdict"] for row in found] == ["valid", "unreadable", "valid"]
    assert "the process that read it was killed by SIGKILL" in found[1]["message"]


def test_arguments_of_frame(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent, tmp_path / "x")
    with pytest.raises(ValueError, match="at least 1"):
        rckp.frame(tmp_path, chunk=0)
    with pytest.raises(ValueError, match="at least 1"):
        rckp.write_catalogue(tmp_path / "y", tmp_path, in_flight=0)
    with pytest.raises(OSError, match="directory does not exist"):
        rckp.write_catalogue(tmp_path / "no/y", tmp_path)
    assert os.listdir(tmp_path) == ["x"]

    def failing() -> Any:
        yield str(tmp_path)
        raise RuntimeError("the list has ended")

    with pytest.raises(RuntimeError, match="has ended"):
        rckp.write_catalogue(tmp_path / "y", failing())
    assert os.listdir(tmp_path) == ["x"]
