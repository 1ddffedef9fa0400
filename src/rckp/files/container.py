"""What a name says about a file: an archive, a compressed file, or neither.

The name decides, and not the contents: a checkpoint that begins like an archive is an invalid
checkpoint. A path may lead into an archive: `runs.tar.gz/a/b.ckpt`.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMPRESSIONS = {".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zst"}
"""The compression of a file by the end of its name."""

SCHEMES = ("s3", "gs", "az", "https", "http")
"""What the URL of an object begins with."""

_SHORT_NAMES = {
    ".tgz": ".tar.gz",
    ".tbz": ".tar.bz2",
    ".tbz2": ".tar.bz2",
    ".txz": ".tar.xz",
    ".tzst": ".tar.zst",
}


class Container(NamedTuple):
    """An archive or a compressed file.

    `archive` is `tar`, `zip` or None for a single compressed file. `compression` is a value of
    `COMPRESSIONS`, or None for an archive that is not compressed as a whole. `path` is for
    messages, and `source` what is opened: they differ if a URL has something secret.
    """

    path: str
    archive: str | None
    compression: str | None
    source: str


class UrlParts(NamedTuple):
    """The parts of a URL, as they are written. `server` has the user, or is the bucket."""

    scheme: str
    server: str
    path: str
    query: str
    fragment: str


class ObjectPath(os.PathLike[str]):
    """The path of an object, or of a member of an archive, as a URL for messages."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def parts(self) -> Sequence[str]:
        """What the slashes separate."""
        return self._url.split("/")

    def __fspath__(self) -> str:
        return self._url

    def __str__(self) -> str:
        return self._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectPath) and self._url == other._url


def path_of(text: str) -> Path | ObjectPath:
    """The path that a text is: of a file, or of an object if it is a URL."""
    from pathlib import Path  # to validate files takes none of it

    return ObjectPath(text) if is_url(text) else Path(text)


def is_url(path: str) -> bool:
    """Whether a path is the URL of an object rather than a file."""
    scheme, found, _ = path.partition("://")
    return bool(found) and scheme in SCHEMES


def split_url(url: str) -> UrlParts:
    """The parts of a URL, whatever is wrong with it; `urlsplit` raises errors and changes parts."""
    scheme, _, rest = url.partition("://")
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    server, slash, path = rest.partition("/")
    return UrlParts(scheme, server, slash + path, query, fragment)


def shown_path(path: str) -> str:
    """A path for messages: a URL without what can be secret, its user, password and query."""
    if not is_url(path):
        return path
    parts = split_url(path)
    return f"{parts.scheme}://{parts.server.rpartition('@')[2]}{parts.path}"


def local_path(path: str) -> str:
    """A path; for a URL `file://` the path that it names.

    Raise `SourceError` for such a URL that names a file of another machine, or no file.
    """
    if not path.startswith("file://"):
        return path
    from urllib.parse import unquote_to_bytes  # few paths are URLs

    parts = split_url(path)
    if parts.server.lower() in ("", "localhost") and parts.path:
        return os.fsdecode(unquote_to_bytes(parts.path))
    from rckp.files.regular_file import SourceError

    reason = "a URL file:// names a file of this machine: three slashes and the path follow"
    raise SourceError("unreadable", path, {"reason": reason})


def file_text(name: str) -> str:
    """The text that Python has for a file whose name is this one in UTF-8.

    `name` is that of a member or an object, which is UTF-8 in every locale; surrogates stand for
    bytes that are not UTF-8. Paths are the texts of file names, which depend on the locale.
    """
    if name.isascii() or sys.getfilesystemencoding() == "utf-8":
        return name
    return os.fsdecode(name.encode("utf-8", "surrogateescape"))


def utf8_text(path: str) -> str:
    """The reverse of `file_text`; a text that no file name has is returned as it is."""
    if path.isascii() or sys.getfilesystemencoding() == "utf-8":
        return path
    try:
        return os.fsencode(path).decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path


def container_of(path: str) -> Container | None:
    """Return the container that a file of this name is, or None."""
    shown = shown_path(path)
    name = os.path.basename(shown).lower()
    stem, suffix = os.path.splitext(name)
    stem, suffix = os.path.splitext(stem + _SHORT_NAMES.get(suffix, suffix))
    compression = COMPRESSIONS.get(suffix)
    if compression is not None:
        return Container(shown, "tar" if stem.endswith(".tar") else None, compression, path)
    if suffix in (".tar", ".zip"):
        return Container(shown, suffix[1:], None, path)
    return None


def packed_at(path: str) -> Container | tuple[Container, str] | None:
    """Return the container that a path names, or the archive that it leads into and the member.

    None is a directory, an object or a file that is neither compressed nor an archive.
    """
    found = container_of(path) or archive_in(path)
    if found is not None and not is_url(path) and os.path.isdir(path):
        return None
    return found


def archive_in(path: str) -> tuple[Container, str] | None:
    """Return the archive that a path leads into, and the name of the member; else None.

    Of a URL, its text decides: the server is not asked.
    """
    if is_url(path):
        return _archive_in_url(path)
    at = path.find("/", 1)
    while at != -1:
        container = container_of(path[:at])
        if container is not None and container.archive and path[at + 1 :]:
            try:
                if stat.S_ISREG(os.stat(path[:at]).st_mode):
                    return container, path[at + 1 :]
            except (OSError, ValueError):
                return None
        at = path.find("/", at + 1)
    return None


def _archive_in_url(url: str) -> tuple[Container, str] | None:
    from urllib.parse import unquote  # few paths are URLs

    parts = split_url(url)
    start = f"{parts.scheme}://{parts.server}"
    end = url[len(start) + len(parts.path) :]
    before, *rest = parts.path.split("/")
    for number, each in enumerate(rest[:-1], 1):
        before += f"/{each}"
        container = container_of(f"{start}{before}{end}")
        name = file_text(unquote(utf8_text("/".join(rest[number:]))))
        if container is not None and container.archive and name:
            return container, name
    return None


def sort_key(path: str) -> list[bytes]:
    """The order of files below a directory (STORE-5), for the paths of members and objects.

    The path is a text as of `file_text`.
    """
    return [os.fsencode(each) for each in path.split("/")]
