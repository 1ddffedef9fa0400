"""A window and a scan return the same results for reads of any size."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import corpus
from rckp.format.scan import CHUNK, ByteReader, Event, ScanError, scan

FULL = rckp.decode(corpus()["reader/full"].data)
START_OF_RUN_ID = 16

Reading = Callable[[int], bytes]


def sparing(data: bytes, sizes: list[int]) -> tuple[Reading, list[int]]:
    """A reading that gives so many bytes at a time, then all it is asked for; and what it gave."""
    given_so_far: list[int] = []
    limits = iter(sizes)

    def read(size: int) -> bytes:
        assert size == CHUNK
        at = sum(given_so_far)
        piece = data[at : at + min(size, next(limits, size))]
        given_so_far.append(len(piece))
        return piece

    return read, given_so_far


OPERATIONS = st.tuples(
    st.sampled_from(["peek", "is_all", "piece", "take", "at_end", "left", "lacks"]),
    st.integers(0, 12),
)


@given(
    st.binary(max_size=30),
    st.lists(st.integers(1, 6), max_size=30),
    st.booleans(),
    st.lists(OPERATIONS, max_size=20),
)
def test_a_window_is_a_place_in_the_bytes(
    data: bytes, sizes: list[int], known: bool, operations: list[tuple[str, int]]
) -> None:
    read, pieces = sparing(data, sizes)
    window = ByteReader(read, len(data) if known else None)
    at = 0
    for name, n in operations:
        rest = data[at:]
        if name == "peek":
            shown = window.peek()
            assert rest.startswith(shown)
            assert bool(shown) is bool(rest)
        elif name == "is_all":
            shown = window.peek()
            before = len(pieces)
            assert window.is_complete(shown) is (bytes(shown) == rest)
            assert len(pieces) == before or not known
        elif name == "piece":
            piece = window.read_some(n)
            assert rest[:n].startswith(piece)
            assert bool(piece) is bool(rest[:n])
            at += len(piece)
        elif name == "take":
            assert window.read_up_to(n) == rest[:n]
            at += len(rest[:n])
        elif name == "at_end":
            assert window.at_eof() is (not rest)
        elif name == "left":
            assert window.remaining == (len(rest) if known else None)
        else:
            assert window.known_shorter_than(n) is (known and n > len(rest))
        assert window.position == at
    assert window.read_up_to(len(data) + 1) == data[at:]
    assert window.at_eof()


@given(st.binary(max_size=20), st.integers(0, 25))
def test_a_window_over_bytes_knows_its_size(data: bytes, n: int) -> None:
    for buffer in (data, bytearray(data), memoryview(data)):
        window = ByteReader.from_bytes(buffer)
        assert window.remaining == len(data)
        assert window.known_shorter_than(n) is (n > len(data))
        assert window.peek() == data
        assert window.is_complete(window.peek())
        assert window.read_up_to(n) == data[:n]
        assert window.remaining == len(data[n:])
        assert window.read_up_to(99) == data[n:]
        assert window.at_eof()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_what_fills_a_piece_is_never_said_to_be_all(known: bool, more: int) -> None:
    data = bytes(CHUNK + more)
    window = ByteReader(sparing(data, [])[0], len(data) if known else None)
    shown = window.peek()
    assert window.is_complete(shown) is (more < 0)
    assert len(window.read_some(2 * CHUNK)) == min(CHUNK, len(data))


def test_a_file_that_has_grown_has_no_negative_rest() -> None:
    window = ByteReader(sparing(b"123456", [])[0], 2)
    assert window.read_up_to(5) == b"12345"
    assert window.remaining == 0
    assert window.known_shorter_than(0)


def events(window: ByteReader) -> tuple[list[Event | ScanError], dict[str, str]]:
    texts: dict[str, str] = {}

    def text(field: str, piece: str) -> None:
        assert piece, "an empty piece says nothing"
        texts[field] = texts.get(field, "") + piece

    return list(scan(window, text=text)), texts


@given(
    st.lists(
        st.sampled_from(
            [
                b"a",
                "é".encode(),
                "€".encode(),
                "😀".encode(),
                b"\xff",
                b"\xe2\x82",
                b"\xf0\x9f",
                b"\x80",
            ]
        ),
        max_size=12,
    ),
    st.integers(0, 5),
    st.lists(st.integers(1, 5), max_size=60),
)
def test_content_in_pieces(parts: list[bytes], cut: int, sizes: list[int]) -> None:
    """The text up to the first malformed byte, its place, and a cut before all that."""
    content = b"".join(parts)
    good = rckp.encode(FULL._replace(run_id="x" * len(content)))
    stop = START_OF_RUN_ID + len(content)
    data = good[:START_OF_RUN_ID] + content + good[stop:]
    missing = min(cut, len(content))
    if missing:
        data = data[: stop - missing]
    there = content[: len(content) - missing]
    expected: ScanError | None = None
    text, length = there, 0
    try:
        content.decode()
    except UnicodeDecodeError as error:
        text, length = content[: error.start], error.end - error.start
        expected = ScanError("invalid-utf8", "run_id", START_OF_RUN_ID + error.start, length=length)
    if missing:
        expected = ScanError(
            "truncated", "run_id", START_OF_RUN_ID, len(content), len(there), len(there)
        )
        text = min(text, there, key=len)
        text = text.decode("utf-8", "ignore").encode()  # a character that is cut is not told
    for window in (ByteReader(sparing(data, sizes)[0]), ByteReader.from_bytes(data)):
        found, texts = events(window)
        last = found[-1]
        assert isinstance(last, ScanError) is (expected is not None)
        if isinstance(last, ScanError):
            assert last == expected
        assert texts.get("run_id", "") == text.decode()
    without_text = list(scan(ByteReader.from_bytes(data)))
    assert without_text[-1] == found[-1]


def test_places_and_values_follow_one_another() -> None:
    data = rckp.encode(FULL)
    whole, texts = events(ByteReader.from_bytes(data))
    read, _ = sparing(data, [1] * len(data))
    assert events(ByteReader(read)) == (whole, texts)
    assert all(isinstance(event, Event) for event in whole)
    stops = [event.stop for event in whole if isinstance(event, Event)]
    starts = [event.start for event in whole if isinstance(event, Event)]
    assert starts == [0, *stops[:-1]]
    assert stops == list(accumulate(b - a for a, b in zip(starts, stops, strict=True)))
    assert stops[-1] == len(data)
    strings = {name: value for name, value in FULL._asdict().items() if type(value) is str}
    assert texts == {name: value for name, value in strings.items() if value}
    declared = {e.field: e.value for e in whole if isinstance(e, Event) and e.role == "length"}
    assert declared == {name: len(value.encode()) for name, value in strings.items()}


@pytest.mark.parametrize("more", [1, 2, 7])
def test_trailing_bytes_are_counted_where_they_can_be(more: int) -> None:
    data = rckp.encode(FULL)
    longer = data + bytes(more)
    [error] = [e for e in scan(ByteReader.from_bytes(longer)) if isinstance(e, ScanError)]
    assert error == ScanError("trailing-bytes", error.field, len(data), length=more)
    [error] = [e for e in scan(ByteReader(sparing(longer, [])[0])) if isinstance(e, ScanError)]
    assert error == ScanError("trailing-bytes", error.field, len(data), length=1)


def test_a_length_that_cannot_be_true_is_found_without_reading() -> None:
    data = corpus()["reader/full"].data[:12] + b"\xff\xff\xff\xff" + b"x" * (3 * CHUNK)
    available = 3 * CHUNK
    for text, readings in ((None, 1), (lambda *_: None, 4)):
        read, pieces = sparing(data, [])
        [*_, error] = scan(ByteReader(read, len(data)), text=text)
        assert error == ScanError("truncated", "run_id", 16, 0xFFFFFFFF, available, available)
        assert len([piece for piece in pieces if piece]) == readings


def test_malformed_content_is_not_kept() -> None:
    """Whether more than the first piece is malformed makes no difference, nor does its size."""
    size = 40 * CHUNK
    good = rckp.encode(FULL._replace(step_state_payload="x" * size))
    at = good.index(b"x" * size)
    data = good[: at + 5] + b"\xff" + good[at + 6 : -CHUNK] + b"\xfe" + good[1 - CHUNK :]
    tracemalloc.start()
    found = list(scan(ByteReader.from_bytes(data)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[-1] == ScanError("invalid-utf8", "step_state_payload", at + 5, length=1)
    assert peak < 8 * CHUNK


@given(st.lists(st.integers(1, 40), max_size=20), st.booleans(), st.booleans())
def test_a_sparing_stream_is_validated(sizes: list[int], good: bool, odd: bool) -> None:
    data = rckp.encode(FULL) if good else rckp.encode(FULL)[:-3]
    if odd:
        data = rckp.encode(FULL) + b"x"

    class Stream:
        read = staticmethod(sparing(data, sizes)[0])

    report = rckp.validate(Stream(), now_ms=FULL.created_at_ms)  # type: ignore[arg-type]
    alone = rckp.validate(data, now_ms=FULL.created_at_ms)
    assert report.valid is alone.valid is (good and not odd)
    assert [finding[:4] for finding in report.findings] == [
        finding[:4] for finding in alone.findings
    ]


# Where a payload of four reads has bytes that are not ASCII, and which.
LARGE = st.lists(
    st.tuples(
        st.integers(0, 4 * CHUNK - 1),
        st.sampled_from(["é".encode(), "中".encode(), "😀".encode(), b"\xff", b"\xc3", b"\x80"]),
    ),
    max_size=3,
)


@given(places=LARGE, cut=st.sampled_from([0, 1, CHUNK, 3 * CHUNK]), known=st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_skipped_is_what_was_ascii(
    places: list[tuple[int, bytes]], cut: int, known: bool
) -> None:
    """A scan that skips ASCII yields the events of one that decodes all of it."""
    payload = bytearray(b"1," * (2 * CHUNK))
    for at, piece in places:
        payload[at : at + len(piece)] = piece
    empty = rckp.encode(FULL._replace(step_state_payload=""))
    marked = rckp.encode(FULL._replace(step_state_payload="!" * len(payload)))
    start = marked.index(b"!!!!")
    data = marked[:start] + payload + empty[start:]
    data = data[: len(data) - cut]
    size = len(data) if known else None
    texts: list[str] = []

    def scanned(skips: bool | None) -> list[Event | ScanError]:
        read, _ = sparing(data, [])
        reader = ByteReader(read, size)
        if skips is None:
            return list(scan(reader))
        return list(scan(reader, text=lambda _, text: texts.append(text), skips=lambda _: skips))

    decoded = scanned(False)
    assert "".join(texts).count("1,") > CHUNK or isinstance(decoded[-1], ScanError)
    assert scanned(True) == decoded
    assert scanned(None) == decoded
