"""`rckp encode` and `from_json` reject other JSON with one sentence."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import ROOT, corpus
from rckp import EncodeError, encode
from rckp.cli.file_errors import FileError
from rckp.cli.record_input import parse
from rckp.format._layout import LAYOUT
from rckp.format.layout import INTEGER
from rckp.format.record_json import RecordJsonError, from_json

GOOD: dict[str, object] = corpus()["reader/full"].expect["record"]
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((ROOT / "spec/record.schema.json").read_text("utf-8"))
)
INTEGERS = [field.name for field in LAYOUT.record_fields if field.parts[0].role == INTEGER]
NO_INTEGERS: tuple[object, ...] = (
    *("01", "-0", "+1", " 1", "1 ", "1\n", "1_0", "00", "007", "-01", "", "-", "1.0", "1e3", "0x1"),
    *("١", "１", "²", "1\u00a0", "\ufeff1", "9" * 41, "9" * 5000),
    *(1, 1.5, True, None, [], {}, ["1"]),
)


@pytest.mark.parametrize("value", NO_INTEGERS, ids=lambda value: ascii(value)[:12])
def test_no_integer(value: object) -> None:
    for name in INTEGERS:
        document = GOOD | {name: value}
        assert not SCHEMA.is_valid(document)
        with pytest.raises(EncodeError) as caught:
            from_json(document)
        assert (caught.value.code, caught.value.field) == ("wrong-type", name)
        assert len(str(caught.value)) < 600


def test_integers_out_of_range_are_of_the_right_type() -> None:
    for value in ("-1", str(2**64), "9" * 40):
        with pytest.raises(EncodeError) as caught:
            encode(from_json(GOOD | {"random_seed": value}))
        assert (caught.value.code, caught.value.field) == ("integer-out-of-range", "random_seed")


@pytest.mark.parametrize("value", ["0", "1", "10", str(2**64 - 1)])
def test_integers(value: str) -> None:
    assert SCHEMA.is_valid(GOOD | {"random_seed": value})
    assert from_json(GOOD | {"random_seed": value}).random_seed == int(value)


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in GOOD.items() if key != name}


def test_an_unknown_field_is_named_with_the_nearest() -> None:
    for wrong, near in (("random_sed", "random_seed"), ("Status", "status")):
        with pytest.raises(RecordJsonError) as caught:
            from_json(without(near) | {wrong: GOOD[near]})
        assert caught.value.field == wrong
        assert f"{wrong}: is not a field of a record; did you mean {near}?" in str(caught.value)
    with pytest.raises(RecordJsonError, match=r"^xyzzy: is not a field of a record \["):
        from_json(GOOD | {"xyzzy": "1"})


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(RecordJsonError, match=f"^{name}: is missing") as caught:
        from_json(without(name))
    assert caught.value.code == "wrong-type"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_messages_are_short_and_escaped() -> None:
    for document in (
        GOOD | {"\x1b[2J" + "k" * 20_000_000: "1"},
        GOOD | {"status": "\x1b[2J" * 1_000_000},
        GOOD | {"random_seed": "\x1b[2J" * 1_000_000},
    ):
        with pytest.raises(RecordJsonError) as caught:
            from_json(document)
        assert len(str(caught.value)) < 2000
        assert "\x1b" not in str(caught.value)


TEXT = json.dumps(GOOD).encode()
REFUSED: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty: a JSON object is expected"),
    ("blank", b" \n\t\r" * 100_000, "empty: a JSON object is expected"),
    ("array", b"[]", "not a JSON object: it begins with ["),
    ("string", b'"x"', 'not a JSON object: it begins with "'),
    ("nul", b"\0", "not a JSON object: it begins with byte 0x00"),
    ("bom", b"\xef\xbb\xbf" + TEXT, "byte order mark"),
    ("utf-16", TEXT.decode().encode("utf-16"), "byte order mark"),
    ("utf-16-le", TEXT.decode().encode("utf-16-le"), "the control character U+0000"),
    ("latin-1", b'{"run_id": "\xe4"}', "not UTF-8: byte 12 is not part of a character"),
    ("surrogate-bytes", b'{"run_id": "\xed\xa0\x80"}', "not UTF-8: byte 12"),
    ("cut-character", b'{"run_id": "\xc3', "not UTF-8: byte 12"),
    ("control", b'{"run_id": "a\x01"}', "the control character U+0001 is not escaped"),
    ("line-feed", b'{"run_id": "a\n"}', "Invalid control character at line 1 column 14"),
    ("cut", TEXT[:-2], "not JSON: "),
    ("two", TEXT + TEXT, "more than one JSON value: the second is at line 1"),
    ("two-lines", TEXT + b"\n" + TEXT, "more than one JSON value: the second is at line 2"),
    ("comma", TEXT[:-1] + b",}", "not JSON: "),
    ("comment", b"{} // x", "more than one JSON value"),
    ("nan", b'{"random_seed": NaN}', "NaN is not a JSON value"),
    ("infinity", b'{"random_seed": -Infinity}', "-Infinity is not a JSON value"),
    ("huge-number", TEXT[:-1] + b', "x": ' + b"9" * 10_000 + b"}", "x: is not a field"),
    ("deep", b'{"a":' * 200_000, "nested too deeply"),
    ("deep-array", b'{"a":' + b"[" * 200_000, "nested too deeply"),
    ("twice", TEXT[:-1] + b', "status": "running"}', "the member status occurs twice"),
    ("twice-below", b'{"a": {"b": 1, "b": 2}}', "the member b occurs twice"),
    ("twice-escaped", TEXT[:-1] + b', "st\\u0061tus": "running"}', "status occurs twice"),
    ("lone-key", b'{"\\ud800": 1}', "\\ud800: is not a field"),
    ("long-key", b'{"' + b"k" * 20_000_000 + b'": 1}', "is not a field"),
    ("long-key-twice", b'{"' + b'": 1, "'.join([b"k" * 2_000_000] * 2) + b'": 1}', "occurs twice"),
    ("lone", json.dumps(GOOD | {"run_id": "\ud800"}).encode(), "lone-surrogate"),
    ("number", json.dumps(GOOD | {"random_seed": 7}).encode(), "and is a number"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(tmp_path: Path, text: bytes, expected: str) -> None:
    result = rckp("encode", "-o", tmp_path / "out", stdin=text)
    assert (result.status, result.out) == (1, b"")
    assert expected in result.err
    assert result.err.startswith("error: -: ")
    assert len(result.err) < 2000
    assert not (tmp_path / "out").exists()


def test_blanks_and_pieces_of_any_size() -> None:
    """Wherever the input is split: within the blanks, a character, an escape."""
    text = b" \n\r\t" + json.dumps(GOOD | {"run_id": "äöü€😀"}, ensure_ascii=False).encode()
    for size in (1, 2, 3, 7, len(text)):
        assert parse(pieces(text, size), "-")["run_id"] == "äöü€😀"


def pieces(text: bytes, size: int) -> Callable[[], bytes]:
    rest = iter([text[at : at + size] for at in range(0, len(text), size)])
    return lambda: next(rest, b"")


@pytest.mark.parametrize("beginning", [b"", b'{"run_id": "', b"{"])
def test_endless_input_is_refused_at_the_limit(beginning: bytes) -> None:
    """Also blanks, and what looks like the beginning of a record."""
    number = 0

    def read() -> bytes:
        nonlocal number
        number += 1
        return beginning if number == 1 and beginning else b" " * 1000

    with pytest.raises(FileError) as caught:
        parse(read, "x", limit=10_000)
    assert caught.value.status == 2
    assert "longer than 10,000 bytes" in str(caught.value.message)
    assert number < 15
