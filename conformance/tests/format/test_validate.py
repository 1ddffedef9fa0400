"""`validate`: verdicts, warnings, foreign files, and files that are not what they seem."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import cases, corpus, invalid_files, label
from rckp.conformance.cases import Case
from rckp.format.identity import Identity
from rckp.format.scan import CHUNK
from rckp.strategies import records
from rckp.validation.record_summary import MAX_HASHED_CHARS, MAX_KEPT_CHARS, RecordSummary

NOW = 1767225700000  # ms; a minute after the cases were made up
FULL = rckp.decode(corpus()["reader/full"].data)


def codes(report: rckp.Report) -> list[str]:
    return [finding.code for finding in report.findings]


def validated(record: rckp.CheckpointRecord, **options: Any) -> rckp.Report:
    return rckp.validate(rckp.encode(record), now_ms=NOW, **options)


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_every_case_by_bytes_stream_and_path(case: Case) -> None:
    data = case.data
    whole = rckp.validate(data, now_ms=NOW)
    stream = rckp.validate(io.BytesIO(data), now_ms=NOW)
    path = rckp.validate(case.path.parent / case.document["input"]["file"], now_ms=NOW)
    error = case.expect.get("error")
    assert whole.valid is (error is None)
    for report in (whole, stream, path):
        assert report.valid is whole.valid
        assert [f[:4] for f in report.findings] == [f[:4] for f in whole.findings]
    if error is not None:
        first = whole.findings[0]
        assert (first.code, first.field, str(first.offset)) == (
            error["code"],
            error["field"],
            error["offset"],
        )
        assert first.length is not None
        assert first.offset is not None
        assert first.offset + first.length <= len(data)


def test_good_files_have_no_findings() -> None:
    assert rckp.validate(corpus()["reader/example"].data, now_ms=NOW) == rckp.Report(
        None, True, (), ("HC-7-00000000000000000000-1767225600000", *hashes("reader/example"))
    )


def hashes(case: str) -> tuple[int, int]:
    record = rckp.decode(corpus()[case].data)
    return record.algorithm_signature_hash, record.problem_signature_hash


COMPLETED, FAILED = rckp.CheckpointRunStatus.COMPLETED, rckp.CheckpointRunStatus.FAILED
LATER = "\x01" + 16 * "\0"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"algorithm_signature_hash": 0}, [("hash-mismatch", "algorithm_signature_hash")]),
        ({"problem_parameters": "x"}, [("hash-mismatch", "problem_signature_hash")]),
        ({"created_at_ms": NOW + 300_001}, [("created-in-future", "created_at_ms")]),
        ({"created_at_ms": NOW + 300_000}, []),
        ({"created_at_ms": 1767225600249}, [("created-before-run", "created_at_ms")]),
        ({"created_at_ms": 1767225600250}, []),
        ({"status": COMPLETED}, [("completed-not-deleted", "status")]),
        ({"status": FAILED, "error_message": None}, [("failed-without-message", "status")]),
        ({"status": FAILED, "error_message": ""}, []),
        ({"run_id": "mine"}, [("unusual-run-id", "run_id")]),
        ({"run_id": ""}, [("unusual-run-id", "run_id")]),
        ({"run_id": "SimulatedAnnealing-1-2-3"}, [("unusual-run-id", "run_id")]),
        ({"step_state_payload": LATER}, [("later-layout", "step_state_payload")]),
        ({"step_state_payload": LATER[:-1]}, []),
    ],
)
def test_warnings(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    record = FULL._replace(**changes)
    report = validated(record)
    assert [(f.code, f.field) for f in report.findings] == expected
    assert report.valid is True
    strict = validated(record, strict=True)
    assert strict.valid is not bool(expected)
    assert {f.severity for f in strict.findings} <= {"error"}
    data = rckp.encode(record)
    for found in report.findings:
        assert found.severity == "warning"
        assert found.offset is not None
        assert found.length is not None
        text = data[found.offset : found.offset + found.length]
        value = getattr(record, found.field or "")
        assert text in (str(value).encode(), bytes([1]), bytes([2])) or (
            isinstance(value, int) and int.from_bytes(text, "little") == value
        )


def test_the_later_layout_is_named_when_it_fails() -> None:
    report = rckp.validate(corpus()["reader/meaning/later-layout"].data, now_ms=NOW)
    assert codes(report) == ["invalid-utf8", "later-layout"]
    assert report.valid is False


@given(records())
def test_any_valid_record_is_valid(record: rckp.CheckpointRecord) -> None:
    report = validated(record)
    assert report.valid is True
    lies = Identity(*record[3:7]).signature_hashes != record[7:9]
    assert ("hash-mismatch" in codes(report)) is lies


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    for content in (data, b"RCKP" + data):
        assert rckp.validate(content, now_ms=NOW).valid is False


@pytest.mark.parametrize(
    "first",
    ["", "x", "y" * (MAX_KEPT_CHARS - 1), "z" * MAX_KEPT_CHARS, "\u20ac" * (MAX_KEPT_CHARS + 1)],
)
@pytest.mark.parametrize("second", ["", "x", "z" * MAX_KEPT_CHARS, "\u20ac" * (CHUNK + 1)])
def test_hashes_of_long_strings(first: str, second: str) -> None:
    identity = Identity(first, second, second, first)
    algorithm, problem = identity.signature_hashes
    record = FULL._replace(
        algorithm_name=first,
        algorithm_parameters=second,
        problem_description=second,
        problem_parameters=first,
        algorithm_signature_hash=algorithm,
        problem_signature_hash=problem,
    )
    for report in (validated(record), rckp.validate(io.BytesIO(rckp.encode(record)), now_ms=NOW)):
        assert "hash-mismatch" not in codes(report)
    assert "hash-mismatch" in codes(validated(record._replace(problem_signature_hash=problem ^ 1)))
    summary = RecordSummary.of(record)
    assert tuple(summary.computed_hashes()) == (algorithm, problem)


def test_a_hash_that_takes_too_long_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_HASHED_CHARS == 16 << 20
    monkeypatch.setattr("rckp.validation.record_summary.MAX_HASHED_CHARS", 2 * MAX_KEPT_CHARS)
    record = FULL._replace(problem_parameters="x" * (4 * MAX_KEPT_CHARS), problem_signature_hash=0)
    assert codes(validated(record)) == ["hash-not-checked"]


FOREIGN = {
    b"": "killed before its first byte",
    bytes(64): "zero bytes",
    b"PKCR....": "another byte order",
    b"PK\x03\x04" + bytes(26) + b"archive/data.pkl": "PyTorch",
    b"PK\x03\x04" + bytes(60): "ZIP",
    b"\x80\x02}q\x00.": "pickle",
    b"\x80\x05\x95": "pickle",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"\x93NUMPY\x01\x00": "NumPy",
    b"\x50\x00\x00\x00\x00\x00\x00\x00" + b'{"weight"': "safetensors",
    b"PAR1\x15": "Parquet",
    b"ARROW1\0\0": "Arrow",
    b"SQLite format 3\0": "SQLite",
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\xfd7zXZ\0": "xz",
    b"BZh91AY": "bzip2",
    b"\x04\x22\x4d\x18": "LZ4",
    b"version https://git-lfs.github.com/spec/v1\n": "git lfs pull",
    b"\r\n <!DOCTYPE HTML>": "HTML",
    b'{"created_at_ms": "1"}': "JSON",
    b"UkNLUAAA": "base64",
    b"\xef\xbb\xbfRCKP": "byte order mark",
}


@pytest.mark.parametrize(("data", "word"), FOREIGN.items(), ids=FOREIGN.values())
def test_foreign_files_are_named(data: bytes, word: str) -> None:
    report = rckp.validate(data, now_ms=NOW)
    assert codes(report) in (["bad-magic"], ["truncated"])
    assert word in report.findings[0].hint


def test_no_checkpoint_is_taken_for_foreign() -> None:
    for case in invalid_files():
        report = rckp.validate(case.data, now_ms=NOW)
        if report.findings[0].field != "magic":
            assert "looks like" not in report.findings[0].hint
