"""`rckp decode` and `rckp encode`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES, corpus

GOOD = FIXTURES / "cases/reader/full.ckpt"


CUT = FIXTURES / "cases/reader/truncated/step_state_payload/content-some.ckpt"


FOREIGN = FIXTURES / "cases/reader/magic/zip.ckpt"


def test_partial_saves_the_beginning_of_a_broken_payload() -> None:
    saved = json.loads(rckp("decode", "--partial", CUT).out)
    whole = corpus()["reader/full"].expect["record"]["step_state_payload"]
    assert saved["partial_field"] == {
        "field": "step_state_payload",
        "declared_length": len(whole),
        "text": whole[:-1],
    }
    assert list(saved["record"])[-1] == "problem_signature_hash"
    trailing = FIXTURES / "cases/reader/trailing/after-present/record.ckpt"
    saved = json.loads(rckp("decode", "--partial", trailing).out)
    assert saved["record"] == corpus()["reader/full"].expect["record"]


def test_decode_and_encode(tmp_path: Path) -> None:
    decoded = rckp("decode", GOOD)
    assert decoded.status == 0
    assert json.loads(decoded.out) == corpus()["reader/full"].expect["record"]
    assert rckp("encode", stdin=decoded.out).out == GOOD.read_bytes()
    out = tmp_path / "out.ckpt"
    out.write_bytes(b"before")
    assert rckp("encode", "-", "-o", out, stdin=decoded.out).status == 0
    assert out.read_bytes() == GOOD.read_bytes()
    assert os.listdir(tmp_path) == ["out.ckpt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "empty: a JSON object is expected"),
        (b"[1]", "not a JSON object: it begins with ["),
        (b'{"run_id": "a", "run_id": "b"}', "the member run_id occurs twice"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xff\xfe", "not JSON in UTF-8"),
        (b"{}", "created_at_ms: is missing [wrong-type"),
    ],
)
def test_encode_refuses(tmp_path: Path, text: bytes, expected: str) -> None:
    out = tmp_path / "out.ckpt"
    result = rckp("encode", "-o", out, stdin=text)
    assert result.status == 1
    assert expected in result.err
    assert not out.exists()


def test_encode_names_the_field(tmp_path: Path) -> None:
    good = corpus()["reader/full"].expect["record"]
    for change, expected in (
        ({"random_seed": "-1"}, "integer-out-of-range"),
        ({"random_seed": 7}, "wrong-type"),
        ({"run_id": "\ud800"}, "lone-surrogate"),
        ({"status": "paused"}, "wrong-type"),
        ({"version": "2"}, "wrong-type"),
    ):
        result = rckp("encode", "-o", tmp_path / "x", stdin=json.dumps(good | change).encode())
        assert result.status == 1
        assert expected in result.err
        assert next(iter(change)) in result.err
    assert os.listdir(tmp_path) == []
    unwritable = rckp("encode", "-o", tmp_path / "no" / "x", stdin=json.dumps(good).encode())
    assert unwritable.status == 2
    assert "cannot be written" in unwritable.err


def test_errors_of_decode() -> None:
    result = rckp("decode", FOREIGN)
    assert (result.status, result.out) == (1, b"")
    assert "bad-magic, DEC-3" in result.err
    assert "ZIP" in result.err
    assert rckp("decode", "nowhere").status == 2
    assert rckp("inspect", FIXTURES).status == 2
    assert "is a directory" in rckp("inspect", FIXTURES).err
