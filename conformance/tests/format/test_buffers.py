"""Buffers of every shape and item type, strings of every size, and flags that nearly fit."""

from __future__ import annotations

import array
import ctypes
import mmap
from collections.abc import Iterator
from typing import Any

import pytest

import rckp
from conformance.tests.corpus import corpus
from rckp.format._codec import decode_or_none
from rckp.format.buffers import COPY_BELOW, byte_view

FULL = rckp.decode(corpus()["reader/full"].data)
STRINGS = [name for name, value in FULL._asdict().items() if type(value) is str]
SIZES = [0, 1, 255, 256, 257, 65535, 65536]


def of_size(size: int) -> rckp.CheckpointRecord:
    """Return a record whose encoding has `size` bytes."""
    short = FULL._replace(step_state_payload="")
    return short._replace(step_state_payload="x" * (size - len(rckp.encode(short))))


def buffers(data: bytes) -> Iterator[Any]:
    """The bytes as buffers of other kinds; their number must be divisible by 16."""
    yield bytearray(data)
    for code in "bBHIQd":
        yield array.array(code, data)
        yield memoryview(array.array(code, data))
    yield (ctypes.c_uint32 * (len(data) // 4)).from_buffer_copy(data)
    yield (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    for shape in ([2, len(data) // 2], [len(data), 1], [2, 2, len(data) // 4]):
        yield memoryview(data).cast("B", shape)
    yield memoryview(data).cast("c")
    yield memoryview(bytes(data[::-1]))[::-1]
    pairs = bytes(byte for each in data for byte in (each, 0))
    yield memoryview(pairs)[::2]
    mapped = mmap.mmap(-1, len(data))
    mapped[:] = data
    yield mapped


@pytest.mark.parametrize("size", [512, COPY_BELOW - 16, COPY_BELOW, COPY_BELOW + 16])
def test_every_shape_and_item_type(size: int) -> None:
    record = of_size(size)
    data = rckp.encode(record)
    assert len(data) == size
    cut = data[:-16]
    for buffer in buffers(data):
        assert rckp.decode(buffer) == record
        assert decode_or_none(buffer) == record
        assert rckp.validate(buffer, now_ms=record.created_at_ms).valid
        view = byte_view(buffer)
        assert (view.format, view.ndim, view.nbytes) == ("B", 1, size)
    for buffer in buffers(cut):
        with pytest.raises(rckp.DecodeError) as caught:
            rckp.decode(buffer)
        assert caught.value.code == "truncated"
        assert decode_or_none(buffer) is None


def test_only_scattered_bytes_are_copied() -> None:
    words = array.array("I", bytes(64))
    view = byte_view(words)
    scattered = byte_view(memoryview(words)[::2])
    words[0] = 0xFFFFFFFF
    assert bytes(view[:4]) == b"\xff" * 4
    assert bytes(scattered[:4]) == bytes(4)


def test_a_single_byte_without_a_dimension() -> None:
    with pytest.raises(rckp.DecodeError) as caught:
        rckp.decode(memoryview(b"R").cast("B", []))
    assert (caught.value.code, caught.value.available) == ("truncated", 1)


def with_text(record: rckp.CheckpointRecord, field: str, text: str) -> rckp.CheckpointRecord:
    values: dict[str, Any] = {field: text}
    return record._replace(**values)


@pytest.mark.parametrize("size", [*SIZES, COPY_BELOW - 1, COPY_BELOW, COPY_BELOW + 1])
@pytest.mark.parametrize("field", STRINGS)
def test_every_string_of_every_size(field: str, size: int) -> None:
    text = "é" * (size // 2) + "x" * (size % 2)
    for record in (FULL, FULL._replace(seed_payload=None, error_message=None)):
        changed = with_text(record, field, text)
        data = rckp.encode(changed)
        assert size.to_bytes(4, "little") + text.encode() in data
        assert len(data) - len(text.encode()) == len(rckp.encode(with_text(record, field, "")))
        assert b"".join(rckp.encode_parts(changed)) == data
        assert rckp.decode(data) == changed
        assert rckp.decode(bytearray(data)) == changed
        if size >= 2:
            broken = data.replace(text.encode(), b"\xff" + text.encode()[1:], 1)
            with pytest.raises(rckp.DecodeError) as caught:
                rckp.decode(broken)
            assert (caught.value.code, caught.value.field) == ("invalid-utf8", field)


def test_a_flag_that_fits_as_the_next_integer() -> None:
    """What follows a wrong flag may be read as the rest of a file: it is refused all the same."""
    plain = rckp.encode(FULL._replace(seed_payload=None, elapsed_millis=0, error_message=None))
    for flag in (2, 0x80, 0xFF):
        # One byte less: the wrong flag is the first byte of what then looks like an integer.
        for data in (plain[:-11] + bytes([flag]) + plain[-9:], plain[:-1] + bytes([flag])):
            with pytest.raises(rckp.DecodeError) as caught:
                rckp.decode(data)
            assert caught.value.code == "invalid-option-flag"
            assert decode_or_none(data) is None
