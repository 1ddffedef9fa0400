"""What `rckp validate` does with each of its paths."""

from __future__ import annotations

import os
import sys

from rckp.cli.report import Summary
from rckp.files.container import archive_in, container_of, is_url, local_path, shown_path
from rckp.validation.validate import Report, unreadable_finding, validate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rckp.errors import PathError
    from rckp.files.container import Container
    from rckp.validation.batch import BatchItem


def items(paths: Iterable[str], summary: Summary, now_ms: int) -> Iterator[BatchItem]:
    """Yield the path or the report of each file, and whether a person named it."""
    for each in paths:
        path = local_path(each)
        if path == "-":
            yield validate(sys.stdin.buffer, now_ms=now_ms)._replace(path="-"), True
        elif is_url(path):
            yield from _packed(path, None, summary, now_ms)
        elif os.path.isdir(path):
            yield from ((item, False) for item in _directory(path, summary))
        elif (container := container_of(path)) is not None:
            yield from _packed(path, container, summary, now_ms)
        elif (inside := archive_in(path)) is not None:
            yield _member(*inside, now_ms), True
        else:
            yield path, True


def _packed(
    path: str, container: Container | None, summary: Summary, now_ms: int
) -> Iterator[tuple[Report, bool]]:
    """The reports of an archive or a URL, as those of a directory; or that of one file."""
    found = links = 0

    def on_skipped(path: str, is_link: bool) -> None:
        nonlocal links
        links += is_link
        summary.count_skipped(path)

    for report, named in _packed_reports(path, container, now_ms, on_skipped):
        found += 1
        yield report, named
    if not found:
        summary.empty_directories.append(shown_path(path))
        summary.links[shown_path(path)] = links


def _packed_reports(
    path: str,
    container: Container | None,
    now_ms: int,
    on_skipped: Callable[[str, bool], None],
) -> Iterator[tuple[Report, bool]]:
    if container is None:
        from rckp.validation.remote import remote_reports

        yield from remote_reports(path, now_ms, on_skipped)
        return
    from rckp.validation.archived import archive_reports, validate_compressed

    if container.archive is None:
        yield validate_compressed(container, now_ms), True
    else:
        for report in archive_reports(container, now_ms, on_skipped):
            yield report, False


def _member(container: Container, name: str, now_ms: int) -> Report:
    from rckp.validation.archived import validate_member

    return validate_member(container, name, now_ms)


def _directory(base: str, summary: Summary) -> Iterator[str | Report]:
    from rckp.errors import StoreError
    from rckp.store import listing  # one file needs no walk

    troubles: list[Report] = []

    def report(path: str, error: PathError) -> None:
        troubles.append(Report(path, None, (unreadable_finding(error),)))

    found = links = 0

    def on_skipped(path: str) -> None:
        nonlocal links
        links += os.path.islink(path)
        summary.count_skipped(path)

    try:
        with listing.open_base(base) as directory:
            walk = listing.walk(directory, report, ordered=True, on_skipped=on_skipped)
            for below, name in walk:
                yield from troubles
                troubles.clear()
                found += 1
                yield below.join(name)
    except StoreError as error:
        report(base, error)
    found += len(troubles)
    yield from troubles
    if not found:
        summary.empty_directories.append(base)
        summary.links[base] = links
