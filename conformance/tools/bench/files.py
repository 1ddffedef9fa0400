"""Files of any size, written in pieces, and the hostile files of the suite."""

from __future__ import annotations

from pathlib import Path

import rckp
from conformance.tools.bench.records import payload, record_of
from rckp.format.layout import LENGTH
from rckp.format.scan import ByteReader, Event, scan

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
_PIECE = 1 << 20  # bytes
_SMALLEST = 300  # bytes


def hostile_files() -> dict[str, Path]:
    """Return the files with false lengths, by name."""
    base = FIXTURES / "cases/reader/hostile"
    found = {path.relative_to(base).as_posix(): path for path in base.rglob("*.ckpt")}
    if len(found) < 8:  # one for each string, and the one of twenty bytes
        raise FileNotFoundError(f"hostile files are missing below {base}")
    return found


def write_file(path: Path, size: int, text: str) -> Path:
    """Write a valid file of `size` bytes whose payload has this kind of text."""
    if size <= _SMALLEST * 100:
        path.write_bytes(rckp.encode(record_of(size, text)))
        return path
    data = rckp.encode(record_of(_SMALLEST))
    length = next(
        event
        for event in scan(ByteReader.from_bytes(data))
        if isinstance(event, Event) and (event.field, event.role) == ("step_state_payload", LENGTH)
    )
    begin, end = data[: length.start], data[length.stop + int(length.value or 0) :]
    declared = size - len(begin) - (length.stop - length.start) - len(end)
    piece = payload(_PIECE, text).encode()
    with path.open("wb") as file:
        file.write(begin + declared.to_bytes(length.stop - length.start, "little"))
        for _ in range(declared // _PIECE):
            file.write(piece)
        file.write(payload(declared % _PIECE, text).encode())
        file.write(end)
    return path
