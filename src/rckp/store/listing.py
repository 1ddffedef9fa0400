"""Finding the files of a store and reading them, so that nothing can hang or fool it."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from rckp.errors import DecodeError, StoreError, from_os_error
from rckp.files.directory import READ, Directory, read_at
from rckp.files.whole_file import TooLargeError
from rckp.format.paths import SUFFIX
from rckp.store.record_reader import (
    HEADER_READ_SIZE,
    header_matches,
    read_record,
    read_shortened,
)
from rckp.store.rejected_headers import LastRejectedHeader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from rckp.format.record import CheckpointRecord

    OnError = Callable[[str, StoreError], None]

DEPTH = 100  # directories below one another that are entered (STORE-9)
_GROUP = 64  # files that are found before the first of them is opened, if order does not matter


def open_base(path: str) -> Directory:
    """The base directory, held open. Raises `StoreError` (STORE-6)."""
    try:
        return Directory.open(path)
    except NotADirectoryError as error:
        raise StoreError("not-a-directory", path, {"what": "a file"}) from error
    except OSError as error:
        raise from_os_error(StoreError, path, error) from error


def open_base_to_write(path: str) -> Directory:
    """As `open_base`, for a change that fails when this does: raises `OSError` instead.

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
) -> Iterator[tuple[Directory, str]]:
    """Every checkpoint file as its directory, held open only until the next, and its name.

    With `ordered` by path (STORE-5), which takes memory for the names of a directory;
    else as the file system has them, files before directories. What cannot be read is
    told to `report` (STORE-7); links are not followed (STORE-3). `on_skipped` hears of
    everything else that is left out, by path. Raises `StoreError` unreadable for the base
    itself (STORE-6).
    """
    with closing(walk_in_groups(base, report, ordered=ordered, on_skipped=on_skipped)) as groups:
        for directory, names in groups:
            for name in names:
                yield directory, name


def walk_in_groups(
    base: Directory,
    report: OnError,
    *,
    ordered: bool,
    on_skipped: Callable[[str], None] | None = None,
) -> Generator[tuple[Directory, list[str]], None, None]:
    """As `walk`, several files of a directory at a time, which costs less for each."""
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
                below = directory.below(name)
            except (OSError, StoreError) as error:
                # It may have been removed, or replaced by a link, since it was found.
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
    """The directories in one directory, and lists of its checkpoint files."""
    directories, files = [], []
    try:
        with directory.scan() as entries:
            for entry in entries:
                name = entry.name
                # STORE-1, asked first because nearly all are; no call is spent on it.
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
    if not ordered:
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
    """What a resumable checkpoint has in common with an identity, as its header shows it."""

    def __init__(self, text: tuple[str, str], integers: dict[str, int]) -> None:
        self.field: str = text[0]
        self.text: str = text[1]
        self.integers = integers
        self.rejected: LastRejectedHeader = LastRejectedHeader([self.field, *integers])

    def matches_header(self, descriptor: int, head: bytes) -> bool:
        """Whether a header has it all. Raises `DecodeError` for a fault before that."""
        return header_matches(descriptor, head, self.integers, self.field, self.text)

    def matches_record(self, record: CheckpointRecord) -> bool:
        """Whether a record has it all."""
        return getattr(record, self.field) == self.text and all(
            getattr(record, field) == value for field, value in self.integers.items()
        )


def read_group(
    directory: Directory,
    names: list[str],
    wanted: IdentityFilter | None,
    report: Callable[[str, DecodeError | StoreError], None],
) -> Iterator[tuple[str, CheckpointRecord]]:
    """Of the files of a directory, found by `walk`, those that are wanted: name and record.

    Three calls of the operating system for a small file, and for a large one whose
    header shows another identity (STORE-22). `report` hears of what cannot be read.
    """
    here, path = directory.descriptor, directory.join("")
    matches = wanted.rejected.matches if wanted else None
    for name in names:
        try:
            # As Directory.open_file does; the call would be a twentieth of the time of a listing.
            descriptor = os.open(name if here is not None else path + name, READ, dir_fd=here)
            try:
                head = read_at(descriptor, HEADER_READ_SIZE, 0)
                if matches and matches(head):
                    continue
                record = _read_matching(descriptor, head, wanted)
            finally:
                os.close(descriptor)
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
    report: Callable[[str, DecodeError | StoreError], None],
) -> tuple[CheckpointRecord, dict[str, int]] | None:
    """The record of a file with its strings cut, and their lengths; None if it is left out."""
    try:
        descriptor = directory.open_file(name, READ)
        try:
            return read_shortened(descriptor, read_at(descriptor, HEADER_READ_SIZE, 0), max_chars)
        finally:
            os.close(descriptor)
    except DecodeError as error:
        report(directory.join(name), error)
    except OSError as error:
        report(directory.join(name), _left_out(directory.join(name), error))
    return None


def _left_out(path: str, error: OSError | TooLargeError) -> StoreError:
    """Why a file is not listed, as one of the vocabulary."""
    if isinstance(error, TooLargeError):
        return StoreError("too-large", path, {"size": error.size})
    return from_os_error(StoreError, path, error)


def _read_matching(
    descriptor: int, head: bytes, wanted: IdentityFilter | None
) -> CheckpointRecord | None:
    """The record, or None if it is not one that is wanted. Raises `DecodeError`, `OSError`."""
    if wanted and len(head) == HEADER_READ_SIZE and not wanted.matches_header(descriptor, head):
        wanted.rejected.remember(head)
        return None
    try:
        record = read_record(descriptor, head)
    except DecodeError:
        # A fault after another identity goes unnoticed, whatever the size of the file.
        if wanted and not wanted.matches_header(descriptor, head):
            return None
        raise
    if wanted is None or wanted.matches_record(record):
        return record
    wanted.rejected.remember(head)
    return None
