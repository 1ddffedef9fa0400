"""The rows of a catalogue, for every case and any record of both layouts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import construct
import pytest
from hypothesis import given

import rckp
from conformance.tests.catalogue.tables import NOW, by_name, rows
from conformance.tests.command import rckp as command
from conformance.tests.corpus import ROOT, cases, draft_checks
from conformance.tests.format.drafts import DRAFTS
from conformance.tests.format.packing import GOOD, REAL
from rckp.catalogue.columns import COLUMNS, NAMES, PAYLOADS, length_column
from rckp.catalogue.row import read_row
from rckp.files.whole_file import window_at
from rckp.format._next_record import NextRecord
from rckp.format.layouts import NEXT, RELEASED, codec
from rckp.grammar import NEXT_RECORD, RECORD
from rckp.payload.progress import MAX_PARSED
from rckp.strategies import next_records, records

GRAMMARS = {RELEASED: RECORD, NEXT: NEXT_RECORD}


def fields(layout: str) -> dict[str, Any]:
    """The fields of a grammar, by name."""
    return {str(field.name): field for field in GRAMMARS[layout].subcons}


def values_before_the_error(data: bytes, layout: str) -> dict[str, Any]:
    """The columns of the fields that the grammar reads, one field after another."""
    stream = io.BytesIO(data)
    found: dict[str, Any] = {}
    for name, field in fields(layout).items():
        try:
            value = field.parse_stream(stream)
        except construct.ConstructError:
            break
        if name in PAYLOADS:
            content = value.encode() if isinstance(value, str) else value
            found[length_column(name)] = None if content is None else len(content)
        elif name not in ("magic", "end"):
            found[name] = value if isinstance(value, int) or value is None else str(value)
    return found


def of_the_record(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of the record that are not null."""
    names = [length_column(name) if name in PAYLOADS else name for name in fields(RELEASED)]
    return {name: row[name] for name in names if row.get(name) is not None}


def expected(data: bytes, layout: str = RELEASED) -> dict[str, Any]:
    """The same, by the grammar. Strings are as long as in a catalogue."""
    found = values_before_the_error(data, layout)
    return {
        name: value[:1024] if isinstance(value, str) else value
        for name, value in found.items()
        if value is not None
    }


@pytest.mark.parametrize("layout", [RELEASED, NEXT])
def test_every_field_of_the_grammar_has_a_column(layout: str) -> None:
    found = [name for name in fields(layout) if name not in ("magic", "end")]
    assert len(found) == 14
    assert [length_column(f) if f in PAYLOADS else f for f in found] == [
        name for name in NAMES if name in found or name.removesuffix("_length") in PAYLOADS
    ]
    assert len(set(NAMES)) == len(NAMES)


def test_only_the_payloads_differ_between_the_layouts() -> None:
    pairs = zip(codec(RELEASED).layout.fields, codec(NEXT).layout.fields, strict=True)
    differing = {first.name for first, second in pairs if first.type != second.type}
    assert differing == set(PAYLOADS)


def test_the_rows_of_all_cases(tmp_path: Path) -> None:
    """Verdict and error are those of the case, and the values before an error the grammar's."""
    read = cases("decode", "reader")
    found = by_name(rows(read_case_files(tmp_path, [case.data for case in read])))
    verdicts = []
    for number, case in enumerate(read):
        row, error = found[f"{number:05}.ckpt"], case.expect.get("error")
        verdicts.append(row["verdict"])
        location = row["code"], row["field"], row["byte_offset"]
        if error is None:
            assert (row["verdict"], row["message"], *location) == ("valid", *[None] * 4), case.id
        else:
            wanted = error["code"], error["field"], int(error["offset"])
            assert (row["verdict"], *location) == ("invalid", *wanted), case.id
            assert row["message"]
        assert of_the_record(row) == expected(case.data, row["layout"] or RELEASED), case.id
        assert row["size"] == len(case.data)
    assert {verdict: verdicts.count(verdict) > 30 for verdict in verdicts} == {
        "valid": True,
        "invalid": True,
    }


def read_case_files(directory: Path, contents: Iterable[bytes]) -> Path:
    for number, data in enumerate(contents):
        (directory / f"{number:05}.ckpt").write_bytes(data)
    return directory


