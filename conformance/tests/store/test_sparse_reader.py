"""A sparse reading says what the decoder says of everything that it has read."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.tests.corpus import FIXTURES
from rckp import DecodeError, decode, strategies
from rckp.format.layouts import NEXT, RELEASED, codec
from rckp.store import sparse_reader
from rckp.store.sparse_reader import read_sparse

_FIRST, _NEXT = 48, 16  # so that most records are not read as a whole
_RECORDS = {RELEASED: strategies.records(), NEXT: strategies.next_records()}


@pytest.fixture
def few_bytes() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_reader, "HEADER_READ_SIZE", _FIRST)
        patch.setattr(sparse_reader, "NEXT_READ", _NEXT)
        yield


class Readings:
    """Reads `data`, and remembers which bytes were read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.read: set[int] = set()

    def read_at(self, size: int, offset: int) -> bytes:
        assert 0 < size <= vars(sparse_reader)["HEADER_READ_SIZE"]
        assert offset + size <= len(self.data)
        self.read.update(range(offset, offset + size))
        return self.data[offset : offset + size]


def check_unread(error: DecodeError, readings: Readings) -> None:
    """The error is in what was not read, or in a sequence that begins before it."""
    assert error.code == "invalid-utf8"
    assert not readings.read.issuperset(range(error.offset, error.offset + 4))


def check(data: bytes, layout: str) -> None:
    chosen = codec(layout)
    readings = Readings(data)
    try:
        wanted: Any = chosen.decode(data)
    except DecodeError as error:
        wanted = error
    try:
        found = read_sparse(readings.read_at, len(data), chosen.layout)
    except DecodeError as error:
        assert isinstance(wanted, DecodeError)
        if str(error) != str(wanted):
            check_unread(wanted, readings)
        return
    if isinstance(wanted, DecodeError):
        assert wanted.field in found.truncated
        check_unread(wanted, readings)
        return
    assert len(readings.read) <= _FIRST + _NEXT * len(found.values)
    for name, value in wanted._asdict().items():
        kept = found.values[name]
        if name in found.truncated:
            assert isinstance(kept, (str, bytes))
            assert value.startswith(kept)
        else:
            assert kept == value
        if isinstance(value, (str, bytes)) and name in found.lengths:
            data_of = value.encode() if isinstance(value, str) else value
            assert found.lengths[name] == len(data_of)


@pytest.mark.usefixtures("few_bytes")
@pytest.mark.parametrize("layout", [RELEASED, NEXT])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_valid_and_damaged_files(layout: str, data: st.DataObject) -> None:
    record = data.draw(_RECORDS[layout])
    encoded = codec(layout).encode(record)
    check(encoded, layout)
    changed = bytearray(encoded)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(changed), layout)
    check(bytes(changed[: data.draw(st.integers(0, len(changed)))]), layout)
    check(bytes(changed) + b"x", layout)


@pytest.mark.usefixtures("few_bytes")
@pytest.mark.parametrize("layout", [RELEASED, NEXT])
def test_random_bytes_behind_a_valid_start(layout: str) -> None:
    chance = random.Random(1)
    start = b"RCKP" + bytes(8) + b"\3\0\0\0abc" + bytes(8)
    for _ in range(1000):
        lengths = b"".join(
            chance.randrange(70).to_bytes(4, "little") + chance.randbytes(chance.randrange(40))
            for _ in range(5)
        )
        check(start + lengths + chance.randbytes(chance.randrange(90)), layout)


def test_at_most_5_kb_of_a_real_file_is_read() -> None:
    files = [each for each in (FIXTURES / "files/real").rglob("*.ckpt") if each.stat().st_size]
    assert len(files) == 37
    for file in files:
        readings = Readings(file.read_bytes())
        found = read_sparse(readings.read_at, len(readings.data))
        assert found.values["status"] == str(decode(readings.data).status)
        assert len(readings.read) <= 5000
