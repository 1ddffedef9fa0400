"""The single-edit tables: every change of one byte to a small file, with the expected outcome.

Each file of fixtures/single-edit is a table; the README there has the grammar. This module reads
the tables, computes the inputs from the base file, and runs all of them against an adapter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import AdapterError, NoResponseError
from rckp.conformance.cases import load_case
from rckp.conformance.checks import GRADES
from rckp.conformance.comparison import Comparison, grade
from rckp.conformance.hello import Hello
from rckp.conformance.session import Session, Start
from rckp.conformance.shape import quote
from rckp.conformance.suite_files import SuiteFiles
from rckp.display import escape
from rckp.errors import RckpError
from rckp.format.codec import encode
from rckp.format.record_json import from_json

OPERATIONS = ("substitute", "insert", "delete", "truncate")
WITH_A_BYTE = ("substitute", "insert")
OK = "ok"

# What a part of fixed size needs (DEC-2); content needs its declared length.
_NEEDS = {"magic": 4, "integer": 8, "length": 4, "flag": 1, "status": 1}

_MOST_DIGITS = 4  # of a position: the files have hundreds of bytes

_OUTCOME = re.compile(r"ok|([a-z0-9-]+)@([0-9]+)\(([a-z_]+)(?: ([a-z]+))?\)")
_LINE = re.compile(r"(substitute|insert|delete|truncate) ([0-9]+)(?:-([0-9]+))?: (.+)")
_RANGE = re.compile(r"([0-9a-f]{2})(?:-([0-9a-f]{2}))? (.+)")


class Input(NamedTuple):
    """A file that is one edit away. `byte` is None where none is put in."""

    operation: str
    at: int
    byte: int | None
    data: bytes

    @property
    def label(self) -> str:
        """Such as `substitute 17 04`."""
        return f"{self.operation} {self.at}" + ("" if self.byte is None else f" {self.byte:02x}")


class Table(NamedTuple):
    """The expected outcomes of each edit by operation and position, one or 256 of them."""

    base: str
    data: bytes
    outcomes: dict[tuple[str, int], list[str]]

    @property
    def size(self) -> int:
        """How many inputs there are."""
        return sum(map(len, self.outcomes.values()))

    def inputs(self) -> Iterator[tuple[Input, str]]:
        """Each input with its outcome, in the order of the table."""
        for each in inputs(self.data):
            row = self.outcomes[each.operation, each.at]
            yield each, row[each.byte or 0]


def inputs(data: bytes) -> Iterator[Input]:
    """Every substitution, insertion, deletion and truncation of one byte.

    A byte is also substituted by itself, which changes nothing.
    """
    for at in range(len(data)):
        for byte in range(256):
            yield Input("substitute", at, byte, data[:at] + bytes([byte]) + data[at + 1 :])
    for at in range(len(data) + 1):
        for byte in range(256):
            yield Input("insert", at, byte, data[:at] + bytes([byte]) + data[at:])
    for at in range(len(data)):
        yield Input("delete", at, None, data[:at] + data[at + 1 :])
    for at in range(len(data)):
        yield Input("truncate", at, None, data[:at])


def tables(fixtures: Path, files: SuiteFiles | None = None) -> list[Table]:
    """All tables below `fixtures`, which has been verified. Raises `ValueError`."""
    directory = fixtures / "single-edit"
    return [read(path, fixtures, files) for path in sorted(directory.rglob("*.txt"))]


def read(path: Path, fixtures: Path, files: SuiteFiles | None = None) -> Table:
    """A table. Raises `ValueError` unless it has each edit of its base just once."""
    header: dict[str, str] = {}
    outcomes: dict[tuple[str, int], list[str]] = {}
    files = files or SuiteFiles(fixtures.parent, True)
    text = files.read(path.relative_to(fixtures.parent).as_posix()).decode("utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if match := _LINE.fullmatch(line):
            operation, first, last, expectation = match.groups()
            row = _row(expectation) if operation in WITH_A_BYTE else [expectation]
            for outcome in row:
                if not _OUTCOME.fullmatch(outcome):
                    raise ValueError(f"{path.name}: no outcome: {quote(outcome)}")
            if len(last or first) > _MOST_DIGITS:
                raise ValueError(f"{path.name}: no position in a small file: {escape(line, 60)}")
            for at in range(int(first), int(last or first) + 1):
                if (operation, at) in outcomes:
                    raise ValueError(f"{path.name}: {operation} {at} is there twice")
                outcomes[operation, at] = row
        else:
            name, _, value = line.partition(" ")
            header[name] = value
    if not re.fullmatch(r"[a-z]+(/[A-Za-z0-9_+.-]+)+", header.get("base", "")):
        raise ValueError(f"{path.name} does not name its base")
    case = load_case(fixtures, header["base"], files)
    if case.op != "decode" or case.document["input"]["sha256"] != header.get("sha256"):
        raise ValueError(f"{path.name} is about another {header['base']}")
    data = case.data
    if len(data) >= 10**_MOST_DIGITS:
        raise ValueError(f"{path.name} is about a file of {len(data):,} bytes")
    wanted = {(each.operation, each.at) for each in inputs(data)}
    if wanted != outcomes.keys():
        raise ValueError(f"{path.name} does not have each edit of {header['base']}")
    return Table(header["base"], data, outcomes)


def _row(text: str) -> list[str]:
    row: list[str] = []
    for piece in text.split(", "):
        match = _RANGE.fullmatch(piece)
        if match is None or int(match[1], 16) != len(row):
            raise ValueError(f"no range that goes on: {quote(piece)}")
        row += [match[3]] * (int(match[2] or match[1], 16) - len(row) + 1)
    if len(row) != 256:
        raise ValueError(f"not 256 bytes: {quote(text)}")
    return row


def write(base: str, sha256: str, outcomes: Mapping[tuple[str, int], list[str]]) -> str:
    """The text of a table; neighbouring positions with the same outcomes are one line."""
    lines = [
        f"# Every change of one byte to {base}, and what a decoder must say. CC0-1.0.",
        "# The grammar is in the README of this directory.",
        f"base {base}",
        f"sha256 {sha256}",
    ]
    for operation in OPERATIONS:
        rows = [(at, row) for (each, at), row in outcomes.items() if each == operation]
        start = 0
        for i, (at, row) in enumerate(rows):
            if i + 1 < len(rows) and rows[i + 1][1] == row:
                continue
            first = rows[start][0]
            positions = str(at) if first == at else f"{first}-{at}"
            expectation = _ranges(row) if operation in WITH_A_BYTE else row[0]
            lines.append(f"{operation} {positions}: {expectation}")
            start = i + 1
    return "\n".join(lines) + "\n"


def _ranges(row: list[str]) -> str:
    pieces, start = [], 0
    for byte in range(256):
        if byte < 255 and row[byte + 1] == row[byte]:
            continue
        label = f"{byte:02x}" if start == byte else f"{start:02x}-{byte:02x}"
        pieces.append(f"{label} {row[byte]}")
        start = byte + 1
    return ", ".join(pieces)


def expected(outcome: str, data: bytes) -> dict[str, Any]:
    """Return the expected response in the terms of the cases; a record is compared separately."""
    match = _OUTCOME.fullmatch(outcome)
    if match is None:
        raise ValueError(f"no outcome: {outcome!r}")
    code, offset, field, part = match.groups()
    if code is None:
        return {"record": None}
    error = {"code": code, "field": field, "offset": offset}
    if code == "truncated":
        at = int(offset)
        declared = int.from_bytes(data[at - 4 : at], "little")
        error["wanted"] = str(declared if part == "content" else _NEEDS[part])
        error["available"] = str(len(data) - at)
    return {"error": error}


def compare(outcome: str, data: bytes, response: Mapping[str, Any]) -> Comparison:
    """Compare a response with an outcome. A record is right if `data` is its encoding."""
    wanted = expected(outcome, data)
    if response["type"] == "error":
        parsed: dict[str, Any] = {"error": response}
    elif outcome != OK:
        parsed = {"record": None}
    else:
        right = _encodes(response.get("record"), data)
        return Comparison("location" if right else "none", () if right else ("another record",))
    return grade(wanted, parsed)


def _encodes(record: object, data: bytes) -> bool:
    try:
        return isinstance(record, dict) and encode(from_json(record)) == data
    except RckpError:
        return False


class TableResult(NamedTuple):
    """The results of a table: how many inputs agree to which grade, and how the others differ."""

    base: str
    grades: Counter[str]
    kinds: Counter[str]  # such as `invalid-utf8, answered ok`
    first: dict[str, str]  # by kind, the first input

    @property
    def inputs(self) -> int:
        """How many inputs there were."""
        return sum(self.grades.values())

    def as_json(self) -> dict[str, Any]:
        """Return the tally for a file of results."""
        differences = {
            kind: {"number": number, "first": self.first[kind]}
            for kind, number in sorted(self.kinds.items())
        }
        grades = {grade: self.grades[grade] for grade in GRADES[::-1] if self.grades[grade]}
        return {
            "base": self.base,
            "asked": self.inputs,
            "agreement": grades,
            "differences": differences,
        }


class SingleEditRunner:
    """Runs the single-edit tables against an adapter. A crash or a timeout is a difference."""

    def __init__(self, start: Start, wanted: str) -> None:
        """Start the adapter. Raise `AdapterError`, also if it does not claim the class reader."""
        self._session = Session(start)
        self._wanted = wanted
        self.hello: Hello = self._session.hello
        if "reader" not in self.hello.classes:
            self._session.kill()
            raise AdapterError("the adapter does not claim the class reader.")
        self.tallies: list[TableResult] = []
        self.note: str = ""  # an anomaly that does not count as a failure

    @property
    def kinds(self) -> set[str]:
        """Every kind of difference that there was."""
        return {kind for tally in self.tallies for kind in tally.kinds}

    def run(self, table: Table) -> Iterator[Input]:
        """Run all inputs of a table, and add its tally. Raise `AdapterError`."""
        tally = TableResult(table.base, Counter(), Counter(), {})
        for each, outcome in table.inputs():
            reached, found = self._run_input(f"{table.base}#{each.label}", each.data, outcome)
            tally.grades[reached] += 1
            if GRADES.index(reached) < GRADES.index(self._wanted):
                kind = f"{outcome.partition('@')[0]}, answered {found}"
                tally.kinds[kind] += 1
                tally.first.setdefault(kind, each.label)
            yield each
        self.tallies.append(tally)

    def close(self) -> None:
        """Send bye, if the adapter runs."""
        self.note = self._session.bye()

    def __enter__(self) -> SingleEditRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.kill()

    def _run_input(self, id_: str, data: bytes, outcome: str) -> tuple[str, str]:
        request = {"type": "run", "id": id_, "op": "decode", "bytes": data.hex()}
        try:
            response = self._session.send(request)
        except NoResponseError as lost:
            self._session.record_failure(id_, str(lost), lost.stderr)
            return "none", lost.outcome
        self._session.reset_failures()
        if response["type"] == "unsupported":
            return "none", "unsupported"
        return compare(outcome, data, response).grade, _describe(response, outcome)


def document(survey: SingleEditRunner, suite_sha256: str, wanted: str) -> dict[str, Any]:
    """Everything about a survey, as JSON values; nothing depends on the time or the machine."""
    return {
        "type": "single-edit",
        "suite_sha256": suite_sha256,
        **survey.hello._asdict(),
        "grade": wanted,
        "tables": [tally.as_json() for tally in survey.tallies],
    }


def _describe(response: Mapping[str, Any], outcome: str) -> str:
    if response["type"] != "error":
        return "another record" if outcome == OK == response["type"] else str(response["type"])
    code = str(response.get("code", "error"))
    return f"{code} elsewhere" if code == outcome.partition("@")[0] else code
