"""The queries of the page: with DuckDB and with pandas, on files whose answers are known."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import rckp
from conformance.tests.command import rckp as command
from conformance.tests.corpus import ROOT
from conformance.tests.format.drafts import BEST, CURRENT, draft
from conformance.tests.format.packing import GOOD
from conformance.tools.casegen.next_payloads import vns

PAGE = (ROOT / "docs/catalogue.md").read_text("utf-8")
SECTION = PAGE.partition("\n## Five queries\n")[2].partition("\n## ")[0]
LOADING, *REST = re.split(r"\n### ", SECTION)
QUERIES = [text.partition("\n")[::2] for text in REST]
PAYLOAD = vns(120, 200, 9, 1, CURRENT, BEST)  # not UTF-8
TOUR, SACK = "TSP with 52 cities", "Knapsack Problem with 3 items"
ONE, TWO = "scratch/node1", "scratch/node22"


def block(language: str, text: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)


def write(path: Path, **values: Any) -> None:
    record = rckp.decode(GOOD.read_bytes())._replace(status=rckp.CheckpointRunStatus.RUNNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rckp.encode(record._replace(**values)))


def hill(quality: str, iteration: int, **values: Any) -> dict[str, Any]:
    payload = f"iter={iteration};eval=9;seed=1;state=true|{quality}"
    found = {"algorithm_name": "HillClimbing", "step_state_payload": payload}
    return {**found, "problem_description": TOUR, **values}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`runs.parquet` and the files in it; the answers below follow from what is written here."""
    base = tmp_path_factory.mktemp("queries")
    one, two = base / "scratch/node1", base / "scratch/node22"
    write(one / "a.ckpt", **hill("41.5", 100, created_at_ms=3000))
    write(one / "b.ckpt", **hill("17", 50, created_at_ms=1000))
    write(two / "c.ckpt", **hill("17", 2**64 - 1, created_at_ms=2**64 - 1))
    write(two / "d.ckpt", **hill("3.5", 7, problem_description=SACK, created_at_ms=2000))
    write(two / "k.ckpt", **hill("99", 6, problem_description=SACK, created_at_ms=2001))
    completed = rckp.CheckpointRunStatus.COMPLETED
    write(two / "e.ckpt", step_state_payload="x" * 70_000, status=completed)
    (two / "f.ckpt").write_bytes(b"")
    (one / "g.ckpt").write_bytes(b"")
    (two / "h.ckpt").write_bytes((one / "a.ckpt").read_bytes() + b"\0")
    (two / "i.ckpt").write_bytes(b"")
    tour = draft(PAYLOAD, "VNS", problem_description=TOUR)
    (base / "scratch/j.ckpt").write_bytes(tour)
    (base / "scratch/other.txt").write_bytes(b"")
    done = command("list", "--format", "parquet", "-o", "runs.parquet", "scratch", cwd=base)
    assert (done.status, done.text) == (0, "runs.parquet: 11 rows: 6 valid, 5 invalid\n")
    return base


def sizes(directory: Path, *names: str) -> int:
    return sum((directory / name).stat().st_size for name in names)


def largest(directory: Path) -> list[tuple[Any, ...]]:
    """All files, with their sizes and the lengths of their payloads."""
    tours = {
        f"{each}.ckpt": len(f"iter={n};eval=9;seed=1;state=true|{q}")
        for each, n, q in (
            ("a", 100, "41.5"),
            ("b", 50, "17"),
            ("c", 2**64 - 1, "17"),
            ("d", 7, "3.5"),
            ("h", 100, "41.5"),
            ("k", 6, "99"),
        )
    }
    lengths = {**tours, "e.ckpt": 70_000, "j.ckpt": len(PAYLOAD)}
    every = sorted((directory / "scratch").rglob("*.ckpt"))
    found = [
        (str(path.relative_to(directory)), path.stat().st_size, lengths.get(path.name))
        for path in every
    ]
    return sorted(found, key=lambda row: -row[1])


