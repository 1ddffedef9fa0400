"""Decoding and encoding, by size and text, against the peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import rckp
from bench.peers import PEERS, Prepared
from bench.records import ASCII, MIXED, record_of
from bench.rows import Row, Target
from bench.spread import Effort, Spread, in_turn, ratios

GROUP = "decode and encode"


class Work(NamedTuple):
    """`against`: the peers by name, with the highest ratio that is wanted, if one is."""

    operation: str  # a function of rckp
    size: int  # of the encoded record, in bytes
    text: str
    against: dict[str, float | None]


MSGPACK, JSON, GRAMMAR, TEXT = PEERS
_SMALL: dict[str, float | None] = {MSGPACK: 1.3, JSON: None, GRAMMAR: None}

WORK = (
    Work("decode", 300, ASCII, _SMALL),
    Work("encode", 300, ASCII, _SMALL),
    Work("decode", 10_000, ASCII, _SMALL),
    Work("encode", 10_000, ASCII, _SMALL),
    Work("decode", 10_000, MIXED, {MSGPACK: None, JSON: None}),
    Work("encode", 10_000, MIXED, {MSGPACK: None, JSON: None}),
    Work("decode", 10_000_000, ASCII, {TEXT: 1.15, MSGPACK: None}),
    Work("encode", 10_000_000, ASCII, {TEXT: None, MSGPACK: None}),
    Work("encode_parts", 10_000_000, ASCII, {TEXT: None}),
    Work("decode", 10_000_000, MIXED, {TEXT: None, MSGPACK: None}),
    Work("encode_parts", 10_000_000, MIXED, {TEXT: None}),
)

_MICRO = 1e6  # microseconds in a second


def rows(effort: Effort, left_out: list[str]) -> Iterator[Row]:
    """A row for each peer of each work item."""
    for work in WORK:
        record = record_of(work.size, work.text)
        others: dict[str, Callable[[], object]] = {}
        for name in work.against:
            try:
                prepared = PEERS[name].prepare(record)
            except ImportError as error:
                left_out.append(f"{name} ({error})")
                continue
            others[name] = _operation(prepared, work.operation)
        ours, *theirs = in_turn([_subject(work.operation, record), *others.values()], effort)
        for name, times in zip(others, theirs, strict=True):
            wanted = work.against[name]
            yield Row(
                GROUP,
                f"{work.operation}, {size_of(work.size)}, {work.text}",
                f"rckp.{work.operation}",
                name,
                "µs",
                Spread.of([_MICRO * t for t in ours]),
                Spread.of([_MICRO * t for t in times]),
                ratios(ours, times),
                "×",
                None if wanted is None else Target(wanted),
            )


def _subject(operation: str, record: rckp.CheckpointRecord) -> Callable[[], object]:
    data = rckp.encode(record)
    if rckp.decode(data) != record:
        raise AssertionError("rckp does not give back the record")
    decode, encode, encode_parts = rckp.decode, rckp.encode, rckp.encode_parts
    calls: dict[str, Callable[[], object]] = {
        "decode": lambda: decode(data),
        "encode": lambda: encode(record),
        "encode_parts": lambda: encode_parts(record),
    }
    return calls[operation]


def _operation(prepared: Prepared, operation: str) -> Callable[[], object]:
    call = prepared.decode if operation == "decode" else prepared.encode
    if call is None:
        raise ValueError(f"a peer cannot {operation}")
    return call


def size_of(size: int) -> str:
    """`300 B`, `10 kB`, `1 GiB`."""
    if size >= 1 << 30:
        return f"{size / (1 << 30):g} GiB"
    for unit, factor in (("MB", 1_000_000), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:g} {unit}"
    return f"{size} B"
