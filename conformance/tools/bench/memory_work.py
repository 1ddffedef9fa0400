"""The memory of a call beyond its arguments and its result, as tracemalloc counts it."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import rckp
from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.records import ASCII, MIXED, record_of
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Spread

GROUP = "memory of a call, beyond its input and result"
SIZE = 10_000_000  # bytes
_MEBI = 1 << 20
_ROUNDS = 3  # it hardly varies


class Work(NamedTuple):
    """`at_most` is a multiple of the payload's size in bytes."""

    operation: str
    text: str
    at_most: float | None


WORK = (
    Work("decode", ASCII, 0.1),
    Work("encode", ASCII, 1.1),
    Work("encode_parts", ASCII, 0.1),
    Work("decode", MIXED, None),
    Work("encode", MIXED, None),
    Work("encode_parts", MIXED, None),
)


def rows(_: Effort) -> Iterator[Row]:
    """Yield a row for each work item."""
    for work in WORK:
        record = record_of(SIZE, work.text)
        data = rckp.encode(record)
        payload = len(record.step_state_payload.encode())
        calls: dict[str, Callable[[], Iterable[object]]] = {
            "decode": partial(rckp.decode, data),
            "encode": partial(_encode, record),
            "encode_parts": partial(rckp.encode_parts, record),
        }
        beyond = [_beyond(calls[work.operation]) for _ in range(_ROUNDS)]
        yield Row(
            GROUP,
            f"{work.operation}, {size_of(SIZE)}, {work.text}",
            f"rckp.{work.operation}",
            "the payload",
            "MiB",
            Spread.of([b / _MEBI for b in beyond]),
            Spread.of([payload / _MEBI]),
            Spread.of([b / payload for b in beyond]),
            "×",
            None if work.at_most is None else Target(work.at_most, of_all=True),
        )


def _encode(record: rckp.CheckpointRecord) -> list[bytes]:
    return [rckp.encode(record)]


def _beyond(call: Callable[[], Iterable[object]]) -> int:
    """Return the peak of allocated bytes, less those of the result."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return max(0, peak - before - sum(map(sys.getsizeof, result)))
