"""`decode`, `encode` and their errors, beyond what the cases say."""

from __future__ import annotations

import array
import json
import pickle
from enum import IntEnum
from typing import Any, cast

import pytest
from hypothesis import given

import rckp
from conformance.tests.corpus import ROOT, corpus
from rckp._codes import CODES
from rckp.derive import grammar_to_layout
from rckp.format._layout import LAYOUT
from rckp.format.buffers import COPY_BELOW
from rckp.format.codec_errors import _validated_value
from rckp.format.layout import CONTENT, LENGTH, Field, Part
from rckp.format.record_json import from_json, to_json
from rckp.strategies import records

FULL = rckp.decode(corpus()["reader/full"].data)


def test_the_record_has_the_fields_of_the_grammar() -> None:
    assert grammar_to_layout.layout() == LAYOUT
    assert rckp.CheckpointRecord._fields == tuple(f.name for f in LAYOUT.record_fields)
    [states] = [f.parts[0].values for f in LAYOUT.fields if f.type == "status"]
    assert states == tuple(rckp.CheckpointRunStatus)


@pytest.mark.parametrize("size", [0, 1, COPY_BELOW, 3 * COPY_BELOW], ids=str)
def test_every_kind_of_buffer(size: int) -> None:
    record = FULL._replace(step_state_payload="\u20ac" * size)
    data = rckp.encode(record)
    scattered = memoryview(bytes(byte for pair in zip(data, data, strict=True) for byte in pair))
    padded = data + bytes(-len(data) % 4)
    words = memoryview(array.array("I", padded)).cast("B")[: len(data)]
    for buffer in (data, bytearray(data), memoryview(data), words, scattered[::2]):
        assert rckp.decode(buffer) == record
        with pytest.raises(rckp.DecodeError, match="truncated"):
            rckp.decode(memoryview(buffer)[:-1])
    assert rckp.decode(array.array("B", data)) == record


def test_not_a_buffer() -> None:
    with pytest.raises(TypeError):
        rckp.decode(cast("Any", "RCKP"))


@given(records())
def test_round_trip(record: rckp.CheckpointRecord) -> None:
    data = rckp.encode(record)
    assert rckp.encode(rckp.decode(data)) == data
    assert b"".join(rckp.encode_parts(record)) == data
    assert from_json(json.loads(json.dumps(to_json(record)))) == record


def test_a_decoded_record_is_of_plain_types() -> None:
    assert type(FULL) is rckp.CheckpointRecord
    assert type(FULL.status) is rckp.CheckpointRunStatus
    assert {type(value) for value in FULL} == {int, str, rckp.CheckpointRunStatus}
    assert tuple(FULL) == FULL


def test_subclasses_are_encoded_as_what_they_are() -> None:
    class Seed(IntEnum):
        LUCKY = 7

    class Name(str):
        __slots__ = ()

        def encode(self, *_: object) -> bytes:
            return b"another"

    record = FULL._replace(random_seed=Seed.LUCKY, run_id=Name("x"))
    plain = FULL._replace(random_seed=7, run_id="x")
    assert rckp.encode(record) == rckp.encode(plain)
    assert rckp.encode(cast("Any", tuple(record))) == rckp.encode(plain)


@pytest.mark.parametrize(
    "wrong", [None, 7, (), tuple(FULL)[:-1], (*FULL, None), dict.fromkeys(FULL._fields), object()]
)
def test_what_is_no_record(wrong: object) -> None:
    for encode in (rckp.encode, rckp.encode_parts):
        with pytest.raises(rckp.EncodeError) as caught:
            encode(cast("Any", wrong))
        assert (caught.value.code, caught.value.field) == ("wrong-type", "record")


def test_a_string_too_long() -> None:
    """ENC-6, with a length of one byte instead of four: the rule is the layout's."""
    short = Field(0, "name", "string", (Part(LENGTH, 1), Part(CONTENT, 0)), "")
    assert _validated_value(short, "\u00e9" * 127) == "\u00e9" * 127
    with pytest.raises(rckp.EncodeError) as caught:
        _validated_value(short, "\u00e9" * 128)
    assert (caught.value.code, caught.value.field) == ("string-too-long", "name")
    assert {f.parts[-2].size for f in LAYOUT.record_fields if f.parts[-1].role == CONTENT} == {4}


def test_errors_are_their_attributes() -> None:
    with pytest.raises(rckp.DecodeError) as caught:
        rckp.decode(b"RCKP\0")
    error = caught.value
    assert isinstance(error, rckp.RckpError)
    assert isinstance(error, ValueError)
    assert (error.code, error.requirement) == ("truncated", "DEC-2")
    assert (error.field, error.offset, error.wanted, error.available) == ("created_at_ms", 4, 8, 1)
    assert str(error) == (
        "byte 4, created_at_ms: ends too early: 8 bytes needed, 1 available [truncated, DEC-2]"
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert vars(again) == vars(error)
    assert str(again) == str(error)
    encode_error = rckp.EncodeError("wrong-type", "run_id")
    assert vars(pickle.loads(pickle.dumps(encode_error))) == vars(encode_error)  # noqa: S301


def test_the_vocabulary_is_that_of_the_spec() -> None:
    rows = json.loads((ROOT / "spec/errors.json").read_text("utf-8"))["codes"]
    text = (ROOT / "spec/requirements.json").read_text("utf-8")
    ids = {each["id"] for each in json.loads(text)["requirements"]}
    assert [row["code"] for row in rows] == list(CODES)
    assert {row["requirement"] for row in rows} - ids <= {""}
    assert all(row["requirement"] for row in rows if row["phase"] in ("decode", "encode"))
