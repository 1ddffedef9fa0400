"""The table of spec/store.md: which code each error of the operating system becomes."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.corpus import ROOT, corpus
from rckp.format.paths import scope_name

RECORD = rckp.decode(corpus()["reader/example"].data)
IDENTITY = rckp.Identity(
    RECORD.algorithm_name,
    RECORD.algorithm_parameters,
    RECORD.problem_description,
    RECORD.problem_parameters,
)
SCOPE = scope_name(
    RECORD.algorithm_name,
    RECORD.problem_description,
    RECORD.algorithm_signature_hash,
    RECORD.problem_signature_hash,
)
NAME = rckp.checkpoint_file_name(RECORD.run_id)
COLUMNS = ("ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "the rest")
REST = (errno.EACCES, errno.EIO, errno.ENOSPC, errno.EMFILE)
AFTER = 1_800_000_000_000  # ms: after the record was made

Operation = Callable[[rckp.CheckpointStore, Path], object]


def table() -> dict[str, list[set[str]]]:
    """The cells by the first of their row, each as the codes that it allows, or its words."""
    text = (ROOT / "spec/store.md").read_text("utf-8")
    section = text.partition("## Errors of the operating system")[2]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.partition("\n## ")[0].splitlines()
        if line.startswith("|")
    ]
    assert tuple(rows[0][1:]) == COLUMNS
    assert ["what fails", "every error"] in rows
    return {
        row[0].replace("`", ""): [
            set(re.findall(r"`([\w-]+)`", cell)) or {cell}
            for cell in (row[1:] if len(row) > 2 else row[1:] * len(COLUMNS))
        ]
        for row in rows
        if row[0] != "what fails" and not row[0].startswith("---")
    }


TABLE = table()
OPERATIONS: dict[str, Operation] = {
    "files": lambda store, _: list(store.files()),
    "list": lambda store, _: store.list_resumable(IDENTITY),
    "purge": lambda store, _: store.purge_older_than(AFTER),
    "select": lambda store, _: store.select_resume(IDENTITY),
    "read": lambda store, path: store.read(path),
    "write": lambda store, _: store.write(RECORD),
    "delete": lambda store, path: store.delete_on_success(path),
}
STEPS = {  # what is called in which step; the name that it is called with
    "files, list, purge: opening the base": ("files list purge", ("open",), "base"),
    "select: opening the base": ("select", ("open",), "base"),
    "read: opening the file": ("read", ("open",), NAME),
    "write: opening the base": ("write", ("open",), "base"),
    "write: a step up to publication": ("write", ("rename", "replace"), NAME),
    "write: a step after publication": ("write", ("fsync",), ""),
    "delete: opening the base": ("delete", ("open",), "base"),
    "delete: opening a directory on the path": ("delete", ("open",), SCOPE.partition("/")[0]),
    "delete: removing the name": ("delete", ("unlink", "remove"), NAME),
    "delete: flushing the directory afterwards": ("delete", ("fsync",), ""),
    "purge: removing a file": ("purge", ("unlink", "remove"), NAME),
}


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, functions: tuple[str, ...], name: str, number: int, after: bool
) -> Iterator[list[str]]:
    """Let calls about `name` fail; with `after` only once something was renamed or unlinked."""
    failed: list[str] = []
    begun: list[str] = []

    def instead(function: str) -> Callable[..., Any]:
        real = getattr(os, function)

        def call(*arguments: Any, **named: Any) -> Any:
            paths = [each for each in arguments if isinstance(each, str | bytes | os.PathLike)]
            about = not name or any(os.fsdecode(each).endswith(name) for each in paths)
            if about and function in functions and (begun or not after):
                failed.append(function)
                raise OSError(number, os.strerror(number))
            if function in ("rename", "replace", "unlink", "remove"):
                begun.append(function)
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patched:
        for function in {*functions, "rename", "replace", "unlink", "remove"}:
            patched.setattr(os, function, instead(function))
        yield failed


def code(operation: str, store: rckp.CheckpointStore, path: Path) -> str:
    try:
        answer = OPERATIONS[operation](store, path)
    except rckp.RckpError as error:
        return error.code
    return "nothing to remove" if answer is False else "ignored"


CELLS = [
    (row, operation, number, cell)
    for row, (operations, *_) in STEPS.items()
    for operation in operations.split()
    for column, cell in zip(COLUMNS, TABLE[row], strict=True)
    for number in (REST if column == "the rest" else (getattr(errno, column),))
    if cell != {"it is created"} and (column, STEPS[row][1]) != ("ENOENT", ("fsync",))
]


def test_every_row_is_tried() -> None:
    assert TABLE.keys() == STEPS.keys()


@pytest.mark.parametrize(
    ("row", "operation", "number", "cell"),
    CELLS,
    ids=[f"{op}-{row.partition(': ')[2]}-{errno.errorcode[n]}" for row, op, n, _ in CELLS],
)
def test_an_error_has_the_code_of_the_table(
    row: str,
    operation: str,
    number: int,
    cell: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = tmp_path / "base"
    store = rckp.CheckpointStore(base)
    path = Path(store.write(RECORD))
    store = rckp.CheckpointStore(base)
    _, functions, name = STEPS[row]
    after = "after" in row
    with failing(monkeypatch, functions, name, number, after) as failed:
        got = code(operation, store, path)
    assert failed, "the step was not taken"
    assert got in cell


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("column", COLUMNS[:4])
def test_the_same_of_a_real_base(operation: str, column: str, tmp_path: Path) -> None:
    """A base that is not there, is a file, is a loop of links, or has too long a name."""
    base = tmp_path / ("b" * 256 if column == "ENAMETOOLONG" else "base")
    if column == "ENOTDIR":
        base.write_bytes(b"")
    elif column == "ELOOP":
        base.symlink_to(base)
    (cell,) = (
        cells[COLUMNS.index(column)]
        for row, cells in TABLE.items()
        if operation in row.partition(":")[0] and "opening" in row and "directory" not in row
    )
    got = code(operation, rckp.CheckpointStore(base), base / SCOPE / NAME)
    if cell == {"it is created"}:
        assert got == "ignored"
        assert (base / SCOPE / NAME).is_file()
    else:
        assert got in cell


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [("write", "not-written"), ("delete", "not-removed"), ("purge", "purge-incomplete")],
)
def test_a_lock_that_fails(
    operation: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="Windows has no flock")
    store = rckp.CheckpointStore(tmp_path)
    path = Path(store.write(RECORD))

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", fail)
    assert code(operation, store, path) == wanted
    assert path.exists()
