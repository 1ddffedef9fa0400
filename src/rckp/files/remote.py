"""Objects in a bucket or on a web server, read by ranges.

Credentials come from the environment, as the tools of each provider define it. No message has them:
neither the text of an error of the library, which has the request, nor the part of a URL
that can be secret.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from rckp.files.compressed import ReadNext
from rckp.files.container import file_text, shown_path, sort_key, split_url, utf8_text
from rckp.files.regular_file import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from typing_extensions import Buffer

_Result = TypeVar("_Result")

REQUESTS = 32
"""Objects that are read at a time."""

FIRST = 1 << 16
"""Bytes of the first request for an object; most checkpoints are shorter."""

_PIECE = 1 << 20
_BUFFER = 1 << 16
_KEPT = 8  # pieces of an archive
_TIMEOUT = "30s"
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_KNOWN = {  # what the text of an error has, and what it means
    "NoSuchBucket": "there is no such bucket",
    "Range request not supported": "the server does not serve ranges",
    "error sending request": "the server cannot be reached, or does not respond",
    "operation timed out": "the server does not respond",
    # Of a URL that is none; the library says it before it connects.
    "empty host": "the URL names no server",
    "Unable to recognise URL": "the URL names no bucket",
    "invalid port number": "the port is not a number below 65,536",
    "invalid IPv6 address": "what is in brackets is not an IPv6 address",
    "invalid IPv4 address": "the server is not an IPv4 address",
    "invalid domain character": "the name of the server has a character that no name can have",
    "invalid international domain name": "the name of the server is not one that can exist",
    "Account must be specified": "the account is not known: set AZURE_STORAGE_ACCOUNT_NAME",
}


class RemoteObject(NamedTuple):
    """An object: its key in the store, its name for people, its size and its version.

    `first` has its first bytes if they were read with the size. `mtime` is the time of the last
    change in seconds since the epoch.
    """

    key: str
    path: str
    size: int
    etag: str | None
    first: bytes = b""
    mtime: float | None = None


class _EmptyError(SourceError):
    """A range begins at the end of an object: it is empty, or has become shorter."""


def _library(url: str) -> Any:
    try:
        import obstore
    except ImportError:
        scheme = split_url(url).scheme
        reason = f"reading {scheme}:// takes another package: pip install 'rckp[remote]'"
        raise SourceError("unreadable", shown_path(url), {"reason": reason}) from None
    return obstore


@contextmanager
def _errors(path: str) -> Iterator[None]:
    """Turn what obstore raises into `SourceError`, without its text, which has the request."""
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError:
        raise SourceError("missing", path) from None
    except exceptions.PreconditionError:
        raise SourceError("changed-while-read", path) from None
    except (exceptions.BaseError, OSError, ValueError) as error:
        status = re.search(r"status code: (\d{3} [A-Z][A-Za-z ]*)", str(error))
        if status and status[1].startswith("416"):  # no byte of an object can be read
            raise _EmptyError("changed-while-read", path) from None
        name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__.removesuffix("Error")).lower()
        reason = f"the server responded {status[1].strip()}" if status else f"{name} error"
        if isinstance(error, UnicodeError):
            reason = "the URL is not UTF-8"
        for text, known in _KNOWN.items():
            if text in str(error):
                reason = known
        raise SourceError("unreadable", path, {"reason": reason}) from None


class RemotePlace:
    """What a URL names: one object, or all whose keys begin with it and a slash.

    A URL of the web with a query, such as a signed one, names one object.
    """

    def __init__(self, url: str) -> None:
        self.path = shown_path(url)
        self._library = _library(url)
        url = utf8_text(url)
        parts = split_url(url)
        self._is_web = parts.scheme in ("http", "https")
        self._key = unquote(parts.path).strip("/")
        root = url
        if not self._is_web:
            if parts.query or parts.fragment:
                reason = "a question mark in a key is written %3F, and # is written %23"
                raise SourceError("unreadable", self.path, {"reason": reason})
            root = f"{parts.scheme}://{parts.server}"
        with _errors(self.path):
            self._store = self._library.store.from_url(
                root,
                client_options={"timeout": _TIMEOUT, "allow_http": True},
                retry_config=_RETRIES,
            )

    def object(self, first: int = FIRST) -> RemoteObject | None:
        """The object that the URL names with its `first` bytes, or None if there is none.

        Raises `SourceError`.
        """
        if not self._key or self.path.endswith("/"):
            return None
        key = "" if self._is_web else self._key  # the store of a URL of the web is the object
        try:
            with _errors(self.path):
                found = self._library.get(self._store, key, options={"range": (0, first)})
                data = bytes(found.bytes())
        except _EmptyError:
            return RemoteObject(key, self.path, 0, None)
        except SourceError as error:
            if error.code == "missing" and not self._is_web:
                return None
            raise
        meta = found.meta
        mtime = meta["last_modified"].timestamp()
        return RemoteObject(key, self.path, meta["size"], meta["e_tag"], data, mtime)

    def objects(self) -> list[RemoteObject]:
        """All objects below the URL, in the order of files (STORE-5). Raises `SourceError`."""
        if self._is_web:
            reason = "a web server does not list its files: name one file, or an archive"
            raise SourceError("unreadable", self.path, {"reason": reason})
        found = []
        start = self.path.rstrip("/")
        skip = len(f"{self._key}/") if self._key else 0
        with _errors(self.path):
            for page in self._library.list(self._store, self._key or None):
                for each in page:
                    name = f"{start}/{file_text(each['path'][skip:])}"
                    mtime = each["last_modified"].timestamp()
                    found.append(
                        RemoteObject(each["path"], name, each["size"], each["e_tag"], mtime=mtime)
                    )
        return sorted(found, key=lambda each: sort_key(each.path))

    def reader(self, source: RemoteObject) -> ReadNext:
        """A function that reads an object forwards. It raises `SourceError`.

        If the object has become another one, that is changed-while-read.
        """
        ahead = source.first
        at = len(ahead)

        def read(size: int) -> bytes:
            nonlocal at, ahead
            if not ahead:
                stop = min(source.size, at + (FIRST if at == 0 else _PIECE))
                if stop <= at:
                    return b""
                ahead = self.range(source, at, stop)
                at = stop
            data, ahead = ahead[:size], ahead[size:]
            return data

        return read

    def range(self, source: RemoteObject, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop` of an object. Raises `SourceError`, as `reader`."""
        options: dict[str, object] = {"range": (start, stop)}
        if source.etag:
            options["if_match"] = source.etag
        with _errors(source.path):
            found = self._library.get(self._store, source.key, options=options)
            data = bytes(found.bytes())
        if len(data) != stop - start or found.meta["size"] != source.size:
            raise SourceError("changed-while-read", source.path)
        return data


