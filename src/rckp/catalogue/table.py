"""Rows as Arrow data, and `frame`."""

from __future__ import annotations

import json
import os
import time
from itertools import chain

from rckp.catalogue.columns import COLUMNS, VERSION
from rckp.catalogue.row import CATALOGUE
from rckp.catalogue.sources import items
from rckp.validation.batch import CHUNK, IN_FLIGHT, run_parallel, run_serial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor
    from typing import Any

    import pyarrow

    from rckp.catalogue.row import Row

    Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

INSTALL = "pip install 'rckp[table]'"

_BATCH_ROWS = 2048
_BATCH_CHARS = 4 << 20  # in the strings of a batch; usual rows have some 500


class PyArrowMissingError(ImportError):
    """pyarrow is not installed."""


def load_pyarrow() -> Any:
    """The module. Raise `PyArrowMissingError`, whose message says how to get it."""
    try:
        import pyarrow
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] != "pyarrow":
            raise
        reason = f"a catalogue takes another package: {INSTALL}"
        raise PyArrowMissingError(reason, name="pyarrow") from None
    return pyarrow


def frame(
    paths: Paths,
    *,
    executor: Executor | None = None,
    now_ms: int | None = None,
    chunk: int = CHUNK,
    in_flight: int = IN_FLIGHT,
) -> pyarrow.Table:
    """Return a table with a row for each checkpoint file, valid or not.

    `paths` is a path, or several: of files, directories, archives and members of archives. In a
    directory or an archive, every file whose name ends in `.ckpt` has a row, at any depth. The rows
    are in the order of `rckp validate`. The page "Catalogues" describes the columns.

    `executor`, `now_ms`, `chunk` and `in_flight` are as for `validate_many`. The calling process
    reads the names in directories, and the contents of archives; the executor reads files.

    File contents never raise an error. What cannot be read has a row with the verdict
    `unreadable`. The table takes about 500 bytes of memory for a file; `write_catalogue` takes a
    bounded amount.

    Raise `ImportError` without pyarrow, and `ValueError` as `validate_many`.
    """
    load_pyarrow()
    found = rows(paths, executor=executor, now_ms=now_ms, chunk=chunk, in_flight=in_flight)
    return table(found)


def table(found: Iterable[Row]) -> pyarrow.Table:
    """Return a table of rows."""
    return load_pyarrow().Table.from_batches(batches(found), schema=schema())


def rows(
    paths: Paths,
    *,
    executor: Executor | None,
    now_ms: int | None,
    chunk: int,
    in_flight: int,
) -> Iterator[Row]:
    """Yield the rows of the files; the arguments are those of `frame`."""
    if chunk < 1 or in_flight < 1:
        raise ValueError("chunk and in_flight must be at least 1")
    if now_ms is None:
        now_ms = time.time_ns() // 1_000_000
    named = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    every = items(named, now_ms)
    if executor is None:
        found = run_serial(every, now_ms, CATALOGUE)
    else:
        found = run_parallel(every, executor, now_ms, CATALOGUE, chunk=chunk, in_flight=in_flight)
    return (row for row, _ in found)


def batches(found: Iterable[Row]) -> Iterator[pyarrow.RecordBatch]:
    """Yield the rows as record batches. Their sizes depend on the rows alone."""
    arrow = load_pyarrow()
    form = schema()
    waiting: list[Row] = []
    chars = 0
    for row in chain(found, (None,)):
        if row is not None:
            waiting.append(row)
            chars += sum(len(value) for value in row if isinstance(value, str))
        full = len(waiting) == _BATCH_ROWS or chars >= _BATCH_CHARS
        if waiting and (full or row is None):
            columns = zip(*waiting, strict=True)
            arrays = [
                arrow.array(values, field.type) for values, field in zip(columns, form, strict=True)
            ]
            yield arrow.RecordBatch.from_arrays(arrays, schema=form)
            waiting.clear()
            chars = 0


def schema() -> pyarrow.Schema:
    """The schema of a catalogue.

    Each field has its `meaning` as metadata. The schema has the version, as `rckp.catalogue`.
    """
    arrow = load_pyarrow()
    types = {
        "string": arrow.string(),
        "binary": arrow.binary(),
        "bool": arrow.bool_(),
        "int64": arrow.int64(),
        "uint64": arrow.uint64(),
        "float64": arrow.float64(),
        "timestamp[us, UTC]": arrow.timestamp("us", "UTC"),
        "timestamp[ms, UTC]": arrow.timestamp("ms", "UTC"),
        "list<string>": arrow.list_(arrow.field("element", arrow.string(), nullable=False)),
    }
    fields = [
        arrow.field(each.name, types[each.type], each.nullable, {"meaning": each.meaning})
        for each in COLUMNS
    ]
    columns = {each.name: each._asdict() for each in COLUMNS}
    text = json.dumps({"version": VERSION, "columns": list(columns.values())})
    return arrow.schema(fields, {"rckp.catalogue": text})