def test_the_rows_of_all_draft_cases(tmp_path: Path) -> None:
    """A complete file of the draft layout has all of its fields, whatever its verdict."""
    checks = draft_checks()
    data = [check.case.data for check in checks] + list(DRAFTS.values())
    valid = ["record" in check.case.expect for check in checks] + [True] * len(DRAFTS)
    found = by_name(rows(read_case_files(tmp_path, data)))
    for number, (each, is_valid) in enumerate(zip(data, valid, strict=True)):
        row = found[f"{number:05}.ckpt"]
        report = rckp.validate(each, now_ms=NOW)
        assert row["verdict"] == ("valid" if report.valid else "invalid")
        assert row["resumable"] == (row["layout"] == RELEASED and row["status"] != "completed")
        if is_valid:
            assert row["layout"] == NEXT
            assert of_the_record(row) == expected(each, NEXT)
        else:
            assert row["layout"] == (RELEASED if report.valid else None)
            assert of_the_record(row) == expected(each)
    complete = [row for row in found.values() if row["layout"] == NEXT]
    assert {(row["iteration"], row["evaluations"]) for row in complete} >= {(120, 200), (120, 100)}
    assert any(row["best_value"] == 57.5 for row in complete)


@given(records())
def test_any_record(record: rckp.CheckpointRecord) -> None:
    data = rckp.encode(record)
    assert of_the_record(row_of(data)) == expected(data)


@given(next_records())
def test_any_record_of_the_draft_layout(record: NextRecord) -> None:
    data = codec(NEXT).encode(record)
    row = row_of(data)
    assert row["layout"] == NEXT
    assert of_the_record(row) == expected(data, NEXT)


def row_of(data: bytes, path: str = "x") -> dict[str, Any]:
    def read_at(size: int, offset: int) -> bytes:
        return data[offset : offset + size]

    row = read_row(path, window_at(read_at, len(data)), read_at, NOW, size=len(data), mtime=None)
    assert len(row) == len(COLUMNS)
    return dict(zip(NAMES, row, strict=True))


def test_it_agrees_with_the_list_of_runs() -> None:
    """The progress of each run, and which runs can be resumed, are those of `rckp list`."""
    for base in (REAL, ROOT / "fixtures/draft/cases"):
        document = json.loads(command("list", "--format", "json", base).out)
        listed = [run for group in document["groups"] for run in group["runs"]]
        assert len(listed) > 10
        found = {row["path"]: row for row in rows(base)}
        assert {path for path, row in found.items() if row["layout"]} == {r["path"] for r in listed}
        for run in listed:
            row = found[run["path"]]
            same = ("layout", "resumable", "best_quality", "size", "run_id", "error_message")
            assert {name: row[name] for name in same} == {name: run[name] for name in same}
            for name in ("iteration", "evaluations", "created_at_ms", "elapsed_millis"):
                assert row[name] == (None if run[name] is None else int(run[name]))
            assert row["step_state_payload_length"] == run["step_state_payload_length"]


def test_long_strings_are_cut_and_named() -> None:
    long = {"error_message": "é" * 5000, "algorithm_name": "a" * 1025, "run_id": "r" * 1024}
    row = row_of(rckp.encode(rckp.decode(GOOD.read_bytes())._replace(**long)))  # type: ignore[arg-type]
    assert row["verdict"] == "valid"
    assert row["truncated_fields"] == ["algorithm_name", "error_message"]
    assert row["error_message"] == "é" * 1024
    assert row["run_id"] == "r" * 1024


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_long_payload_is_read_for_its_beginning_only(more: int) -> None:
    start, end = "iter=3;eval=4;seed=1;state=", "|17"
    payload = start + "t" * (MAX_PARSED + more - len(start + end)) + end
    record = rckp.decode(GOOD.read_bytes())
    data = rckp.encode(record._replace(algorithm_name="HillClimbing", step_state_payload=payload))
    row = row_of(data)
    assert (row["iteration"], row["evaluations"]) == (3, 4)
    assert row["best_value"] == (17.0 if more <= 0 else None)
    assert row["step_state_payload_length"] == MAX_PARSED + more
    truncated = row_of(data[:2000])
    assert (truncated["code"], truncated["iteration"]) == ("truncated", 3)
    assert truncated["step_state_payload_length"] is None


def test_times_that_no_tool_can_show() -> None:
    record = rckp.decode(GOOD.read_bytes())
    for created, shown in ((253402300799999, True), (253402300800000, False), (2**64 - 1, False)):
        row = row_of(rckp.encode(record._replace(created_at_ms=created)))
        assert (row["created_at_ms"], row["created_at"]) == (created, created if shown else None)
