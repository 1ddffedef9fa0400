"""Validation of the checkpoints in an archive, and of a compressed checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from rckp.files.archive import (
    FILE,
    HARD_LINK,
    Member,
    open_archive,
    open_compressed,
    open_member,
    plain_name,
    sort_key,
)
from rckp.files.container import Container
from rckp.files.regular_file import SourceError
from rckp.format.paths import SUFFIX
from rckp.validation.validate import Report, unreadable_report, validate_read


def is_checkpoint_name(name: str) -> bool:
    """Whether a member has the name of a checkpoint (STORE-1)."""
    last = name.rpartition("/")[2]
    return last.endswith(SUFFIX) and last != SUFFIX


def archive_reports(
    container: Container, now_ms: int, on_skipped: Callable[[str, bool], None]
) -> Iterator[Report]:
    """Yield the report of each checkpoint of an archive, in the order of files of a directory.

    `on_skipped(path, is_link)` is called for each other member. An archive that is damaged has a
    report of its own after those of the members before. The memory depends on the number of
    members, and not on their sizes.
    """
    reports: list[Report] = []
    trouble: list[Report] = []
    try:
        with open_archive(container) as members:
            for member in members:
                path = f"{container.path}/{plain_name(member.name)}"
                if not is_checkpoint_name(member.name) or member.kind not in (FILE, HARD_LINK):
                    on_skipped(path, member.kind not in (FILE, HARD_LINK))
                else:
                    reports.append(_report(path, member, now_ms))
    except SourceError as error:
        trouble.append(unreadable_report(error.path, error))
    reports.sort(key=lambda each: sort_key(each.path or ""))
    yield from reports
    yield from trouble


def _report(path: str, member: Member, now_ms: int) -> Report:
    if member.kind == HARD_LINK:
        reason = {"reason": "a hard link to another member, which has the contents"}
        return unreadable_report(path, SourceError("unreadable", path, reason))
    return validate_read(member.read, path, now_ms, size=member.size or None)


def validate_member(container: Container, name: str, now_ms: int) -> Report:
    """The report of one member of an archive."""
    path = f"{container.path}/{name}"
    try:
        with open_member(container, name) as member:
            return _report(path, member, now_ms)
    except SourceError as error:
        return unreadable_report(path, error)


def validate_compressed(container: Container, now_ms: int) -> Report:
    """The report of a compressed checkpoint. Its place is that of the name without suffix."""
    path = container.path
    try:
        with open_compressed(container) as read:
            report = validate_read(read, os.path.splitext(path)[0], now_ms)
    except SourceError as error:
        return unreadable_report(path, error)
    return report._replace(path=path)
