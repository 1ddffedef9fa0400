"""Objects in a bucket or on a web server, read by ranges.

Credentials come from the environment, as the tools of each provider define it. No message has them:
neither the text of an error of the library, which has the request, nor the part of a URL
that can be secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from rckp.files.archive import sort_key
from rckp.files.compressed import ReadNext
from rckp.files.container import container_of, shown_path
from rckp.files.regular_file import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REQUESTS = 32  # at a time

_FIRST = 1 << 16  # bytes of the first request; most checkpoints are shorter
_PIECE = 1 << 20
_TIMEOUT = "30s"
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_KNOWN = {  # what the text of an error has, and what it means
    "NoSuchBucket": "there is no such bucket",
    "error sending request": "the server cannot be reached, or does not respond",
    "operation timed out": "the server does not respond",
}


class RemoteObject(NamedTuple):
    """An object: its key in the store, its name for people, its size and its version."""

    key: str
    path: str
    size: int
    etag: str | None


def _library(url: str) -> Any:
    try:
        import obstore
    except ImportError:
        scheme = urlsplit(url).scheme
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
        name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__.removesuffix("Error")).lower()
        reason = f"the server responded {status[1].strip()}" if status else f"{name} error"
        for text, known in _KNOWN.items():
            if text in str(error):
                reason = known
        raise SourceError("unreadable", path, {"reason": reason}) from None


class RemotePlace:
    """What a URL names: one object, or all whose keys begin with it and a slash."""

    def __init__(self, url: str) -> None:
        self.path = shown_path(url)
        self._library = _library(url)
        parts = urlsplit(url)
        self._is_web = parts.scheme in ("http", "https")
        key = unquote(parts.path).strip("/")
        root = parts._replace(path="", query="", fragment="").geturl()
        if parts.scheme == "az":  # the container is the host
            root = f"az://{parts.netloc}"
        if parts.query:
            reason = "a URL with a query, such as a signed one, cannot be read: download the file"
            raise SourceError("unreadable", self.path, {"reason": reason})
        self._key = key
        with _errors(self.path):
            self._store = self._library.store.from_url(
                root,
                client_options={"timeout": _TIMEOUT, "allow_http": True},
                retry_config=_RETRIES,
            )

    def object(self) -> RemoteObject | None:
        """The object that the URL names, or None if there is none.

        Raises `SourceError`, also for an archive or a compressed file.
        """
        if not self._key or self.path.endswith("/"):
            return None
        try:
            with _errors(self.path):
                found = self._library.head(self._store, self._key)
        except SourceError as error:
            if error.code == "missing" and not self._is_web:
                return None
            raise
        if container_of(self._key) is not None:
            reason = "archives and compressed files are read from a local file system only"
            raise SourceError("unreadable", self.path, {"reason": reason})
        return RemoteObject(self._key, self.path, found["size"], found["e_tag"])

    def objects(self) -> list[RemoteObject]:
        """All objects below the URL, in the order of files (STORE-5). Raises `SourceError`."""
        found = []
        start = self.path.rstrip("/")
        skip = len(f"{self._key}/") if self._key else 0
        with _errors(self.path):
            for page in self._library.list(self._store, self._key or None):
                for each in page:
                    name = f"{start}/{each['path'][skip:]}"
                    found.append(RemoteObject(each["path"], name, each["size"], each["e_tag"]))
        return sorted(found, key=lambda each: sort_key(each.key))

    def reader(self, source: RemoteObject) -> ReadNext:
        """A function that reads an object forwards. It raises `SourceError`.

        If the object has become another one, that is changed-while-read.
        """
        at = 0
        ahead = b""

        def read(size: int) -> bytes:
            nonlocal at, ahead
            if not ahead:
                stop = min(source.size, at + (_FIRST if at == 0 else _PIECE))
                if stop <= at:
                    return b""
                ahead = self._range(source, at, stop)
                at = stop
            data, ahead = ahead[:size], ahead[size:]
            return data

        return read

    def _range(self, source: RemoteObject, start: int, stop: int) -> bytes:
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
    place = RemotePlace(url)
    found = place.object()
    if found is None:
        raise SourceError("missing", place.path)
    yield place.reader(found), found.size
