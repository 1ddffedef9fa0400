"""What `rckp validate` does with each of its paths."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import partial
from itertools import chain

from rckp.cli.report import Summary
from rckp.files.container import Container, is_url, local_path, packed_at, shown_path
from rckp.files.regular_file import SourceError, is_too_long
from rckp.validation.batch import validate_entries
from rckp.validation.validate import unreadable_report, validate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rckp.validation.batch import BatchItem

    OnSkipped = Callable[[str, bool], None]  # with the path, and whether it is a link


def items(
    paths: Iterable[str], summary: Summary, now_ms: int, *, wants_paths: Callable[[], bool] | None
) -> Iterator[BatchItem]:
    """Yield the path or the report of each file, and whether a person named it.

    The files of directories are validated here, which is faster, except while `wants_paths()` is
    true. Those whose paths are too long to be opened elsewhere are always validated here.
    """
    for each in paths:
        try:
            path = local_path(each)
        except SourceError as error:
            yield unreadable_report(each, error), True
            continue
        if path == "-":
            yield validate(sys.stdin.buffer, now_ms=now_ms)._replace(path="-"), True
        elif isinstance(packed := packed_at(path), Container):
            yield from _counted(path, summary, partial(_container, packed, now_ms))
        elif packed is not None:
            from rckp.validation.archived import validate_member

            yield validate_member(*packed, now_ms), True
        elif is_url(path):
            yield from _counted(path, summary, partial(_remote, path, now_ms))
        elif os.path.isdir(path):
            yield from _counted(path, summary, partial(_directory, path, now_ms, wants_paths))
        else:
            yield path, True


def _counted(
    path: str, summary: Summary, produce: Callable[[OnSkipped], Iterator[BatchItem]]
) -> Iterator[BatchItem]:
    """Yield what is found below a path, and count the rest of it."""
    links = 0

    def on_skipped(path: str, is_link: bool) -> None:
        nonlocal links
        links += is_link
        summary.count_skipped(path)

    found = produce(on_skipped)
    first = next(found, None)
    if first is not None:
        yield first
        yield from found
        return
    shown = shown_path(path)
    summary.empty_directories.append(shown)
    summary.links[shown] = links


def _remote(url: str, now_ms: int, on_skipped: OnSkipped) -> Iterator[BatchItem]:
    from rckp.validation.remote import remote_reports

    yield from remote_reports(url, now_ms, on_skipped)


def _container(container: Container, now_ms: int, on_skipped: OnSkipped) -> Iterator[BatchItem]:
    from rckp.validation.archived import archive_reports, validate_compressed

    if container.archive is None:
        yield validate_compressed(container, now_ms), True
    else:
        for report in archive_reports(container, now_ms, on_skipped):
            yield report, False


def _directory(
    base: str, now_ms: int, wants_paths: Callable[[], bool] | None, on_skipped: OnSkipped
) -> Iterator[BatchItem]:
    from rckp.store.listing import ordered_groups  # one file needs no walk

    with closing(ordered_groups(base, on_skipped)) as groups:
        for group in groups:
            if not isinstance(group, tuple):
                yield unreadable_report(group.path, group), False
                continue
            directory, names = group
            rest = iter(names)
            for name in rest:
                following: Iterable[str] = rest
                if wants_paths is not None:
                    if wants_paths() and not is_too_long(path := directory.join(name)):
                        yield path, False
                        continue
                    following = _until(wants_paths, rest)
                here = chain((name,), following)
                yield from ((each, False) for each in validate_entries(directory, here, now_ms))


def _until(stop: Callable[[], bool], names: Iterator[str]) -> Iterator[str]:
    """Yield names until `stop()` is true, and leave the others."""
    for name in names:
        yield name
        if stop():
            return
