"""Catalogues as files: what other tools read in them, and how they are made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.catalogue.tables import NOW, listed, made_tree, rows
from conformance.tests.command import rckp as command
from conformance.tests.format.many_files import GOOD, MAKERS, files
from conformance.tests.format.test_parallel_command import EAGER
from rckp.catalogue import parquet, table
from rckp.catalogue.columns import COLUMNS, NAMES, VERSION
from rckp.catalogue.row import file_row
from rckp.cli.list_table import write_table
from rckp.cli.output import Output
from rckp.cli.runs import Filter

LISTS = ("warnings", "truncated_fields")
TIMES = ("mtime", "created_at")
RUN = "from rckp.cli import main; main()"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def catalogue(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("catalogue") / "runs.parquet"
    assert rckp.write_catalogue(target, tree, now_ms=NOW) == len(rows(tree))
    return target


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
        if name in LISTS:
            values = [[*(each or ())] for each in values]
        assert values == expected, name
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
    for number in ("1", "2"):
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


def test_memory_does_not_grow_with_the_number_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow

    (path,) = files(tmp_path, [GOOD])
    row = file_row(path, True, NOW)
    monkeypatch.setattr(table, "_BATCH_ROWS", 100)
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 200)

    def most(number: int) -> int:
        """The most bytes that Arrow and Python held while rows were taken."""
        found = list[int]()

        def held() -> int:
            return int(pyarrow.total_allocated_bytes()) + tracemalloc.get_traced_memory()[0]

        def taken() -> Iterator[tuple[Any, ...]]:
            for at in range(number):
                if at % 100 == 0:
                    found.append(held())
                yield row

        before = int(pyarrow.total_allocated_bytes())
        tracemalloc.start()
        try:
            assert parquet.write_parquet(lambda _: None, taken()) == number
        finally:
            tracemalloc.stop()
        return max(found) - before

    parquet.write_parquet(lambda _: None, [row])  # what is imported and kept
    assert most(6000) < 1.5 * most(1000)


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


def test_filters(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = rows(tree)

    def number(**options: Any) -> int:
        assert write_table(str(tree), Filter(**options), Output(str(tmp_path / "x")), 1) == 0
        return int(capsys.readouterr().out.split(": ")[1].split()[0].replace(",", ""))

    assert number() == len(every)
    for status in ("running", "failed"):
        assert number(statuses=(status,)) == sum(row["status"] == status for row in every) > 0
    assert number(resumable=True) == sum(row["resumable"] for row in every)
    names = [row["algorithm_name"] or "" for row in every]
    wanted = sum(name.startswith("Simulated") for name in names)
    assert number(algorithm="SIMULATED*") == wanted > 0
    assert number(problem="ackley", statuses=("completed",)) < number(problem="ackley")
    done = listed("-o", tmp_path / "x", "--algorithm", "Simulated*", tree)
    assert (done.status, done.text.split()[1]) == (0, f"{wanted:,}")


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
