"""The members of an archive, read one after another; nothing is extracted.

A name is only text here: one that is absolute, or that has `..` in it, leads nowhere.
"""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rckp.files.archive_streams import TarStream, ZipStream, check_sparse
from rckp.files.compressed import ExpansionLimit, ReadNext, decompressed, readable_errors
from rckp.files.container import Container, file_text, is_url, sort_key
from rckp.files.regular_file import OpenFile, SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Self

FILE, LINK, HARD_LINK, OTHER = "file", "symbolic link", "hard link", "special file"

_MAX_SIZE = (1 << 63) - 1  # bytes of a file
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_GLOBAL_KEYWORDS = ("path", "linkpath", "size", "mtime", "hdrcharset")
_DAMAGE = (  # what the libraries raise for an archive that they cannot parse
    tarfile.TarError,
    zipfile.BadZipFile,
    struct.error,
    ArithmeticError,
    LookupError,
    RecursionError,
    ValueError,
)


class Member(NamedTuple):
    """A member of an archive: its name, what it is, and its number of bytes.

    The name is the text that Python has for the name of such a file, as `file_text` returns it.
    `read` reads a file forwards, until the next member is taken. It raises `SourceError`. `mtime`
    is the time of the last change in seconds since the epoch; None in a zip, whose times have no
    zone.
    """

    name: str
    kind: str
    size: int
    read: ReadNext
    mtime: float | None = None


@contextmanager
def open_archive(container: Container) -> Iterator[Iterator[Member]]:
    """The members of an archive: of a tar in their order, of a zip sorted by name.

    Raises `SourceError` for an archive that cannot be opened, and at the member where it turns
    out to be damaged. At the end of the block, the file must not have changed.
    """
    with _opened(container) as (stream, limit):
        members = _tar if container.archive == "tar" else _zip
        yield members(container, stream, limit)


@contextmanager
def open_member(container: Container, name: str) -> Iterator[Member]:
    """The member of this name; of several, the last, which an extraction would leave.

    Raises `SourceError` missing or not-a-file, or what `open_archive` raises.
    """
    path = f"{container.path}/{name}"
    with open_archive(container) as members:
        number = sum(plain_name(each.name) == name for each in members)
    if not number:
        raise SourceError("missing", path)
    with open_archive(container) as members:
        for each in members:
            number -= plain_name(each.name) == name
            if number == 0:
                break
        if each.kind != FILE:
            raise SourceError("not-a-file", path, {"what": f"a {each.kind}"})
        yield each


@contextmanager
def open_compressed(container: Container) -> Iterator[ReadNext]:
    """A function that reads the decompressed bytes of a single file. It raises `SourceError`."""
    with _opened(container) as (stream, limit):
        with readable_errors(container.path):
            plain = decompressed(stream, str(container.compression), container.path)
        yield _reader(plain.read, container.path, limit)


@contextmanager
def _opened(container: Container) -> Iterator[tuple[BinaryIO, ExpansionLimit]]:
    """The file of a container, which must not have changed at the end of the block."""
    if is_url(container.source):
        from rckp.files.remote import open_stream  # few archives are

        with open_stream(container.source) as (remote, size):
            yield remote, ExpansionLimit(container.path, size)
        return
    with OpenFile(container.source) as file, os.fdopen(os.dup(file.fd), "rb") as stream:
        yield stream, ExpansionLimit(container.path, file.status.st_size)
        file.check_unchanged()


def _reader(read: Callable[[int], bytes], path: str, limit: ExpansionLimit | None) -> ReadNext:
    def checked(size: int) -> bytes:
        with _errors(path):
            data = read(size)
            return limit.count(data) if limit else data

    return checked


@contextmanager
def _errors(path: str) -> Iterator[None]:
    """As `readable_errors`, with what archives raise on top.

    Only calls of `tarfile` and `zipfile` belong in this block.
    """
    try:
        with readable_errors(path):
            yield
    except (*_DAMAGE, RuntimeError) as error:
        reason = "the archive is damaged"
        if isinstance(error, (tarfile.TarError, zipfile.BadZipFile)):
            reason += f": {error}"
        elif isinstance(error, NotImplementedError):
            reason = "its compression method is not supported"
        elif not isinstance(error, _DAMAGE):
            reason = "it is encrypted"
        raise SourceError("unreadable", path, {"reason": reason}) from None


