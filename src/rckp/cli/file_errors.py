"""Opening the file of a command, and the errors of opening and reading it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager

import click

from rckp.cli import EXIT_ERROR
from rckp.display import escape
from rckp.errors import PathError, RckpError, from_os_error
from rckp.files.container import is_url, local_path, packed_at, shown_path
from rckp.files.regular_file import OpenFile, SourceError
from rckp.files.whole_file import (
    AT_ONCE,
    KeptStream,
    TooLargeError,
    any_record_at,
    record_at,
    window_at,
)
from rckp.format.scan import ByteReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Any, Self

    from rckp.files.compressed import ReadNext
    from rckp.format.layouts import Codec
    from rckp.format.record import CheckpointRecord

_PIECE = 1 << 16  # bytes of one reading


def not_empty(path: str, argument: str) -> None:
    """Raise `UsageError` for an empty path, such as that of an unset variable of a shell."""
    if not path:
        raise click.UsageError(f"{argument} is empty; for the current directory, write a dot.")


class Source:
    """A file, a compressed file, a member of an archive, or standard input (`-`).

    It can be read at any place. Of what is no plain file no more is read than is asked for, so that
    input without an end does not fill a disk. What was read of it is kept, on disk if it is long.
    Use it in a `with` block.

    Raises `SourceError` for what is missing, unreadable or no regular file.
    """

    def __init__(self, path: str) -> None:
        self.path = shown_path(path)
        self._stack = ExitStack()
        self._file: OpenFile | None = None
        self._stream_size: int | None = None
        read_next: Callable[[int], bytes] = read_standard_input
        if path != "-":
            place = local_path(path)
            stream = open_packed(place)
            if stream is None:
                self._file = self._stack.enter_context(OpenFile(place))
            else:
                read_next, self._stream_size = self._stack.enter_context(stream)
        self._read_next = read_next
        self._kept = self._stack.enter_context(KeptStream(self._read_stream))
        self._contents: bytes | None = None  # of a small file, once it was read
        self._at = 0
        self.bytes_read: int = 0  # of a stream, or of a file of /proc, which reports the size 0
        self._at_end = False

    @property
    def size(self) -> int | None:
        """The number of bytes. None where the end of a stream was not reached."""
        if self._file is not None and self._file.status.st_size:
            return self._file.status.st_size
        return self.bytes_read if self._at_end else self._stream_size

    def window(self) -> ByteReader:
        """A window from the first byte on."""
        return window_at(self.read_at, self.size or None)

    def record(self) -> CheckpointRecord:
        """The record, loaded only if the file is valid. Raises as `record_at` does."""
        record = record_at(self.read_at, size=self.size)
        self.check_unchanged()
        return record

    def record_of(self, codec: Codec, limit: int | None = None) -> Any:
        """As `record`, a record of the layout of `codec`, from a file of at most `limit` bytes."""
        record = any_record_at(codec, self.read_at, size=self.size, limit=limit)
        self.check_unchanged()
        return record

    def read_at(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes from an offset; none only at the end."""
        if self._file is None:
            return self._read_kept(size, offset)
        if 0 < self._file.status.st_size <= AT_ONCE:
            return self._read_small(self._file)[offset : offset + size]
        data = self._file.read_at(size, offset)
        if offset <= self.bytes_read:
            self.bytes_read = max(self.bytes_read, offset + len(data))
            self._at_end = self._at_end or not data
        return data

    def seek(self, offset: int) -> int:
        """Move to an offset for `read`."""
        self._at = offset
        return offset

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none only at the end."""
        data = self.read_at(size, self._at)
        self._at += len(data)
        return data

    def check_unchanged(self) -> None:
        """Raise `SourceError` changed-while-read if the file has changed."""
        if self._file is not None:
            self._file.check_unchanged()

    def _read_small(self, file: OpenFile) -> bytes:
        """The contents of a small file, which is read once although commands need it several times.

        One byte more is read than the file had, so that readers notice a file that has grown.
        """
        if self._contents is None:
            wanted = file.status.st_size + 1
            data = bytearray()
            while len(data) < wanted and (piece := file.read_at(wanted - len(data), len(data))):
                data += piece
            self._contents = bytes(data)
        return self._contents

    def _read_kept(self, size: int, offset: int) -> bytes:
        try:
            return self._kept.read_at(size, offset)
        except OSError as error:  # such as a full disk
            raise from_os_error(SourceError, self.path, error) from None

    def _read_stream(self, size: int) -> bytes:
        data = self._read_next(size)
        self.bytes_read += len(data)
        self._at_end = not data
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)


def open_packed(path: str) -> AbstractContextManager[tuple[ReadNext, int | None]] | None:
    """What reads a compressed file or a member of an archive, and its size; None for others."""
    found = packed_at(path)
    if found is not None:
        from rckp.files import packed  # few files are

        return packed.open_packed(found)
    if is_url(path):
        from rckp.files import remote  # few are

        return remote.open_object(path)
    return None


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """The source at a path.

    A `SourceError`, a `TooLargeError` and a `MemoryError` in the block become `FileError`, exit
    status 2.
    """
    not_empty(path, "The name of the file")
    try:
        with Source(path) as source:
            yield source
    except (SourceError, TooLargeError) as error:
        raise FileError(path, error, EXIT_ERROR) from None
    except OSError as error:
        raise FileError(path, from_os_error(SourceError, path, error), EXIT_ERROR) from None
    except MemoryError:
        raise FileError(
            path, "there is not enough memory to hold what is to be shown", EXIT_ERROR
        ) from None


@contextmanager
def open_forwards(path: str) -> Iterator[Callable[[], bytes]]:
    """A function that returns the next piece of a file or of standard input, b"" at the end.

    Nothing is kept. A `SourceError` in the block becomes `FileError`, exit status 2.
    """
    not_empty(path, "The name of the file")
    try:
        if path == "-":
            yield lambda: read_standard_input(_PIECE)
        else:
            with OpenFile(path) as file:
                yield lambda: file.read(_PIECE)
                file.check_unchanged()
    except SourceError as error:
        raise FileError(path, error, EXIT_ERROR) from None
    except OSError as error:
        raise FileError(path, from_os_error(SourceError, path, error), EXIT_ERROR) from None


def read_standard_input(size: int) -> bytes:
    """Return the next bytes, at most `size`, as soon as some arrive. Raises `SourceError`."""
    if sys.stdin is None:
        raise SourceError("unreadable", "-", {"reason": "standard input is closed"})
    try:
        data: bytes = sys.stdin.buffer.read1(size)  # type: ignore[union-attr]
        return data
    except OSError as error:
        raise from_os_error(SourceError, "-", error) from None


class FileError(click.ClickException):
    """An error about one file: what is wrong, and on a second line what to do next."""

    def __init__(self, path: str, error: RckpError | str, status: int, hint: str = "") -> None:
        prefix = "" if isinstance(error, PathError) else f"{escape(shown_path(path))}: "
        super().__init__(f"{prefix}{escape(str(error))}")
        self.status = status
        self.hint: str = hint or (error.action if isinstance(error, RckpError) else "")

    def show(self, file: object = None) -> None:
        """Print both lines on standard error."""
        label = click.style("error", fg="red", bold=True)
        click.echo(f"{label}: {self.message}", err=True)
        if self.hint:
            click.echo(click.formatting.wrap_text(escape(self.hint), 79, "  ", "  "), err=True)
