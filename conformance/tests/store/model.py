"""The rules of the store, once more: chapters store, selection and writing over a plain dict.

Nothing here looks at a disk or at the implementation but for `encode` and `decode`.
"""

from __future__ import annotations

import rckp
from conformance.tests.store.examples import fnv_1a

Place = tuple[str, ...]  # components below the base
LINK = "link"  # a symbolic link; where it leads does not matter
Entry = bytes | str

_ALLOWED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class FileError(Exception):
    """What the store should say, by its code."""


class Model:
    """The files below a base directory, by path, with their bytes."""

    def __init__(self) -> None:
        self.entries: dict[Place, Entry] = {}
        self.quarantine: list[Entry] = []

    def place(self, record: rckp.CheckpointRecord) -> Place:
        return (
            f"alg-{sanitised(record.algorithm_name)}-{record.algorithm_signature_hash:016x}",
            f"prob-{sanitised(record.problem_description)}-{record.problem_signature_hash:016x}",
            f"run-{sanitised(record.run_id)}.ckpt",
        )

    def write(self, record: rckp.CheckpointRecord) -> Place:
        place = self.place(record)
        for depth in (1, 2):
            if place[:depth] in self.entries:
                raise FileError("not-a-directory")
        if any(other[:3] == place and len(other) > 3 for other in self.entries):
            raise FileError("not-a-file")
        there = self.entries.get(place)
        if isinstance(there, bytes) and there:
            other = run_id_of(there)
            if other is not None and other != record.run_id:
                raise FileError("run-id-collision")
            if other is None:
                self.quarantine.append(there)
        elif there == LINK:
            self.quarantine.append(there)
        self.entries[place] = rckp.encode(record)
        return place

    def delete(self, place: Place) -> bool:
        for depth in range(1, len(place)):
            if place[:depth] in self.entries:
                raise FileError("not-a-directory")
        if any(other[: len(place)] == place and other != place for other in self.entries):
            raise FileError("not-a-file")
        return self.entries.pop(place, None) is not None

    def files(self) -> list[Place]:
        found = [
            place
            for place, entry in self.entries.items()
            if entry != LINK and place[-1].endswith(".ckpt") and len(in_bytes(place)[-1]) > 5
        ]
        return sorted(found, key=in_bytes)

    def purge(self, before: int) -> int:
        old = []
        for place in self.files():
            record = self.record(place)
            if record is not None and record.created_at_ms < before:
                old.append(place)
        for place in old:
            del self.entries[place]
        return len(old)

    def resumable(self, identity: rckp.Identity) -> list[tuple[Place, rckp.CheckpointRecord]]:
        algorithm = fnv_1a(f"{identity.algorithm_name}|{identity.algorithm_parameters}".encode())
        problem = fnv_1a(f"{identity.problem_description}|{identity.problem_parameters}".encode())
        found = []
        for place in self.files():
            record = self.record(place)
            if record is None or record.algorithm_name != identity.algorithm_name:
                continue
            if record.algorithm_signature_hash != algorithm:
                continue
            if record.problem_signature_hash != problem or record.status == "completed":
                continue
            found.append((place, record))

        def age(item: tuple[Place, rckp.CheckpointRecord]) -> tuple[int, bytes, list[bytes]]:
            place, record = item
            return timestamp(record.run_id) or 0, record.run_id.encode(), in_bytes(place)

        return sorted(found, key=age)

    def record(self, place: Place) -> rckp.CheckpointRecord | None:
        entry = self.entries[place]
        try:
            return rckp.decode(entry) if isinstance(entry, bytes) else None
        except rckp.DecodeError:
            return None


def in_bytes(place: Place) -> list[bytes]:
    return [component.encode("utf-8", "surrogateescape") for component in place]


def sanitised(text: str) -> str:
    """PATH-1, word by word."""
    return "".join(c if c in _ALLOWED else "_" for c in text).strip("_") or "unnamed"


def timestamp(run_id: str) -> int | None:
    """RUN-6, word by word."""
    if "-" not in run_id:
        return None
    tail = run_id[run_id.rindex("-") + 1 :]
    if tail[:1] == "+":
        tail = tail[1:]
    if tail == "":
        return None
    value = 0
    for character in tail:
        if character not in "0123456789":
            return None
        value = value * 10 + (ord(character) - 0x30)
        if value >= 2**128:
            return None
    return value


def run_id_of(data: bytes) -> str | None:
    """The run id of a file that may be torn after it: magic, 8 bytes, length, content."""
    size = int.from_bytes(data[12:16], "little")
    content = data[16 : 16 + size]
    if data[:4] != b"RCKP" or len(data) < 16 or len(content) < size:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