def answers(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each query."""
    of_tour = ["a.ckpt", "b.ckpt"], ["c.ckpt", "h.ckpt"]
    tours = [*(f"{ONE}/{n}" for n in of_tour[0]), *(f"{TWO}/{n}" for n in of_tour[1])]
    sacks = [f"{TWO}/d.ckpt", f"{TWO}/k.ckpt"]
    return {
        "Which files are the largest?": largest(directory)[:10],
        "Which runs were saved longest ago?": [
            (f"{ONE}/b.ckpt", "running", 1000),
            (f"{TWO}/d.ckpt", "running", 2000),
            (f"{TWO}/k.ckpt", "running", 2001),
            (f"{ONE}/a.ckpt", "running", 3000),
            (f"{TWO}/h.ckpt", "running", 3000),
            ("scratch/j.ckpt", "running", 1767225600000),
            (f"{TWO}/c.ckpt", "running", None),
        ],
        "What is there for each problem?": [
            (TOUR, 5, 3, 2**64 - 1, sizes(directory, *tours, "scratch/j.ckpt")),
            (None, 3, 0, None, 0),
            (SACK, 2, 2, 7, sizes(directory, *sacks)),
            ("Ackley", 1, 1, None, sizes(directory, f"{TWO}/e.ckpt")),
        ],
        "Which machines leave broken files?": [
            ("node22", "truncated", 2),
            ("", "invalid-utf8", 1),
            ("node1", "truncated", 1),
            ("node22", "trailing-bytes", 1),
        ],
        "What is the best result of each algorithm?": [
            (SACK, "HillClimbing", 99.0, f"{TWO}/k.ckpt"),
            (TOUR, "HillClimbing", 17.0, f"{ONE}/b.ckpt"),
            (TOUR, "VNS", 57.5, "scratch/j.ckpt"),
        ],
    }


def by_duckdb(text: str) -> list[tuple[Any, ...]]:
    query = block("sql", text)
    times = ("created_at",)
    with duckdb.connect() as connection:
        names = [column[0] for column in connection.execute(query).description or ()]
        # Python values of times would need another package.
        columns = ", ".join(f"epoch_ms({n})" if n in times else n for n in names)
        return connection.execute(f"SELECT {columns} FROM ({query})").fetchall()


def by_pandas(text: str) -> list[tuple[Any, ...]]:
    variables: dict[str, Any] = {}
    exec(block("python", LOADING), variables)  # noqa: S102 - our own page
    *steps, last = ast.parse(block("python", text)).body
    exec(compile(ast.Module(steps, []), "page", "exec"), variables)  # noqa: S102
    assert isinstance(last, ast.Expr)
    found = eval(compile(ast.Expression(last.value), "page", "eval"), variables)  # noqa: S307
    assert isinstance(found, pd.DataFrame)
    return [tuple(map(plain, row)) for row in found.itertuples(index=False)]


def plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.value // 1_000_000 if isinstance(value, pd.Timestamp) else value


def test_there_are_five_queries(directory: Path) -> None:
    assert [title for title, _ in QUERIES] == [*answers(directory)]


@pytest.mark.parametrize(("title", "text"), QUERIES, ids=[title for title, _ in QUERIES])
def test_a_query(title: str, text: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)
    wanted = answers(directory)[title]
    for found in (by_duckdb(text), by_pandas(text)):
        assert found == wanted


def test_other_statements_of_the_page(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)
    assert "the version of the schema, 1." in PAGE
    inexact = pd.read_parquet("runs.parquet")
    assert inexact["algorithm_signature_hash"].dtype == float
    frame = rckp.frame("scratch")
    assert 'duckdb.sql("SELECT count(*) FROM frame")' in PAGE
    assert duckdb.execute("SELECT count(*) FROM frame").fetchall() == [(frame.num_rows,)] == [(11,)]
    shown = "format('{:016x}', algorithm_signature_hash)"
    assert shown in PAGE
    query = f"SELECT {shown} FROM frame WHERE path = '{TWO}/e.ckpt'"
    hashes = rckp.decode((directory / TWO / "e.ckpt").read_bytes()).algorithm_signature_hash
    assert duckdb.execute(query).fetchall() == [(f"{hashes:016x}",)]
    twice = block("sql", PAGE.partition("\n## Columns\n")[2])
    ((run_id, number),) = duckdb.execute(twice).fetchall()
    assert (run_id, number) == (rckp.decode(GOOD.read_bytes()).run_id, 7)
