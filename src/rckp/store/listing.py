"""Finding the files of a store and reading them, so that nothing can hang or fool it."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from rckp.errors import DecodeError
from rckp.paths import SUFFIX
from rckp.read.whole_file import TooLargeError
from rckp.store.alike import Alike
from rckp.store.errors import StoreError, unreadable
from rckp.store.folder import READ, Folder, read_at
from rckp.store.head import HEAD, check, fixed_place, shortened, shows, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from rckp.record import CheckpointRecord

    Report = Callable[[str, StoreError], None]

DEPTH = 100  # directories below one another that are entered (STORE-9)
_CREATED_AT = fixed_place("created_at_ms")
_GROUP = 64  # files that are found before the first of them is opened, if order does not matter


def open_base(path: str) -> Folder:
    """The base directory, held open. Raises `StoreError` (STORE-6)."""
    try:
        return Folder.open(path)
    except NotADirectoryError as error:
        raise StoreError("not-a-directory", path, {"what": "a file"}) from error
    except OSError as error:
        raise unreadable(path, error) from error


def open_base_to_write(path: str) -> Folder:
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
    base: Folder,
    report: Report,
    *,
    ordered: bool,
    passed_over: Callable[[str], None] | None = None,
) -> Iterator[tuple[Folder, str]]:
    """Every checkpoint file as its directory, held open only until the next, and its name.

    With `ordered` by path (STORE-5), which takes memory for the names of a directory;
    else as the file system has them, files before directories. What cannot be read is
    told to `report` (STORE-7); links are not followed (STORE-3). `passed_over` hears of
    everything else that is left out, by path. Raises `StoreError` unreadable for the base
    itself (STORE-6).
    """
    with closing(walk_in_groups(base, report, ordered=ordered, passed_over=passed_over)) as groups:
        for folder, names in groups:
            for name in names:
                yield folder, name


def walk_in_groups(
    base: Folder,
    report: Report,
    *,
    ordered: bool,
    passed_over: Callable[[str], None] | None = None,
) -> Generator[tuple[Folder, list[str]], None, None]:
    """As `walk`, several files of a directory at a time, which costs less for each."""
    waiting = [(base, _entries(base, _refuse, ordered, passed_over))]
    try:
        while waiting:
            folder, entries = waiting[-1]
            name = next(entries, None)
            if name is None:
                waiting.pop()
                if folder is not base:
                    folder.close()
                continue
            if isinstance(name, list):
                yield folder, name
                continue
            if len(waiting) > DEPTH:
                reason = f"nested more than {DEPTH} directories deep"
                report(
                    folder.join(name),
                    StoreError("unreadable", folder.join(name), {"reason": reason}),
                )
                continue
            try:
                below = folder.below(name)
            except (OSError, StoreError) as error:
                # It may have been removed, or replaced by a link, since it was found.
                path = folder.join(name)
                report(path, unreadable(path, error) if isinstance(error, OSError) else error)
                continue
            waiting.append((below, _entries(below, report, ordered, passed_over)))
    finally:
        for folder, entries in waiting:
            entries.close()
            if folder is not base:
                folder.close()


def _entries(
    folder: Folder, report: Report, ordered: bool, passed_over: Callable[[str], None] | None
) -> Generator[str | list[str], None, None]:
    """The directories in one directory, and lists of its checkpoint files."""
    directories, files = [], []
    try:
        with folder.scan() as entries:
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
                elif passed_over is not None:
                    passed_over(folder.join(name))
    except OSError as error:
        report(folder.path, unreadable(folder.path, error))
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


class Wanted:
    """What a resumable checkpoint has in common with an identity, as its header shows it."""

    def __init__(self, text: tuple[str, str], integers: dict[str, int]) -> None:
        self.field: str = text[0]
        self.text: str = text[1]
        self.integers = integers
        self.others: Alike = Alike([self.field, *integers])

    def shown_by(self, descriptor: int, head: bytes) -> bool:
        """Whether a header has it all. Raises `DecodeError` for a fault before that."""
        return shows(descriptor, head, self.integers, self.field, self.text)

    def had_by(self, record: CheckpointRecord) -> bool:
        """Whether a record has it all."""
        return getattr(record, self.field) == self.text and all(
            getattr(record, field) == value for field, value in self.integers.items()
        )


def read_group(
    folder: Folder,
    names: list[str],
    wanted: Wanted | None,
    report: Callable[[str, DecodeError | StoreError], None],
) -> Iterator[tuple[str, CheckpointRecord]]:
    """Of the files of a directory, found by `walk`, those that are wanted: name and record.

    Three calls of the operating system for a small file, and for a large one whose
    header shows another identity (STORE-22). `report` hears of what cannot be read.
    """
    here, path = folder.descriptor, folder.join("")
    has_seen = wanted.others.has_seen if wanted else None
    for name in names:
        try:
            # As Folder.open_file does; the call would be a twentieth of the time of a listing.
            descriptor = os.open(name if here is not None else path + name, READ, dir_fd=here)
            try:
                head = read_at(descriptor, HEAD, 0)
                if has_seen and has_seen(head):
                    continue
                record = _read_matching(descriptor, head, wanted)
            finally:
                os.close(descriptor)
        except DecodeError as error:
            report(folder.join(name), error)
        except (OSError, TooLargeError) as error:
            report(folder.join(name), _left_out(folder.join(name), error))
        else:
            if record is not None:
                yield name, record


def read_short(
    folder: Folder,
    name: str,
    max_chars: int,
    report: Callable[[str, DecodeError | StoreError], None],
) -> tuple[CheckpointRecord, dict[str, int]] | None:
    """The record of a file with its strings cut, and their lengths; None if it is left out."""
    try:
        descriptor = folder.open_file(name, READ)
        try:
            return shortened(descriptor, read_at(descriptor, HEAD, 0), max_chars)
        finally:
            os.close(descriptor)
    except DecodeError as error:
        report(folder.join(name), error)
    except OSError as error:
        report(folder.join(name), _left_out(folder.join(name), error))
    return None


def _left_out(path: str, error: OSError | TooLargeError) -> StoreError:
    """Why a file is not listed, as one of the vocabulary."""
    if isinstance(error, TooLargeError):
        return StoreError("too-large", path, {"size": error.size})
    return unreadable(path, error)


def _read_matching(descriptor: int, head: bytes, wanted: Wanted | None) -> CheckpointRecord | None:
    """The record, or None if it is not one that is wanted. Raises `DecodeError`, `OSError`."""
    if wanted and len(head) == HEAD and not wanted.shown_by(descriptor, head):
        wanted.others.remember(head)
        return None
    try:
        record = whole(descriptor, head)
    except DecodeError:
        # A fault after another identity goes unnoticed, whatever the size of the file.
        if wanted and not wanted.shown_by(descriptor, head):
            return None
        raise
    if wanted is None or wanted.had_by(record):
        return record
    wanted.others.remember(head)
    return None


class Judged:
    """The very file that was judged, to be removed only if it is still that (STORE-17)."""

    def __init__(self, status: os.stat_result) -> None:
        self._signs = self._of(status)

    @staticmethod
    def _of(status: os.stat_result) -> tuple[int, int, int, int]:
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def is_still(self, folder: Folder, name: str) -> bool:
        """Whether the name leads to the same file, unchanged. Raises `FileNotFoundError`."""
        status = folder.status(name)
        return stat.S_ISREG(status.st_mode) and self._of(status) == self._signs


def judge_older(folder: Folder, name: str, before: int) -> Judged | None:
    """The file, if it is valid and was written before a time (STORE-15). Raises `OSError`."""
    descriptor = folder.open_file(name, READ)
    try:
        status = os.fstat(descriptor)
        head = read_at(descriptor, HEAD, 0)
        # If the file is faulty it stays as well, and if this is cut short it is faulty.
        if int.from_bytes(head[_CREATED_AT], "little") >= before:
            return None
        check(descriptor, head)
    except DecodeError:
        return None
    finally:
        os.close(descriptor)
    return Judged(status)


def judge_broken(folder: Folder, name: str, unchanged_since: float) -> Judged | None:
    """The file, if it is truncated and older than a time in seconds (STORE-20, STORE-21)."""
    descriptor = folder.open_file(name, READ)
    try:
        status = os.fstat(descriptor)
        if status.st_mtime > unchanged_since:
            return None
        check(descriptor, read_at(descriptor, HEAD, 0))
    except DecodeError as error:
        return Judged(status) if error.code == "truncated" else None
    finally:
        os.close(descriptor)
    return None
