"""What the tests of adapters share: the whole suite in a line, and one request at a time."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES, checks
from rckp.conformance.adapter import Adapter
from rckp.conformance.results import Results
from rckp.conformance.results_file import load
from rckp.conformance.single_edit import tables

Response = dict[str, Any]


def agrees(command: list[str], directory: Path, *options: str | Path) -> Results:
    """Run the suite. Fail with its report unless all is as expected. Return the results."""
    file = directory / "results.jsonl"
    # Thousands of requests on a busy machine: the limit is there for what hangs.
    limit = ("--timeout", "60")
    done = rckp("conformance", "run", *limit, *options, "--results", file, "--", *command)
    assert done.status == 0, done.text + done.err
    found = load(file)
    assert found.whole
    classes = set(found.implementation.classes)
    expected = [check.id for check in checks() if check.class_ in classes]
    assert [each.id for each in found.results] == expected
    return found


@cache
def one_edit_away(base: str) -> int:
    """The number of inputs in the table of a file."""
    [table] = [each for each in tables(FIXTURES) if each.base == base]
    return sum(1 for _ in table.inputs())


def surveyed(command: list[str], *options: str | Path) -> None:
    """Run the single-edit table of the smallest file; fails unless all is as expected."""
    base = "reader/smallest"
    chosen = ("--base", base, "--timeout", "60")
    done = rckp("conformance", "single-edit", *chosen, *options, "--", *command)
    assert done.status == 0, done.text + done.err
    assert done.text.startswith(f"{base}: {one_edit_away(base):,} inputs; agreement: ")


def decoded(adapter: Adapter, data: bytes) -> Response:
    """Return the response to a file without type and id: a record, or an error."""
    response = adapter.send({"type": "run", "id": "x", "op": "decode", "bytes": data.hex()})
    kind = response.pop("type")
    assert response.pop("id") == "x"
    assert (kind, list(response)) in [("ok", ["record"]), ("error", ["code"]), ("error", [])]
    return response
