"""The streams that `tarfile` and `zipfile` read, which bound what they take into memory."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rckp.display import format_size
from rckp.files.compressed import ExpansionLimit
from rckp.files.regular_file import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

MAX_HEADERS = 1 << 20
"""Bytes of the headers of one member of a tar: long names, extended headers and sparse maps."""

MAX_MEMBER_LIST = 64 << 20
"""Bytes of the list of members of a zip, its central directory."""

_PIECE = 1 << 16
_MAX_DIGITS = 255  # as many as a component of a path can have
_DIGITS = re.compile(rb"\d+")
_LENGTH = re.compile(rb"(\d{1,20}) ")


class TarStream:
    """A tar, read forwards.

    `limit` counts the bytes of a tar that is compressed; it is None for a file that can be read
    at any place. Raises `SourceError` at a limit, `tarfile.TarError` for what no tar has, and what
    the file raises.
    """

    def __init__(self, file: BinaryIO, path: str, limit: ExpansionLimit | None) -> None:
        self._file = file
        self._path = path
        self._limit = limit
        self._at = 0
        self._left: int | None = None  # bytes of the headers that are being read
        self.has_records: bool = False
        """Whether the next bytes are the records of an extended header, which `read` checks."""

    @contextmanager
    def headers(self) -> Iterator[None]:
        """Within this block, the headers of one member are read, and no more than `MAX_HEADERS`."""
        self._left = MAX_HEADERS
        try:
            yield
        finally:
            self._left = None

    def seekable(self) -> bool:
        """Return False: an offset before the present one cannot be sought."""
        return False

    def tell(self) -> int:
        """The number of bytes before the next one."""
        return self._at

    def seek(self, offset: int) -> None:
        """Go forwards to an offset, or to the end if that comes before."""
        if offset < self._at:  # a size is negative, or a map leads out of its member
            raise tarfile.StreamError("a member overlaps the one before it")
        if self._limit is None:
            self._at = self._file.seek(offset)
            return
        while self._at < offset and self._take(min(_PIECE, offset - self._at)):
            pass

    def read(self, size: int) -> bytes:
        """The next `size` bytes, and fewer only at the end."""
        if self._left is None:
            return self._take(size)
        if size < 0:
            raise tarfile.ReadError("the size of a header is negative")
        if size > self._left:
            reason = f"the headers of a member have more than {format_size(MAX_HEADERS)}"
            raise SourceError("unreadable", self._path, {"reason": reason})
        self._left -= size
        data = self._take(size)
        if self.has_records:
            self.has_records = False
            _check_records(data)
        return data

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        self._at += len(data)
        return data if self._limit is None else self._limit.count(data)


class ZipStream:
    """A zip that can be read at any place; `zipfile` reads the list of its members at once.

    Raises `SourceError` instead of reading more than `MAX_MEMBER_LIST` at once, and what the file
    raises.
    """

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file = file
        self._path = path
        self.seek = file.seek
        self.tell = file.tell

    def seekable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, and fewer only at the end; all of them if it is negative."""
        if size > MAX_MEMBER_LIST:
            reason = f"the list of its members has more than {format_size(MAX_MEMBER_LIST)}"
            raise SourceError("unreadable", self._path, {"reason": reason})
        return self._file.read(size)


def _check_records(data: bytes) -> None:
    """Raise `tarfile.ReadError` unless the records of an extended header are in order.

    `tarfile` before Python 3.11.10 takes far more memory and time for what is not in order.
    """
    at = 0
    while at < len(data) and data[at] != 0:  # zeros fill the block
        match = _LENGTH.match(data, at)
        end = at + int(match[1]) if match else 0
        if not match or data[end - 1 : end] != b"\n" or b"=" not in data[match.end() : end]:
            raise tarfile.ReadError("the records of an extended header are not in order")
        at = end
    if max(map(len, _DIGITS.findall(data)), default=0) > _MAX_DIGITS:
        raise tarfile.ReadError(f"a header has a number of more than {_MAX_DIGITS} digits")


def check_sparse(regions: Iterable[tuple[int, int]], stored: int) -> None:
    """Raise `tarfile.ReadError` unless the regions of a sparse member are in order.

    A region is an offset in the member and a number of bytes; `stored` is the number of bytes that
    the tar has for the member.
    """
    end = 0
    for offset, size in regions:
        if (offset, size) == (0, 0):  # old headers have some after the last region
            continue
        if size < 0 or offset < end:
            raise tarfile.ReadError("the map of a sparse member is not in order")
        end = offset + size
        stored -= size
    if stored < 0:
        raise tarfile.ReadError("the map of a sparse member has more than the member")
