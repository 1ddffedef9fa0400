"""An invalid file of any size costs a bounded amount of memory, and is read up to its error."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import BinaryIO, cast

import pytest

import rckp
from conformance.tests.format.drafts import draft
from conformance.tests.store.examples import record
from rckp.cli.file_errors import Source
from rckp.files.regular_file import OpenFile
from rckp.files.whole_file import (
    AT_ONCE,
    KeptStream,
    TooLargeError,
    any_record_at,
    record_at,
    validate_at,
)
from rckp.format.layouts import NEXT, RELEASED, codec
from rckp.format.scan import CHUNK
from rckp.validation.inspect import inspect
from rckp.validation.validate import validate

BOUND = 2 << 20  # bytes


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def over(data: bytes) -> tuple[list[int], object]:
    """A `read_at` over bytes, and the list of how far it has read."""
    reached = [0]

    def read_at(size: int, offset: int) -> bytes:
        piece = data[offset : offset + min(size, 5000)]
        reached[0] = max(reached[0], offset + len(piece))
        return piece

    return reached, read_at


def test_a_huge_foreign_file_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = sparse(tmp_path / "z.ckpt", 200 << 30)
    store = rckp.CheckpointStore(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(rckp.DecodeError) as caught:
            store.read(path)
        assert tracemalloc.get_traced_memory()[1] < BOUND
    finally:
        tracemalloc.stop()
    assert (caught.value.code, caught.value.offset) == ("bad-magic", 0)


@pytest.mark.parametrize("size", [0, AT_ONCE - 400, AT_ONCE, 3 * AT_ONCE])
def test_it_reads_what_decode_reads(tmp_path: Path, size: int) -> None:
    wanted = record(payload="x" * size)
    data = rckp.encode(wanted)
    path = tmp_path / "a.ckpt"
    path.write_bytes(data)
    assert rckp.CheckpointStore(tmp_path).read(path) == wanted
    for known in (None, len(data)):
        assert record_at(over(data)[1], size=known) == wanted  # type: ignore[arg-type]
    assert validate_at(over(data)[1]) == len(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 3 * AT_ONCE])
@pytest.mark.parametrize("known", [True, False])
def test_it_finds_the_fault_that_decode_finds(size: int, known: bool) -> None:
    data = rckp.encode(record(payload="x" * size))
    for invalid in (
        data[:-1],
        data + b"x",
        b"RCKQ" + data[4:],
        data[:16] + b"\xff" + data[17:],
        b"",
    ):
        with pytest.raises(rckp.DecodeError) as wanted:
            rckp.decode(invalid)
        with pytest.raises(rckp.DecodeError) as caught:
            record_at(over(invalid)[1], size=len(invalid) if known else None)  # type: ignore[arg-type]
        assert caught.value.args == wanted.value.args


def test_it_reads_no_further_than_the_fault() -> None:
    data = b"RCKQ" + bytes(10 * AT_ONCE)
    reached, read_at = over(data)
    with pytest.raises(rckp.DecodeError, match="bad-magic"):
        record_at(read_at, size=len(data))  # type: ignore[arg-type]
    assert reached[0] <= CHUNK


def test_an_endless_stream_is_refused_at_its_fault() -> None:
    asked = []

    def yes(size: int) -> bytes:
        asked.append(size)
        return b"y\n" * (size // 2)

    with KeptStream(yes) as stream, pytest.raises(rckp.DecodeError, match="bad-magic"):
        record_at(stream.read_at)
    assert len(asked) == 1


@pytest.mark.parametrize("size", [0, 3 * AT_ONCE])
def test_a_stream_that_gives_few_bytes_at_a_time(size: int) -> None:
    wanted = record(payload="x" * size)
    source = io.BytesIO(rckp.encode(wanted))
    with KeptStream(lambda n: source.read(min(n, 7777))) as stream:
        assert record_at(stream.read_at) == wanted
        assert stream.read_at(4, 0) == b"RCKP"


def test_a_limit_refuses_valid_files_only() -> None:
    data = rckp.encode(record(payload="x" * 3 * AT_ONCE))
    with pytest.raises(TooLargeError) as caught:
        record_at(over(data)[1], limit=len(data) - 1)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.size) == ("too-large", len(data))
    assert str(len(data)) in str(caught.value)
    with pytest.raises(rckp.DecodeError):
        record_at(over(data[:-1])[1], limit=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 3 * AT_ONCE])
@pytest.mark.parametrize("known", [True, False])
def test_a_limit_is_the_largest_number_of_bytes(size: int, *, known: bool) -> None:
    wanted = record(payload="x" * size)
    data = rckp.encode(wanted)
    told = len(data) if known else None
    assert record_at(over(data)[1], size=told, limit=len(data)) == wanted  # type: ignore[arg-type]
    with pytest.raises(TooLargeError) as caught:
        record_at(over(data)[1], size=told, limit=len(data) - 1)  # type: ignore[arg-type]
    assert caught.value.size == len(data)


@pytest.mark.parametrize("size", [0, 3 * AT_ONCE])
@pytest.mark.parametrize("layout", [RELEASED, NEXT])
def test_a_file_that_has_grown_is_read_to_its_end(size: int, layout: str) -> None:
    released = rckp.encode(record(payload="x" * size))
    data = released if layout == RELEASED else draft(b"\1" + b"x" * size)
    known = codec(layout)
    found = any_record_at(known, over(data)[1], size=len(data))  # type: ignore[arg-type]
    assert found == known.decode(data)
    with pytest.raises(rckp.DecodeError) as caught:
        any_record_at(known, over(data + b"x")[1], size=len(data))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.offset) == ("trailing-bytes", len(data))


def test_a_file_that_becomes_shorter_after_its_validation_is_truncated() -> None:
    data = rckp.encode(record(payload="x" * 3 * AT_ONCE))
    left = data[:-AT_ONCE]
    passes = 0

    def read_at(size: int, offset: int) -> bytes:
        nonlocal passes
        passes += offset == 0
        return (data if passes == 1 else left)[offset : offset + size]

    with pytest.raises(rckp.DecodeError) as caught:
        record_at(read_at)
    found = caught.value
    assert (found.code, found.available) == ("truncated", len(left) - found.offset)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of memory: run it on Linux")
def test_a_valid_file_that_does_not_fit_is_too_large(tmp_path: Path) -> None:
    payload = 1 << 30
    data = rckp.encode(record(payload=""))
    # Zeros are valid UTF-8, so the payload can be a hole.
    at = data.index(bytes(4), len(data) - 15)
    path = tmp_path / "large.ckpt"
    with path.open("wb") as file:
        file.write(data[:at] + payload.to_bytes(4, "little"))
        file.seek(payload, os.SEEK_CUR)
        file.write(data[at + 4 :])
    child = f"""
import resource, sys, rckp
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
try:
    rckp.CheckpointStore({str(tmp_path)!r}).read({str(path)!r})
except rckp.StoreError as error:
    print(error.code, error.details["size"])
"""
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["too-large", str(path.stat().st_size)]


@pytest.mark.parametrize(("size", "once"), [(0, True), (2 * AT_ONCE, False)])
def test_inspect_reads_a_small_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, once: bool
) -> None:
    """Two calls: the contents, and the end of the file. A larger file is read in pieces."""
    path = tmp_path / "run.ckpt"
    path.write_bytes(rckp.encode(record(payload="x" * size)))
    calls = 0
    read_at = OpenFile.read_at

    def counting(file: OpenFile, size: int, offset: int) -> bytes:
        nonlocal calls
        calls += 1
        return read_at(file, size, offset)

    monkeypatch.setattr(OpenFile, "read_at", counting)
    with Source(str(path)) as source:
        inspection = inspect(source.window())
        assert source.record() == record(payload="x" * size)
        assert validate(cast("BinaryIO", source)).valid
    assert inspection.error is None
    assert (calls <= 2) is once
