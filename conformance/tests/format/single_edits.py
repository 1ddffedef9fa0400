"""Small changes of a file, for readers that are too slow for the tables of single edits."""

from __future__ import annotations

from collections.abc import Iterator


def every_cut_and_byte(data: bytes) -> Iterator[bytes]:
    """Every truncation of the file, and every byte of it replaced by a few others."""
    for at in range(len(data)):
        yield data[:at]
        for byte in {0, 1, 4, 0x80, 0xFF, data[at] ^ 1} - {data[at]}:
            yield data[:at] + bytes([byte]) + data[at + 1 :]
