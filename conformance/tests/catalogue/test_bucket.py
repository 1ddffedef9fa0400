"""The catalogue of a bucket."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pyarrow import parquet

import rckp
from conformance.tests.command import Result
from conformance.tests.format.packing import REAL, packed
from conformance.tests.format.test_bucket import SECRET, bucket

__all__ = ["bucket"]  # a fixture

LOCAL = ("path", "mtime")  # columns that differ between a bucket and a directory


def test_a_bucket_has_the_rows_of_the_directory(
    bucket: Callable[..., Result],
    tmp_path: Path,
) -> None:
    shutil.copytree(REAL, tmp_path / "x")
    archive = packed(REAL, "tar.gz", tmp_path)
    wanted = rckp.frame(tmp_path / "x").to_pylist()
    name = wanted[0]["path"].removeprefix(f"{tmp_path}/")
    for url, local in (
        ("s3://runs/x", tmp_path / "x"),
        (f"s3://runs/{name}", tmp_path / name),
        ("s3://archives/runs.tar.gz", archive),
    ):
        done = bucket("list", "--format", "parquet", "-o", tmp_path / "t", url)
        assert done.status == 0, done.err
        found = parquet.read_table(tmp_path / "t").to_pylist()
        expected = rckp.frame(local).to_pylist()
        assert len(found) == len(expected) > 0
        for row, other in zip(found, expected, strict=True):
            assert row["path"] == other["path"].replace(str(local), url)
            assert row["mtime"] is not None
            assert {k: v for k, v in row.items() if k not in LOCAL} == {
                k: v for k, v in other.items() if k not in LOCAL
            }
    done = bucket("list", "--format", "parquet", "-o", tmp_path / "t", "s3://nowhere/x")
    assert done.status == 2
    assert SECRET not in done.text + done.err
    (row,) = parquet.read_table(tmp_path / "t").to_pylist()
    assert (row["path"], row["verdict"]) == ("s3://nowhere/x", "unreadable")
    assert "there is no such bucket" in row["message"]
