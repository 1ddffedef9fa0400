"""Validation of the checkpoints in an archive, and of a compressed checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TypeVar

from rckp.files.archive import (
    FILE,
    HARD_LINK,
    Member,
    open_archive,
    open_compressed,
    open_member,
    plain_name,
)
from rckp.files.container import Container, sort_key
from rckp.files.regular_file import SourceError
from rckp.format.paths import SUFFIX
from rckp.validation.validate import Report, unreadable_report, validate_read

R = TypeVar("R")


def is_checkpoint_name(name: str) -> bool:
    """Whether a member has the name of a checkpoint (STORE-1)."""
    last = name.rpartition("/")[2]
    return last.endswith(SUFFIX) and last != SUFFIX


def archive_reports(
    container: Container, now_ms: int, on_skipped: Callable[[str, bool], None]
) -> Iterator[Report]:
    """Yield the report of each checkpoint of an archive, in the order of files of a directory.

    `on_skipped(path, is_link)` is called for each other member. An archive that is damaged has a
    report of its own after those of the members before.
    """

    def made(path: str, member: Member) -> Report:
        return _report(path, member, now_ms)

    try:
        yield from read_members(container, made, on_skipped)
    except SourceError as error:
        yield unreadable_report(error.path, error)


def read_members(
    container: Container,
    make: Callable[[str, Member], R],
    on_skipped: Callable[[str, bool], None],
) -> Iterator[R]:
    """Yield `make(path, member)` of each checkpoint, in the order of files of a directory.

    `on_skipped` is as for `archive_reports`. Raise `SourceError` for an archive that is damaged,
    after the members before. The memory depends on the number of members, and not on their sizes.
    """
    found: list[tuple[list[bytes], R]] = []
    trouble: SourceError | None = None
    try:
        with open_archive(container) as members:
            for member in members:
                path = f"{container.path}/{plain_name(member.name)}"
                if not is_checkpoint_name(member.name) or member.kind not in (FILE, HARD_LINK):
                    on_skipped(path, member.kind not in (FILE, HARD_LINK))
                else:
                    found.append((sort_key(path), make(path, member)))
    except SourceError as error:
        trouble = error
    found.sort(key=itemgetter(0))
    yield from (made for _, made in found)
    if trouble is not None:
        raise trouble


def refuse_hard_link(path: str, member: Member) -> None:
    """Raise `SourceError` for a hard link."""
    if member.kind == HARD_LINK:
        reason = {"reason": "a hard link to another member, which has the contents"}
        raise SourceError("unreadable", path, reason)


def _report(path: str, member: Member, now_ms: int) -> Report:
    try:
        refuse_hard_link(path, member)
    except SourceError as error:
        return unreadable_report(path, error)
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