def _tar(container: Container, stream: BinaryIO, limit: ExpansionLimit) -> Iterator[Member]:
    class Header(tarfile.TarInfo):
        """A header; it notices the end mark of the archive, and what follows the header."""

        ended = False

        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            try:
                header = super().frombuf(buf, encoding, errors)
            except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
                cls.ended = True
                raise
            source.has_records = header.type in _EXTENDED
            return header

    path = container.path
    source = TarStream(stream, path, None)
    if container.compression is not None:
        with readable_errors(path):
            plain = decompressed(stream, container.compression, path)
        source = TarStream(plain, path, limit)
    last = ""
    with _errors(path), source.headers():
        archive = tarfile.TarFile(
            fileobj=source,  # type: ignore[arg-type]
            tarinfo=Header,
            encoding="utf-8",
        )
    with archive:
        while True:
            with _errors(path):
                with source.headers():
                    each = archive.next()
                if each is None:
                    break
                if not 0 <= each.size <= _MAX_SIZE:
                    raise tarfile.ReadError("the size of a member is not that of a file")
                regions: Any = each.sparse
                check_sparse(regions or (), archive.offset - each.offset_data)
                kind = _kind(each)
                data = archive.extractfile(each) if kind == FILE else None
            archive.members.clear()  # type: ignore[attr-defined]  # or it keeps them all
            # Of global headers, it copies all that it keeps for each member.
            found = archive.pax_headers
            archive.pax_headers = {key: found[key] for key in _GLOBAL_KEYWORDS if key in found}
            last = file_text(each.name)
            if each.isdir():
                continue
            read = data.read if data is not None else _nothing
            # A sparse member can be larger than all that is in the archive.
            counted = limit if container.compression is None or each.issparse() else None
            checked = _reader(read, f"{path}/{last}", counted)
            yield Member(last, kind, each.size, checked, each.mtime)
    if not Header.ended:
        after = f"after {last}" if last else "before its first member"
        raise SourceError("unreadable", path, {"reason": f"it is truncated or damaged {after}"})


def _kind(header: tarfile.TarInfo) -> str:
    if header.isreg():
        return FILE
    if header.issym():
        return LINK
    return HARD_LINK if header.islnk() else OTHER


def _nothing(_: int) -> bytes:
    return b""


def _zip(container: Container, stream: BinaryIO, limit: ExpansionLimit) -> Iterator[Member]:
    path = container.path
    with _errors(path):
        archive = zipfile.ZipFile(ZipStream(stream, path))
    with archive:
        for name, each in _sorted_members(archive, path):
            if name.endswith("/"):  # `is_dir` may fail for an empty name
                continue
            if stat.S_ISLNK(each.external_attr >> 16):
                yield Member(name, LINK, each.file_size, _nothing)
            else:
                yield from _zip_member(archive, name, each, f"{path}/{name}", limit)


def _sorted_members(archive: zipfile.ZipFile, path: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """The names of the members and the members, sorted by name. Raises `SourceError`."""
    with readable_errors(path):
        named = [(file_text(each.filename), each) for each in archive.infolist()]
        return sorted(named, key=lambda pair: sort_key(pair[0]))


def _zip_member(
    archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo, where: str, limit: ExpansionLimit
) -> Iterator[Member]:
    try:
        with _errors(where):
            if info.file_size > _MAX_SIZE:
                raise zipfile.BadZipFile("the size of the member is not that of a file")
            file = archive.open(info)
    except SourceError as error:
        problem = error

        def refuse(_: int) -> bytes:
            raise problem

        yield Member(name, FILE, info.file_size, refuse)
        return
    with file:
        yield Member(name, FILE, info.file_size, _reader(file.read, where, limit))


def plain_name(name: str) -> str:
    """The name of a member without `./` at its beginning."""
    while name.startswith("./"):
        name = name[2:]
    return name
