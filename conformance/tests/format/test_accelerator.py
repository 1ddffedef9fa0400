"""The compiled module of `rckp[fast]` answers as the Python code does, for all that it is given.

The tests in `test_differential.py` compare it on a million inputs, and `nox -s fast` runs the
quick tests with it in use.
"""

from __future__ import annotations

import array
import codecs
import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import cases, label
from conformance.tests.examples import EXAMPLE
from conformance.tests.tools import module_or_skip
from rckp.conformance.cases import Case
from rckp.format import _codec
from rckp.format._layout import SHA256
from rckp.format.scan import ByteReader, Event, ScanError, scan, scanned_error
from rckp.strategies import records

fast = module_or_skip("rckp_fast", how="`pip install ./src/rckp-fast`, which takes Rust")
FILE = rckp.encode(EXAMPLE)
# Text of each length of sequence, and what is nearly text.
FRAGMENTS = (
    *("a", "é", "€", "𝄞", "\x00", "\ufeff", "\U0010ffff"),
    *(
        b"\x80",
        b"\xc0\xaf",
        b"\xc3",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xf0\x9f",
        b"\xf4\x90\x80\x80",
    ),
)


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_every_case(case: Case) -> None:
    assert fast.first_error(case.data) == scanned_error(case.data)
    assert fast.decode_or_none(case.data) == _codec.decode_or_none(case.data)


@given(record=records())
def test_valid_records(record: rckp.CheckpointRecord) -> None:
    data = rckp.encode(record)
    decoded = fast.decode(data)
    assert type(decoded) is rckp.CheckpointRecord
    assert decoded == record
    assert list(map(type, decoded)) == list(map(type, _codec.decode(data)))
    assert decoded.status is record.status
    assert fast.first_error(data) is None


def test_it_is_of_this_layout() -> None:
    assert fast.LAYOUT_SHA256 == SHA256
    assert fast.__version__ == rckp.__version__


@given(pieces=st.lists(st.sampled_from(FRAGMENTS)), repeats=st.integers(1, 40))
@example(pieces=["a"], repeats=70_000)
@example(pieces=["€"], repeats=70_000)
@example(pieces=["€" * 700, b"\xe2\x82"], repeats=1)
def test_a_well_formed_prefix(pieces: list[str | bytes], repeats: int) -> None:
    once = b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)
    data = once * repeats
    try:
        _, used = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError as error:
        used = error.start
    assert fast.well_formed_prefix(data) == used
    assert fast.well_formed_prefix(memoryview(bytearray(b"x" + data))[1:]) == used


@pytest.mark.parametrize("size", [1, 100_000])
def test_buffers(size: int) -> None:
    """Of all kinds, below and above the size up to which they are copied."""
    record = EXAMPLE._replace(step_state_payload="é" * size)
    data = rckp.encode(record)
    for buffer in (bytearray(data), memoryview(data), memoryview(b"x" + data + b"x")[1:-1]):
        assert fast.decode(buffer) == fast.decode_or_none(buffer) == record
        assert fast.first_error(buffer) is None
    scattered = memoryview(bytes(byte for each in data for byte in (each, 0)))[::2]
    assert fast.decode(scattered) == fast.decode_or_none(scattered) == record
    even = data + b"x" * (len(data) % 2)
    shorts = array.array("H", even)
    assert fast.decode_or_none(shorts) == _codec.decode_or_none(even)
    for refused in (scattered, shorts):
        with pytest.raises(BufferError):
            fast.first_error(refused)


@pytest.mark.parametrize(
    "buffer", [b"", bytearray(), memoryview(b"")], ids=lambda b: type(b).__name__
)
def test_nothing(buffer: bytes) -> None:
    assert fast.first_error(buffer) == ("truncated", "magic", 0, 4, 0, 0)
    assert fast.decode_or_none(buffer) is None
    assert fast.well_formed_prefix(buffer) == 0


@pytest.mark.parametrize("what", [None, 7, "RCKP", [1], 1.5], ids=repr)
def test_what_is_not_a_buffer(what: Any) -> None:
    with pytest.raises(TypeError) as wanted:
        _codec.decode(what)
    for function in (fast.decode, fast.decode_or_none):
        with pytest.raises(TypeError) as told:
            function(what)
        assert str(told.value) == str(wanted.value)


def test_an_error_has_its_reason() -> None:
    with pytest.raises(rckp.DecodeError) as wanted:
        _codec.decode(FILE[:-1])
    with pytest.raises(rckp.DecodeError) as told:
        fast.decode(FILE[:-1])
    assert str(told.value) == str(wanted.value)
    assert (told.value.code, told.value.offset) == (wanted.value.code, wanted.value.offset)


def test_nothing_is_left_behind() -> None:
    """Neither of a record nor of an error: the number of objects does not grow."""

    def use() -> None:
        for _ in range(1000):
            fast.decode(FILE)
            fast.decode(bytearray(FILE))
            fast.first_error(FILE[:-1])
            fast.decode_or_none(FILE[:-1])

    use()
    gc.collect()
    before = sys.getallocatedblocks()
    use()
    gc.collect()
    assert sys.getallocatedblocks() - before < 500


def test_several_threads() -> None:
    def decode(number: int) -> bool:
        record = EXAMPLE._replace(random_seed=number)
        return all(fast.decode(rckp.encode(record)) == record for _ in range(200))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(decode, range(32)))


Told = list[Event | ScanError]


@pytest.mark.parametrize("cut", [1, 2, 3, 65536, 65537])
@pytest.mark.parametrize("ending", ["", "€", "é" * 3, b"\xe2\x82", b"\xff", b"\xed\xa0\x80" * 3])
def test_long_text_in_pieces(
    monkeypatch: pytest.MonkeyPatch, cut: int, ending: str | bytes
) -> None:
    """Text that is skipped and not decoded has the events of text that is decoded."""
    size = 2000 if cut < 10 else 300_000
    text = ("é€𝄞" * size)[:size].encode() + (ending.encode() if isinstance(ending, str) else ending)
    start, _, stop = rckp.encode(EXAMPLE._replace(step_state_payload="¿?¿?¿?")).partition(
        b"\x09\x00\x00\x00" + "¿?¿?¿?".encode()
    )
    data = start + len(text).to_bytes(4, "little") + text + stop

    def told() -> Told:
        stream = memoryview(data)
        at = 0

        def read(wanted: int) -> memoryview:
            nonlocal at
            at += min(wanted, cut)
            return stream[at - min(wanted, cut) : at]

        return list(scan(ByteReader(read)))

    wanted = told()
    monkeypatch.setattr("rckp.format.scan._well_formed_prefix", fast.well_formed_prefix)
    assert told() == wanted
