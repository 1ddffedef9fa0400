"""`results.jsonl` as a file: written whole, and read strictly.

The first line says what was run, each further line is a check, in the order of the suite; then
come the known failures that are stale. The last line has the number of the lines before it and
the SHA-256 of their bytes: a file that was cut is refused. No line depends on the time or the
machine, but for what an adapter wrote to standard error before it was lost. A compact file has no
lines for passes that the suite implies (see `compact_results`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from rckp.conformance.checks import CLASSES, DRAFT_CLASSES, GRADES
from rckp.conformance.compact_results import (
    FindSuite,
    end_members,
    expand,
    is_implied,
    suite_of,
)
from rckp.conformance.hello import Hello
from rckp.conformance.results import OUTCOMES, Result, Results
from rckp.conformance.shape import (
    Shape,
    anything,
    boolean,
    list_of,
    mapping_of,
    matching,
    members,
    one_of,
    parse,
    quote,
    text,
)
from rckp.conformance.suite import Suite

FORMAT = "3"
MAX_LINE = 1 << 20  # bytes
MAX_LINES = 100_000
MAX_FILE = 256 << 20  # bytes

_SHORT = matching("(?s:.*)", "a short text", 1000)
_DIGEST = matching("[0-9a-f]{64}", "a SHA-256 in lower-case hex")
_CLASSES = (*CLASSES, *DRAFT_CLASSES)
_HEAD = {
    "type": one_of(["run"]),
    "format": one_of([FORMAT]),
    "specification": _SHORT,
    "suite": _SHORT,
    "suite_sha256": _DIGEST,
    "name": _SHORT,
    "version": _SHORT,
    "language": _SHORT,
    "classes": list_of(one_of(_CLASSES), len(_CLASSES), 1),
    "grade": one_of(GRADES[1:]),
    "whole": boolean,
}
_HEAD_OPTIONAL = {"compact": boolean}
_RESULT_REQUIRED = {
    "type": anything,
    "id": matching("(?s:.+)", "a short text", 1000),
    "op": _SHORT,
    "class": one_of(_CLASSES),
    "level": one_of(["must", "should", "may"]),
    "outcome": one_of(OUTCOMES),
    "grade": one_of(GRADES),
}
_RESULT_OPTIONAL = {
    "requirements": list_of(matching("[A-Z]+-[0-9]{1,6}", "the id of a requirement", 100)),
    "differences": list_of(text),
    "response": mapping_of(anything),
    "reason": text,
    "stderr": text,
}
_LINES: dict[str, Shape] = {
    "result": members(_RESULT_REQUIRED, _RESULT_OPTIONAL),
    "stale": members({"type": anything, "id": text, "reason": text}),
    "end": members(
        {"type": anything, "lines": anything, "sha256": _DIGEST},
        {"results": anything, "results_sha256": _DIGEST},
    ),
}
_PASSES = ("pass", "unexpected-pass")


def dump(run: Results, *, compact: bool = False) -> str:
    """Return the lines, each ended by a line feed; ASCII alone.

    With `compact`, passes that the suite implies are left out. Only a whole run of cases can be
    written so.
    """
    head = {
        "type": "run",
        "format": FORMAT,
        "specification": run.specification,
        "suite": run.suite,
        "suite_sha256": run.suite_sha256,
        **run.implementation._asdict(),
        "grade": run.required_grade,
        "whole": run.whole,
    }
    listed = run.results
    if compact:
        head["compact"] = True
        listed = [each for each in listed if not is_implied(each)]
    lines = [head, *map(_line, listed)]
    lines += [{"type": "stale", "id": id_, "reason": why} for id_, why in run.stale.items()]
    written = "".join(json.dumps(line) + "\n" for line in lines)
    digest = hashlib.sha256(written.encode()).hexdigest()
    end = {"type": "end", "lines": len(lines), "sha256": digest}
    if compact:
        end |= end_members(run.results)
    return written + json.dumps(end) + "\n"


def load(path: Path, find_suite: FindSuite = Suite.locate) -> Results:
    """Read such a file. Raise `ValueError` with one sentence that names the line, and `OSError`.

    `find_suite` is called for a compact file only, and returns the suite that expands it.
    """
    with path.open("rb") as file:
        return _Reader(find_suite).read(file)


class _Reader:
    """Reads a results file: the results so far, and the number of the current line."""

    def __init__(self, find_suite: FindSuite) -> None:
        self.number = 0
        self._find_suite = find_suite
        self._results: dict[str, Result] = {}
        self._stale: dict[str, str] = {}
        self._hash = hashlib.sha256()

    def read(self, file: BinaryIO) -> Results:
        try:
            return self._read(self._lines(file))
        except ValueError as error:
            raise ValueError(f"line {max(self.number, 1)}: {error}") from None

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        size = 0
        while line := file.readline(MAX_LINE + 1):
            self.number += 1
            size += len(line)
            if len(line) > MAX_LINE:
                raise ValueError(f"more than {MAX_LINE >> 10} KiB in a line")
            if self.number > MAX_LINES or size > MAX_FILE:
                raise ValueError(f"more than {MAX_LINES:,} lines or {MAX_FILE >> 20} MiB")
            if not line.endswith(b"\n"):
                raise ValueError("the file is incomplete: it ends within a line")
            yield line

    def _read(self, lines: Iterator[bytes]) -> Results:
        first = next(lines, b"")
        head = parse(first) if first else None
        if not isinstance(head, dict) or "format" not in head or head.get("type") != "run":
            raise ValueError("it does not begin like the results of a run")
        if head["format"] != FORMAT:
            raise ValueError(
                f"the format is {quote(head['format'])}, not {FORMAT}; run the suite again"
            )
        members(_HEAD, _HEAD_OPTIONAL)(head, "the line")
        suite = suite_of(head, self._find_suite) if head.get("compact") else None
        self._hash.update(first)
        for line in lines:
            row = parse(line)
            kind = row.get("type") if isinstance(row, dict) else None
            if not isinstance(kind, str) or kind not in _LINES:
                raise ValueError("it is not an object of the type result, stale or end")
            _LINES[kind](row, "the line")
            if kind == "end":
                self._end(row)
                if next(lines, None) is not None:
                    raise ValueError("there is more after the end")
                results = list(self._results.values())
                if suite is None and "results" in row:
                    raise ValueError("the end is that of a compact file")
                if suite is not None:
                    results = expand(suite, head["classes"], self._results, row)
                return _results(head, results, self._stale)
            self._hash.update(line)
            self._add(head, row)
        self.number += 1
        raise ValueError("the file is incomplete: its last line, of the type end, is missing")

    def _add(self, head: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        id_ = row["id"]
        if id_ in self._results or id_ in self._stale:
            raise ValueError(f"the id {quote(id_)} is there twice")
        if row["type"] == "stale":
            self._stale[id_] = row["reason"]
            return
        if self._stale:
            raise ValueError("a result after a stale known failure")
        result = _result(row)
        if result.class_ not in head["classes"]:
            raise ValueError(f"the class {result.class_} is not one that was claimed")
        reaches = GRADES.index(result.grade) >= GRADES.index(head["grade"])
        if reaches != (result.outcome in _PASSES):
            raise ValueError(
                f"the outcome {result.outcome} does not fit the grade {result.grade} in a run "
                f"at grade {head['grade']}"
            )
        self._results[id_] = result

    def _end(self, row: Mapping[str, Any]) -> None:
        if type(row["lines"]) is not int or row["lines"] != self.number - 1:
            raise ValueError("the number of lines is not that of the end: lines are missing")
        if row["sha256"] != self._hash.hexdigest():
            raise ValueError("the digest of the end is not that of the lines before it")


def _results(head: Mapping[str, Any], results: list[Result], stale: dict[str, str]) -> Results:
    hello = Hello(head["name"], head["version"], head["language"], tuple(head["classes"]))
    return Results(
        hello,
        head["suite_sha256"],
        head["grade"],
        head["whole"],
        results,
        stale,
        head["suite"],
        head["specification"],
    )


def _line(result: Result) -> dict[str, Any]:
    fields = result._asdict()
    fields["class"] = fields.pop("class_")
    return {"type": "result"} | {
        name: value for name, value in fields.items() if value not in ("", [], {})
    }


def _result(line: Mapping[str, Any]) -> Result:
    empty: dict[str, Any] = {
        "requirements": [],
        "differences": [],
        "response": {},
        "reason": "",
        "stderr": "",
    }
    fields = empty | {name: value for name, value in line.items() if name != "type"}
    fields["class_"] = fields.pop("class")
    return Result(**fields)
