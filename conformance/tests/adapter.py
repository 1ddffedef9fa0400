"""What the tests of adapters share: the whole suite in a line, and one question at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rckp.suite.adapter import Adapter
from rckp.suite.results import Results
from rckp.suite.results_file import load
from tests.command import rckp

Answer = dict[str, Any]


def agrees(command: list[str], folder: Path, *options: str | Path) -> Results:
    """Runs the suite; fails with its report unless all is as expected. Gives the results."""
    file = folder / "results.jsonl"
    # Thousands of questions on a busy machine: the limit is there for what hangs.
    limit = ("--timeout", "60")
    done = rckp("conformance", "run", *limit, *options, "--results", file, "--", *command)
    assert done.status == 0, done.text + done.err
    found = load(file)
    assert found.whole
    assert len(found.results) > 300
    return found


def surveyed(command: list[str], *options: str | Path) -> None:
    """Asks the neighbourhood of the smallest file; fails unless all is as expected."""
    base = ("--base", "reader/smallest", "--timeout", "60")
    done = rckp("conformance", "neighbourhood", *base, *options, "--", *command)
    assert done.status == 0, done.text + done.err
    assert done.text.startswith("reader/smallest: 36,750 inputs; agreement: ")


def decoded(adapter: Adapter, data: bytes) -> Answer:
    """The answer to a file without its type and id: a record, or an error with or without code."""
    answer = adapter.ask({"type": "run", "id": "x", "op": "decode", "bytes": data.hex()})
    kind = answer.pop("type")
    assert answer.pop("id") == "x"
    assert (kind, list(answer)) in [("ok", ["record"]), ("error", ["code"]), ("error", [])]
    return answer