@contextmanager
def open_object(url: str) -> Iterator[tuple[ReadNext, int | None]]:
    """A function that reads the object of a URL, and its size. Raises `SourceError`."""
    place, found = _existing(url)
    yield place.reader(found), found.size


@contextmanager
def open_stream(url: str) -> Iterator[tuple[BinaryIO, int]]:
    """A stream that can be read at any place, and its size. Raises `SourceError`."""
    place, found = _existing(url)
    with io.BufferedReader(_ObjectFile(place, found), _BUFFER) as stream:
        yield stream, found.size


def _existing(url: str) -> tuple[RemotePlace, RemoteObject]:
    place = RemotePlace(url)
    found = place.object()
    if found is None:
        raise SourceError("missing", place.path)
    return place, found


class _ObjectFile(io.RawIOBase):
    """An object as a file that can be read at any place.

    It is read in pieces, and the last ones are kept: a zip is read here and there.
    """

    def __init__(self, place: RemotePlace, source: RemoteObject) -> None:
        self._source = source
        self._at = 0

        @lru_cache(_KEPT)
        def piece(number: int) -> bytes:
            start = number * _PIECE
            return place.range(source, start, min(start + _PIECE, source.size))

        self._piece = piece

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self._source.size:
            return 0
        number, start = divmod(self._at, _PIECE)
        data = self._source.first[self._at :] or self._piece(number)[start:]
        size = min(len(data), len(view))
        view[:size] = data[:size]
        self._at += size
        return size


def read_many(
    objects: Iterable[RemoteObject], read: Callable[[RemoteObject], _Result]
) -> Iterator[_Result]:
    """Yield what `read` returns for each object, in their order; `REQUESTS` are read at a time."""
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(REQUESTS) as executor:
        try:
            for each in objects:
                if len(waiting) >= 2 * REQUESTS:
                    yield waiting.popleft().result()
                waiting.append(executor.submit(read, each))
            while waiting:
                yield waiting.popleft().result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
