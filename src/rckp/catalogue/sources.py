"""What has a row: the files below directories and in archives, and files that a person names."""

from __future__ import annotations

import os
from contextlib import closing, suppress

from rckp.catalogue.columns import INDEX
from rckp.catalogue.row import error_row, file_row, microseconds, read_row
from rckp.errors import from_os_error
from rckp.files.container import Container, is_url, local_path, packed_at
from rckp.files.regular_file import SourceError, is_too_long
from rckp.files.whole_file import KeptStream, window_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rckp.catalogue.row import Row
    from rckp.files.archive import Member
    from rckp.files.compressed import ReadNext
    from rckp.files.remote import RemoteObject, RemotePlace

    # A path that still has to be read, or its row; and whether a person named the path.
    Item = tuple[str | Row, bool]


def items(paths: Iterable[str | os.PathLike[str]], now_ms: int) -> Iterator[Item]:
    """Yield the path or the row of each file, in the order of `rckp validate`.

    What is in archives and buckets is read here. The members of an archive are read one after
    another, and objects in threads.
    """
    for each in paths:
        try:
            path = local_path(os.fsdecode(each))
        except SourceError as error:
            yield error_row(error), True
            continue
        if isinstance(packed := packed_at(path), Container):
            rows = _archive_rows if packed.archive else _compressed_rows
            yield from ((row, False) for row in rows(packed, now_ms))
        elif packed is not None:
            yield _named_member_row(*packed, now_ms), True
        elif is_url(path):
            yield from _object_rows(path, now_ms)
        elif os.path.isdir(path):
            yield from _directory(path, now_ms)
        else:
            yield path, True


def _directory(base: str, now_ms: int) -> Iterator[Item]:
    from rckp.store.listing import ordered_groups  # one file needs no walk

    with closing(ordered_groups(base)) as groups:
        for group in groups:
            if not isinstance(group, tuple):
                yield error_row(group), False
                continue
            directory, names = group
            for path in map(directory.join, names):
                if is_too_long(path):  # another process could not open it
                    yield file_row(path, False, now_ms, directory=directory.descriptor), False
                else:
                    yield path, False


def _archive_rows(container: Container, now_ms: int) -> Iterator[Row]:
    from rckp.validation.archived import read_members

    def made(path: str, member: Member) -> Row:
        return _member_row(path, member, now_ms)

    try:
        yield from read_members(container, made, _ignore)
    except SourceError as error:
        yield error_row(error)


def _member_row(path: str, member: Member, now_ms: int) -> Row:
    from rckp.validation.archived import refuse_hard_link

    try:
        refuse_hard_link(path, member)
        mtime = microseconds(member.mtime)
        return _stream_row(path, member.read, now_ms, size=member.size, mtime=mtime)
    except SourceError as error:
        return error_row(error, path)


def _named_member_row(container: Container, name: str, now_ms: int) -> Row:
    from rckp.files.archive import open_member

    path = f"{container.path}/{name}"
    try:
        with open_member(container, name) as member:
            return _member_row(path, member, now_ms)
    except SourceError as error:
        return error_row(error, path)


def _object_rows(url: str, now_ms: int) -> Iterator[Item]:
    from rckp.validation.remote import read_objects

    def made(place: RemotePlace, source: RemoteObject) -> Row:
        mtime = microseconds(source.mtime)
        try:
            reader = place.reader(source)
            return _stream_row(source.path, reader, now_ms, size=source.size, mtime=mtime)
        except SourceError as error:
            return error_row(error, source.path)

    try:
        yield from read_objects(url, made, _ignore)
    except SourceError as error:
        yield error_row(error), True


def _compressed_rows(container: Container, now_ms: int) -> Iterator[Row]:
    """The row of a compressed file. Its place is that of the name without suffix."""
    from rckp.files.archive import open_compressed

    path = container.path
    mtime = None
    with suppress(OSError, ValueError):  # a URL; or what is wrong shows when it is opened
        mtime = os.stat(container.source).st_mtime_ns // 1000
    try:
        with open_compressed(container) as read:
            counted = _Counted(read)
            row = _stream_row(
                *(path, counted.read, now_ms),
                size=None,
                mtime=mtime,
                place=os.path.splitext(path)[0],
            )
    except SourceError as error:
        yield error_row(error, path)
        return
    at = INDEX["size"]
    yield (*row[:at], counted.size, *row[at + 1 :])


class _Counted:
    """Counts what is read. `size` is the number of bytes if all of them were read."""

    def __init__(self, read: ReadNext) -> None:
        self._read = read
        self._number = 0
        self.size: int | None = None

    def read(self, size: int) -> bytes:
        data = self._read(size)
        self._number += len(data)
        if not data:
            self.size = self._number
        return data


def _stream_row(
    path: str,
    read: ReadNext,
    now_ms: int,
    *,
    size: int | None,
    mtime: int | None,
    place: str | None = None,
) -> Row:
    """The row of a file that can only be read forwards. Raise `SourceError`."""
    try:
        with KeptStream(read) as kept:
            window = window_at(kept.read_at, size or None)
            return read_row(path, window, kept.read_at, now_ms, size=size, mtime=mtime, place=place)
    except OSError as error:  # such as a full disk, on which a long member is kept
        raise from_os_error(SourceError, path, error) from None


def _ignore(_: str, __: bool) -> None:
    """Do nothing about a member that is not a checkpoint."""
