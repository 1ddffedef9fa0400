"""What the arguments of a system call of a stopped thread mean: paths, files, flags."""

from __future__ import annotations

import contextlib
import os
import struct

from rckp.conformance.crash import ptrace
from rckp.conformance.crash.system_calls import OPENING, Place, SystemCall

_AT_FDCWD = -100


def named_path(thread: int, place: Place, arguments: tuple[int, ...]) -> bytes:
    """Return the absolute path of a file that a call names; empty if there is none."""
    start = b""
    path = b""
    with contextlib.suppress(OSError):
        if place.path is not None and arguments[place.path]:
            path = ptrace.read_text(thread, arguments[place.path])
        if path.startswith(b"/"):
            return os.path.normpath(path)
        if place.descriptor is None or as_signed(arguments[place.descriptor]) == _AT_FDCWD:
            start = os.readlink(f"/proc/{thread}/cwd".encode())
        else:
            number = as_signed(arguments[place.descriptor])
            start = os.readlink(f"/proc/{thread}/fd/{number}".encode())
    return os.path.normpath(os.path.join(start, path)) if start.startswith(b"/") else b""


def file_status(
    thread: int, kind: SystemCall, arguments: tuple[int, ...], paths: list[bytes]
) -> os.stat_result | None:
    """Return what the file is, or the first of two; None if there is none."""
    if not kind.places:
        return None
    place = kind.places[0]
    with contextlib.suppress(OSError):
        if place.path is None and place.descriptor is not None:
            number = as_signed(arguments[place.descriptor])
            return os.stat(f"/proc/{thread}/fd/{number}")
        if kind.name == "linkat" and paths[0].startswith(b"/proc/"):
            return os.stat(paths[0])
        return os.lstat(paths[0])
    return None


def opening_flags(thread: int, name: str, arguments: tuple[int, ...]) -> int:
    """Return the flags with which a call opens a file."""
    if name == "creat":
        return os.O_CREAT | os.O_WRONLY | os.O_TRUNC
    if name == "openat2":
        with contextlib.suppress(OSError, struct.error):
            return int(struct.unpack("=Q", ptrace.read_memory(thread, arguments[2], 8))[0])
        return 0
    return arguments[1 if name == "open" else 2]


def creates_file(thread: int, name: str, arguments: tuple[int, ...]) -> bool:
    """Return whether a call creates or empties a file."""
    return name in OPENING and bool(
        opening_flags(thread, name, arguments) & (os.O_CREAT | os.O_TRUNC)
    )


def size_to_write(thread: int, name: str, arguments: tuple[int, ...]) -> int:
    """Return how many bytes a call to write or writev is to write."""
    if name == "write":
        return arguments[2]
    buffers = ptrace.read_memory(thread, arguments[1], 16 * arguments[2])
    return sum(length for _, length in struct.iter_unpack("=QQ", buffers))


def as_signed(word: int) -> int:
    """Return a word of 64 bits as a number; descriptors are 32 bits of it."""
    low = word & 0xFFFFFFFF
    if word >> 32 in (0, 0xFFFFFFFF) and low >> 31:
        return low - (1 << 32)
    return word
