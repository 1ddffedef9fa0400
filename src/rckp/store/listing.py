"""Finding and reading the files of a store, without following links or blocking."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from rckp.errors import DecodeError, StoreError, from_os_error
from rckp.files.directory import READ, Directory, read_at
from rckp.files.whole_file import TooLargeError
from rckp.format.codec import IDENTITY_FIELDS, decode_known, encode_identity
from rckp.format.paths import SUFFIX
from rckp.store.record_reader import (
    HEADER_READ_SIZE,
    header_matches,
    read_record,
    read_summary,
    reader_from_fd,
)
from rckp.store.rejected_headers import LastRejectedHeader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from rckp.format.record import CheckpointRecord

    OnError = Callable[[str, StoreError], None]

DEPTH = 100  # maximum nesting of directories (STORE-9)
_GROUP = 64  # files in a group, if the order does not matter


def open_base(path: str) -> Directory:
    """Return the base directory, open. Raise `StoreError` (STORE-6)."""
    try:
        return Directory.open(path)
    except NotADirectoryError as error:
        raise StoreError("not-a-directory", path, {"what": "a file"}) from error
    except OSError as error:
        raise from_os_error(StoreError, path, error) from error


def open_base_to_write(path: str) -> Directory:
    """As `open_base`, but raise `OSError`, which the caller reports as a failed change.

    Only not-a-directory is still a `StoreError`.
    """
    try:
        return open_base(path)
    except StoreError as error:
        if error.code != "not-a-directory" and isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise


def walk(
    base: Directory,
    report: OnError,
    *,
    ordered: bool,
    on_skipped: Callable[[str], None] | None = None,
) -> Generator[tuple[Directory, str], None, None]:
    """Yield the directory and the name of every checkpoint file.

    The directory is open until the next file. With `ordered` the order is that of the paths
    (STORE-5), which needs memory for the names of a directory; otherwise it is that of the file
    system, files before directories. `report(path, error)` is called with each directory that
    cannot be read (STORE-7). Links are not followed (STORE-3). `on_skipped(path)` is called for
    all other entries. Raise `StoreError` unreadable for the base itself (STORE-6).
    """
    with closing(walk_in_groups(base, report, ordered=ordered, on_skipped=on_skipped)) as groups:
        for directory, names in groups:
            for name in names:
                yield directory, name


def ordered_groups(
    base: str, on_skipped: Callable[[str, bool], None] | None = None
) -> Generator[tuple[Directory, list[str]] | StoreError, None, None]:
    """Yield groups of checkpoint files below a directory, each of an open directory (STORE-5).

    For a directory that cannot be read, also for the base, yield its error instead.
    `on_skipped(path, is_link)` is called for all other entries.
    """
    troubles: list[StoreError] = []

    def report(_: str, error: StoreError) -> None:
        troubles.append(error)

    skip = None if on_skipped is None else lambda path: on_skipped(path, os.path.islink(path))
    try:
        with (
            open_base(base) as directory,
            closing(walk_in_groups(directory, report, ordered=True, on_skipped=skip)) as groups,
        ):
            for group in groups:
                yield from troubles
                troubles.clear()
                yield group
    except StoreError as error:
        troubles.append(error)
    yield from troubles


def walk_in_groups(
    base: Directory,
    report: OnError,
    *,
    ordered: bool,
    on_skipped: Callable[[str], None] | None = None,
) -> Generator[tuple[Directory, list[str]], None, None]:
    """As `walk`, but yield groups of files of a directory, which is faster."""
    waiting = [(base, _entries(base, _refuse, ordered, on_skipped))]
    try:
        while waiting:
            directory, entries = waiting[-1]
            name = next(entries, None)
            if name is None:
                waiting.pop()
                if directory is not base:
                    directory.close()
                continue
            if isinstance(name, list):
                yield directory, name
                continue
            if len(waiting) > DEPTH:
                reason = f"nested more than {DEPTH} directories deep"
                report(
                    directory.join(name),
                    StoreError("unreadable", directory.join(name), {"reason": reason}),
                )
                continue
            try:
                below = directory.open_subdirectory(name)
            except (OSError, StoreError) as error:
                # It may have been removed, or replaced by a link, in the meantime.
                path = directory.join(name)
                report(
                    path,
                    from_os_error(StoreError, path, error) if isinstance(error, OSError) else error,
                )
                continue
            waiting.append((below, _entries(below, report, ordered, on_skipped)))
    finally:
        for directory, entries in waiting:
            entries.close()
            if directory is not base:
                directory.close()


def _entries(
    directory: Directory, report: OnError, ordered: bool, on_skipped: Callable[[str], None] | None
) -> Generator[str | list[str], None, None]:
    """Yield the names of subdirectories, and lists of names of checkpoint files."""
    directories, files = [], []
    try:
        with directory.scan() as entries:
            for entry in entries:
                name = entry.name
                # STORE-1: checked first, because it is the most frequent and needs no call.
                if (
                    name.endswith(SUFFIX)
                    and name != SUFFIX
                    and entry.is_file(follow_symlinks=False)
                ):
                    files.append(name)
                    if len(files) == _GROUP and not ordered:
                        yield files
                        files = []
                elif entry.is_dir(follow_symlinks=False):
                    directories.append(name)
                elif on_skipped is not None:
                    on_skipped(directory.join(name))
    except OSError as error:
        report(directory.path, from_os_error(StoreError, directory.path, error))
    if not ordered or not directories:
        if ordered:  # of ASCII, the order of bytes is that of characters
            files.sort(key=None if "".join(files).isascii() else os.fsencode)
        yield files
        files = []
    found = [(name, True) for name in directories] + [(name, False) for name in files]
    for is_directory, group in groupby(sorted(found, key=_bytes_of_name), key=itemgetter(1)):
        names = [name for name, _ in group]
        if is_directory:
            yield from names
        else:
            yield names


def _refuse(_path: str, error: StoreError) -> None:
    raise error


def _bytes_of_name(entry: tuple[str, bool]) -> bytes:
    return os.fsencode(entry[0])


class IdentityFilter:
    """The parts of an identity that can be compared with a header or a record."""

    def __init__(self, text: tuple[str, str], integers: dict[str, int]) -> None:
        self.field: str = text[0]
        self.text: str = text[1]
        self.integers = integers
        self.rejected: LastRejectedHeader = LastRejectedHeader([self.field, *integers])

    def matches_header(self, descriptor: int, head: bytes) -> bool:
        """Whether a header matches. Raise `DecodeError` for an error before the compared parts."""
        return header_matches(descriptor, head, self.integers, self.field, self.text)

    def matches_record(self, record: CheckpointRecord) -> bool:
        """Whether a record matches."""
        return getattr(record, self.field) == self.text and all(
            getattr(record, field) == value for field, value in self.integers.items()
        )


def read_group(
    directory: Directory,
    names: list[str],
    wanted: IdentityFilter | None,
    report: Callable[[str, DecodeError | StoreError], None],
) -> Iterator[tuple[str, CheckpointRecord]]:
    """Yield the name and record of each file of a directory that matches the filter.

    This makes three system calls for a small file, and for a large file with another identity
    (STORE-22). `report(path, error)` is called with each file that cannot be read.
    """
    here, path = directory.descriptor, directory.join("")
    open_, close = os.open, os.close
    matches = wanted.rejected.matches if wanted else None
    # Of the last match; most files of a scope share it, and then it need not be decoded again.
    identity, values = b"", None
    for name in names:
        try:
            # As Directory.open_file; a call of it would take a twentieth of the time of a listing.
            descriptor = open_(name if here is not None else path + name, READ, dir_fd=here)
            try:
                head = read_at(descriptor, HEADER_READ_SIZE, 0)
                is_whole = len(head) < HEADER_READ_SIZE
                record = decode_known(head, identity, values) if values and is_whole else None
                if record is None:
                    values = None
                    if matches and matches(head):
                        continue
                    record = _read_matching(descriptor, head, wanted)
                    if record is not None:
                        values = record[IDENTITY_FIELDS]
                        identity = encode_identity(values)
            finally:
                close(descriptor)
        except DecodeError as error:
            report(directory.join(name), error)
        except (OSError, TooLargeError) as error:
            report(directory.join(name), _left_out(directory.join(name), error))
        else:
            if record is not None:
                yield name, record


def read_short(
    directory: Directory,
    name: str,
    max_chars: int,
    max_payload: int,
    report: Callable[[str, DecodeError | StoreError], None],
) -> tuple[CheckpointRecord, dict[str, int], int] | None:
    """Return the record with truncated strings, their lengths, and the size of the file.

    Return None if the file cannot be read.
    """
    try:
        descriptor = directory.open_file(name, READ)
        try:
            head = read_at(descriptor, HEADER_READ_SIZE, 0)
            record, lengths = read_summary(reader_from_fd(descriptor, head), max_chars, max_payload)
            size = len(head) if len(head) < HEADER_READ_SIZE else os.fstat(descriptor).st_size
            return record, lengths, size
        finally:
            os.close(descriptor)
    except DecodeError as error:
        report(directory.join(name), error)
    except OSError as error:
        report(directory.join(name), _left_out(directory.join(name), error))
    return None


def _left_out(path: str, error: OSError | TooLargeError) -> StoreError:
    """Return the error for a file that cannot be listed."""
    if isinstance(error, TooLargeError):
        return StoreError("too-large", path, {"size": error.size})
    return from_os_error(StoreError, path, error)


def _read_matching(
    descriptor: int, head: bytes, wanted: IdentityFilter | None
) -> CheckpointRecord | None:
    """Return the record, or None if it does not match. Raise `DecodeError` or `OSError`."""
    if wanted and len(head) == HEADER_READ_SIZE and not wanted.matches_header(descriptor, head):
        wanted.rejected.remember(head)
        return None
    try:
        record = read_record(descriptor, head)
    except DecodeError:
        # An error after another identity is not reported, whatever the size of the file.
        if wanted and not wanted.matches_header(descriptor, head):
            return None
        raise
    if wanted is None or wanted.matches_record(record):
        return record
    wanted.rejected.remember(head)
    return None
