"""Catalogues as Parquet files, written in row groups so that memory does not grow."""

from __future__ import annotations

import io
import os

from rckp.catalogue.table import batches, load_pyarrow, rows, schema
from rckp.files.output_file import OutputFile
from rckp.validation.batch import CHUNK, IN_FLIGHT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    import pyarrow
    from typing_extensions import Buffer

    from rckp.catalogue.row import Row
    from rckp.catalogue.table import Paths

_GROUP_ROWS = 32_768
_GROUP_BYTES = 32 << 20  # of Arrow data
_COMPRESSION = "zstd"


def write_catalogue(
    target: str | os.PathLike[str],
    paths: Paths,
    *,
    executor: Executor | None = None,
    now_ms: int | None = None,
    chunk: int = CHUNK,
    in_flight: int = IN_FLIGHT,
) -> int:
    """Write the table that `frame` returns as a Parquet file. Return the number of rows.

    `target` is the file to write. It is replaced when all rows are written; before, and if an error
    is raised, it is unchanged. The other arguments are as for `frame`. The bytes of the file depend
    on neither the executor nor `chunk` nor `in_flight`. Memory is bounded, whatever the number of
    files, but for the names in one directory and the members of one archive.

    Raise what `frame` raises, and `OSError` if `target` cannot be written.
    """
    load_pyarrow()
    file = OutputFile(os.fsdecode(target))
    found = rows(paths, executor=executor, now_ms=now_ms, chunk=chunk, in_flight=in_flight)
    with file.writing() as write:
        return write_parquet(write, found)


def write_parquet(write: Callable[[Buffer], object], found: Iterable[Row]) -> int:
    """Write rows as a Parquet file by `write`, in pieces. Return their number.

    Raise what `write` and `found` raise.
    """
    arrow = load_pyarrow()
    from pyarrow import parquet

    sink = _Sink(write)
    form = schema()
    number = size = held = 0
    group: list[pyarrow.RecordBatch] = []
    writer = parquet.ParquetWriter(arrow.PythonFile(sink, mode="w"), form, compression=_COMPRESSION)
    try:
        for batch in batches(found):
            group.append(batch)
            held += batch.num_rows
            size += batch.nbytes
            if held >= _GROUP_ROWS or size >= _GROUP_BYTES:
                writer.write_table(arrow.Table.from_batches(group, form), row_group_size=held)
                number += held
                group, held, size = [], 0, 0
        if group:
            writer.write_table(arrow.Table.from_batches(group, form), row_group_size=held)
        writer.close()
    except BaseException:
        sink.abandon()
        raise
    return number + held


class _Sink(io.RawIOBase):
    """The file that pyarrow writes to."""

    def __init__(self, write: Callable[[Buffer], object]) -> None:
        super().__init__()
        self._write: Callable[[Buffer], object] | None = write
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Buffer, /) -> int:
        view = memoryview(data)
        if self._write is not None:
            self._write(view)
        self._position += view.nbytes
        return view.nbytes

    def abandon(self) -> None:
        """Write nothing more: a writer that is given up writes the end of the file."""
        self._write = None
