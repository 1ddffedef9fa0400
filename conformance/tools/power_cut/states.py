"""The states that a power cut may leave on a disk, by the log of its writes and flushes.

A disk keeps what was written before a flush. Of the writes since then it may have kept any: its
cache writes them in any order. All subsets would be too many, so a fixed selection is taken:

* every prefix: the first n writes;
* between two flushes, for each write: all but this one; only this one; and all before it with the
  first 512 bytes of it, and with the first half of it, because a disk writes sectors;
* between two flushes: only the second half of the writes, every other one, and the remaining ones.

Where there are more than `limit` writes between two flushes, single writes are left out, kept and
torn for a sample of that many. The sample depends on nothing but the number of the writes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from conformance.tools.power_cut.recorder import Record, Write

BLOCK = 4096
SECTOR = 512

Blocks = dict[int, bytes]  # by number


class Entry(NamedTuple):
    """A record, and how many responses had arrived before it."""

    record: Record
    responses: int


class State(NamedTuple):
    """The blocks that differ from the disk before the first write.

    `responses` is how many responses have arrived at the last moment at which a power cut can still
    leave this state: when the next flush has not ended. `torn`: a single write is there in part.
    """

    what: str
    responses: int
    blocks: Blocks
    torn: bool = False

    def digest(self) -> bytes:
        """The same for two states exactly if they are the same."""
        found = blake2b(digest_size=16)
        for number, data in sorted(self.blocks.items()):
            found.update(number.to_bytes(8, "little"))
            found.update(data)
        return found.digest()


class Window(NamedTuple):
    """The writes between two flushes. `first` is the number of those before it."""

    first: int
    writes: list[Write]
    responses: int


def windows(entries: Sequence[Entry], responses: int) -> Iterator[Window]:
    """The windows of a log in whose end `responses` responses have arrived."""
    first, writes = 0, list[Write]()
    for entry in entries:
        if entry.record is not None:
            writes.append(entry.record)
            continue
        yield Window(first, writes, entry.responses)
        first, writes = first + len(writes), []
    yield Window(first, writes, responses)


def states(
    base: Mapping[int, bytes], entries: Sequence[Entry], responses: int, limit: int
) -> Iterator[State]:
    """All states of the selection, some of them equal."""
    flushed = Blocks()
    for window in windows(entries, responses):
        now = dict(flushed)
        yield State(f"the first {window.first} writes", window.responses, now)
        for number, write in enumerate(window.writes, window.first + 1):
            now = dict(now)
            apply(base, now, write)
            yield State(f"the first {number} writes", window.responses, now)
        for what, writes in selection(window.writes, limit):
            blocks = dict(flushed)
            for write in writes:
                apply(base, blocks, write)
            whole = f"the first {window.first} writes and, of the next {len(window.writes)}, {what}"
            yield State(whole, window.responses, blocks, "torn" in what)
        flushed = now


def selection(writes: list[Write], limit: int) -> Iterator[tuple[str, list[Write]]]:
    """Subsets of the writes between two flushes which are not prefixes."""
    count = len(writes)
    chosen: Sequence[int] = range(count)
    if count > limit:
        chosen = sorted(random.Random(count).sample(chosen, limit))
    for index in chosen:
        write, number = writes[index], index + 1
        if index + 1 < count:
            yield f"all but number {number}", writes[:index] + writes[index + 1 :]
        if index > 0:
            yield f"only number {number}", [write]
        for length in sorted({SECTOR, len(write.data) // 2 // SECTOR * SECTOR}):
            if 0 < length < len(write.data):
                torn = Write(write.offset, write.data[:length])
                what = f"those to number {number}, torn after {length} bytes"
                yield what, [*writes[:index], torn]
    if count > 3:
        yield "the second half", writes[count // 2 :]
        yield "those with odd numbers", writes[::2]
        yield "those with even numbers", writes[1::2]


def apply(base: Mapping[int, bytes], blocks: Blocks, write: Write) -> None:
    """Put a write into the blocks, which say how a disk differs from `base`."""
    offset, data = write
    while data:
        number, start = divmod(offset, BLOCK)
        piece = data[: BLOCK - start]
        before = base.get(number, bytes(BLOCK))
        now = blocks.get(number, before)
        now = now[:start] + piece + now[start + len(piece) :]
        if now == before:
            blocks.pop(number, None)
        else:
            blocks[number] = now
        offset, data = offset + len(piece), data[len(piece) :]
