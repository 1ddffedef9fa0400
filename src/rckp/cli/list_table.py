"""`rckp list --format parquet`."""

from __future__ import annotations

import os
import time

import click

from rckp.catalogue.columns import INDEX
from rckp.catalogue.row import CATALOGUE
from rckp.catalogue.sources import items
from rckp.catalogue.table import PyArrowMissingError, load_pyarrow
from rckp.cli import EXIT_ERROR
from rckp.cli.file_errors import FileError, not_empty
from rckp.cli.parallel import ParallelValidator
from rckp.cli.progress import Progress
from rckp.cli.store_options import StoreCommandError
from rckp.display import escape, pluralise
from rckp.errors import StoreError
from rckp.files.container import archive_in, is_url, local_path
from rckp.files.regular_file import SourceError
from rckp.format.paths import default_base_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from rckp.catalogue.row import Row
    from rckp.cli.output import Output
    from rckp.cli.runs import Filter

_FILTERED = ("algorithm_name", "problem_description", "status")


def write_table(base: str | None, wanted: Filter, output: Output, jobs: int) -> int:
    """Write the catalogue of a base, and return the exit status. Raise `FileError`."""
    output.refuse_terminal("a table")
    try:
        load_pyarrow()
    except PyArrowMissingError as error:
        raise FileError("--format parquet", str(error), EXIT_ERROR) from None
    from rckp.catalogue.parquet import write_parquet

    path = _existing(base)
    counts = dict.fromkeys(("valid", "invalid", "unreadable"), 0)
    now_ms = time.time_ns() // 1_000_000
    with Progress() as progress, ParallelValidator(jobs, now_ms) as validator:

        def rows() -> Iterator[Row]:
            for row, _ in validator.run(items([path], now_ms), CATALOGUE):
                verdict = row[INDEX["verdict"]]
                progress.count()
                if verdict == "unreadable" or _matches(wanted, row):
                    counts[verdict] += 1
                    yield row

        with output.writing() as write:
            number = write_parquet(write, rows())
    if not output.is_standard_output:
        of = ", ".join(f"{each:,} {name}" for name, each in counts.items() if each)
        click.echo(f"{escape(output.path)}: {pluralise(number, 'row')}{of and f': {of}'}")
    return EXIT_ERROR if counts["unreadable"] else 0


def _existing(base: str | None) -> str:
    """The path to read. Raise `FileError` if there is nothing."""
    if base is not None:
        not_empty(base, "BASE")
    try:
        path = str(default_base_dir()) if base is None else local_path(base)
    except SourceError as error:
        raise StoreCommandError(error) from None
    if not (is_url(path) or archive_in(path) or os.path.lexists(path)):
        raise StoreCommandError(StoreError("missing", path))
    return path


def _matches(wanted: Filter, row: Row) -> bool:
    names = (row[INDEX[name]] for name in _FILTERED)
    return wanted.accepts(*names, is_resumable=row[INDEX["resumable"]])
