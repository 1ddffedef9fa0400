"""Reading compressed files: forwards, in bounded memory, and not without an end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module

from rckp.display import format_size
from rckp.files.regular_file import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from typing_extensions import Buffer

MIN_EXPANSION = 1 << 30
"""Bytes that each file may expand to."""

MAX_RATIO = 100
"""A larger file may expand to as many times its size."""

_XZ_MEMORY = 128 << 20  # bytes; `xz -9` takes 65 MiB
_PIECE = 1 << 16

ReadNext = Callable[[int], bytes]
"""`read(size)` returns 1 to `size` of the next bytes, and none only at the end."""


class ExpansionLimit:
    """Counts the bytes that come out of a file of `size` bytes."""

    def __init__(self, path: str, size: int) -> None:
        self._path = path
        self._limit = max(MIN_EXPANSION, MAX_RATIO * size)
        self._left = self._limit

    def count(self, data: bytes) -> bytes:
        """Return `data`. Raise `SourceError` if that was too much."""
        self._left -= len(data)
        if self._left < 0:
            reason = f"it expands to more than {format_size(self._limit)}"
            raise SourceError("unreadable", self._path, {"reason": reason})
        return data


class _Stream(io.RawIOBase):
    """A file of one or more compressed streams, which `begin` returns a decompressor for.

    `lzma.LZMAFile` would take as much memory as the file asks for.
    """

    def __init__(
        self, file: BinaryIO, begin: Callable[[], lzma.LZMADecompressor], padding: bytes
    ) -> None:
        self._file = file
        self._begin = begin
        self._padding = padding
        self._decompressor = begin()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        while True:
            data = b""
            if self._decompressor.eof:  # another stream may follow, or padding
                data = self._decompressor.unused_data.lstrip(self._padding)
                while not data and (piece := self._file.read(_PIECE)):
                    data = piece.lstrip(self._padding)
                if not data:
                    return 0
                self._decompressor = self._begin()
            elif self._decompressor.needs_input:
                data = self._file.read(_PIECE)
                if not data:
                    raise EOFError
            data = self._decompressor.decompress(data, len(view))
            if data:
                view[: len(data)] = data
                return len(data)


def zstd_module(path: str) -> Any:
    """The module for zstd: of Python from 3.14 on, else a package with the same names."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return import_module(name)
    reason = "reading .zst takes another package: pip install 'rckp[zstd]'"
    raise SourceError("unreadable", path, {"reason": reason})


def _release(error: MemoryError) -> None:
    """Free what the calls that have failed hold, so that the error can be reported.

    `traceback.clear_frames` takes memory for the exception of a frame that still runs.
    """
    traceback = error.__traceback__
    while traceback is not None:
        try:  # noqa: SIM105 - to suppress takes memory as well
            traceback.tb_frame.clear()
        except (RuntimeError, MemoryError):
            pass
        traceback = traceback.tb_next


@contextmanager
def readable_errors(path: str) -> Iterator[None]:
    """Turn what the decompressors raise into `SourceError` unreadable."""
    try:
        yield
    except EOFError:
        raise SourceError("unreadable", path, {"reason": "it is truncated"}) from None
    except MemoryError as error:
        _release(error)
        raise SourceError("unreadable", path, {"reason": "there is not enough memory"}) from None
    except Exception as error:
        known = isinstance(error, (OSError, zlib.error, lzma.LZMAError))
        if not known and type(error).__name__ != "ZstdError":  # of whichever module
            raise
        text = getattr(error, "strerror", None) or str(error)
        raise SourceError("unreadable", path, {"reason": f"{text[:1].lower()}{text[1:]}"}) from None


def decompressed(file: BinaryIO, compression: str, path: str) -> BinaryIO:
    """Return a stream of the decompressed bytes of a stream.

    It raises various errors: read it within `readable_errors`.
    """
    if compression == "gz":
        if not file.read(1):  # `gzip` takes an empty file for a compressed one
            raise EOFError
        file.seek(0)
        return io.BufferedReader(gzip.GzipFile(fileobj=file))
    if compression == "bz2":
        return io.BufferedReader(bz2.BZ2File(file))
    if compression == "xz":
        begin = partial(lzma.LZMADecompressor, memlimit=_XZ_MEMORY)
        return io.BufferedReader(_Stream(file, begin, b"\0"), _PIECE)
    return io.BufferedReader(_Stream(file, zstd_module(path).ZstdDecompressor, b""), _PIECE)
