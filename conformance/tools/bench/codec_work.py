"""Decoding and encoding, by size and text, against the peers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tools.bench.peers import GRAMMAR, MSGPACK, MSGSPEC, PEERS, TEXT
from conformance.tools.bench.prepared import Prepared
from conformance.tools.bench.records import ASCII, MIXED, record_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Fresh, Spread, Subject, in_turn, ratios

GROUP = "decode and encode"


class Work(NamedTuple):
    """A work item. `targets` has the highest ratio by peer; `only` restricts the peers."""

    operation: str  # a function of rckp
    size: int  # of the encoded record, in bytes
    text: str
    targets: dict[str, float]
    only: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.operation}, {size_of(self.size)}, {self.text}"


_SMALL = {MSGPACK: 1.2}
_SMALLEST = {**_SMALL, MSGSPEC: 3.0}
_LARGE = 10_000_000

WORK = (
    Work("decode", 300, ASCII, _SMALLEST),
    Work("encode", 300, ASCII, _SMALLEST),
    Work("decode", 300, MIXED, _SMALL),
    Work("encode", 300, MIXED, _SMALL),
    Work("decode", 10_000, ASCII, _SMALL),
    Work("encode", 10_000, ASCII, _SMALL),
    Work("decode", 10_000, MIXED, _SMALL),
    Work("encode", 10_000, MIXED, _SMALL),
    Work("decode", _LARGE, ASCII, {TEXT: 1.1}),
    Work("encode", _LARGE, ASCII, {}),
    Work("encode_parts", _LARGE, ASCII, {TEXT: 1.2}, (TEXT,)),
    Work("decode", _LARGE, MIXED, {}),
    Work("encode", _LARGE, MIXED, {}),
    Work("encode_parts", _LARGE, MIXED, {}, (TEXT,)),
)

_MICRO = 1e6  # microseconds in a second


def rows(effort: Effort, build: Path | None, not_measured: list[str]) -> Iterator[Row]:
    """Yield a row for each peer of each work item."""
    missing: dict[str, str] = {}
    for work in WORK:
        record = record_of(work.size, work.text)
        others = dict(_subjects(work, record, build, missing))
        ours, *theirs = in_turn([_ours(work, record), *others.values()], effort)
        for name, times in zip(others, theirs, strict=True):
            wanted = work.targets.get(name)
            yield Row(
                GROUP,
                work.name,
                f"rckp.{work.operation}",
                name,
                "µs",
                Spread.of([_MICRO * t for t in ours]),
                Spread.of([_MICRO * t for t in times]),
                ratios(ours, times),
                "×",
                None if wanted is None else Target(wanted),
            )
    not_measured += [f"{name}: {reason}" for name, reason in missing.items()]


def _subjects(
    work: Work, record: rckp.CheckpointRecord, build: Path | None, missing: dict[str, str]
) -> Iterator[tuple[str, Subject]]:
    """Return the subjects by name. A line is added to `missing` for each that is not installed."""
    for name, peer in PEERS.items():
        if name in missing or (work.only and name not in work.only):
            continue
        if (name == TEXT) is not (work.size >= _LARGE) and name in {TEXT, GRAMMAR}:
            continue  # a payload is not much of a small file, and the grammar's pace is known
        try:
            prepared = peer.prepare(record, build)
        except ImportError as error:
            missing[name] = str(error)
            continue
        if subject := _subject(work, record, prepared):
            yield name, subject


def _ours(work: Work, record: rckp.CheckpointRecord) -> Subject:
    data = rckp.encode(record)
    if rckp.decode(data) != record:
        raise AssertionError("rckp does not give back the record")
    encode = rckp.encode_parts if work.operation == "encode_parts" else rckp.encode
    found = _subject(work, record, Prepared(data, rckp.decode, encode, lambda record: record))
    if found is None:
        raise AssertionError(work)
    return found


def _subject(work: Work, record: rckp.CheckpointRecord, prepared: Prepared) -> Subject | None:
    """Extensions keep the UTF-8 of a text that is not ASCII in the text, once they have made
    it; so such a text is another one each time."""
    if work.operation == "decode":
        decode, data = prepared.decode, prepared.data
        return lambda: decode(data)
    if prepared.encode is None:
        return None
    if work.text == MIXED:
        return Fresh(partial(_again, record, prepared), prepared.encode)
    encode, given = prepared.encode, prepared.given(record)
    return lambda: encode(given)


def _again(record: rckp.CheckpointRecord, prepared: Prepared) -> Any:
    text = record.step_state_payload
    return prepared.given(record._replace(step_state_payload=text[:1] + text[1:]))


def size_of(size: int) -> str:
    """`300 B`, `10 kB`, `1 GiB`."""
    if size >= 1 << 30:
        return f"{size / (1 << 30):g} GiB"
    for unit, factor in (("MB", 1_000_000), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:g} {unit}"
    return f"{size} B"
