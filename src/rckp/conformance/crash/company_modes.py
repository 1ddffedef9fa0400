"""Permissions of created and replaced files: umask, set-user-ID bits, owners (SAFE-16)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.crash.company_visit import Place, Visit, expected
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.trace import Trace

_OWNER, _GROUP, _DIRECTORY_GROUP = 12345, 12346, 12347  # if the runner is root
_SPECIAL = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX


def masks(_trace: Trace) -> Iterator[str]:
    """File mode creation masks."""
    yield from ("000", "027", "077", "777")


def with_mask(visit: Visit, label: str) -> Iterator[Violation]:
    """Start the adapter with a umask, and check the permissions of created files."""
    mask = int(label, 8)
    start = ("sh", "-c", 'umask "$0"; exec "$@"', label)
    with visit.place() as place, visit.another(*start) as adapter:
        there = {path for path, _ in _walk(place)}
        response = visit.send(visit.message(place.root), place.root, adapter=adapter).response
        refused = (
            not isinstance(response, NoResponseError) and response.get("code") == "not-written"
        )
        if refused and os.geteuid() != 0 and mask & 0o700:
            return  # it cannot enter the directories that it creates
        yield from _written(visit, place, f"with the umask {label}")
        if visit.scenario.replaces:
            existing = visit.scenario.existing or {}
            yield from _same_mode(place, int(existing["mode"], 8))
            return
        yield from _new_mode(place, mask)
        for path, status in _walk(place):
            if path in there or not stat.S_ISDIR(status.st_mode):
                continue
            wider = status.st_mode & 0o777 & ~(0o777 & ~mask)
            if wider:
                found = status.st_mode & 0o777
                yield Violation(
                    f"a directory is created with {found:03o}, more than the umask {label} allows "
                    "(SAFE-16)"
                )


def modes(trace: Trace) -> Iterator[str]:
    """Permissions of the file that has the name."""
    yield from ("640", "666", "444", "4755", "2750", "1644", "6777")
    if trace.scenario.replaces:
        yield "set-gid-directory"


def with_mode(visit: Visit, label: str) -> Iterator[Violation]:
    """Set the permissions of the existing file, and as root its owner and group."""
    in_directory = label == "set-gid-directory"
    mode = 0o640 if in_directory else int(label, 8)
    is_root = os.geteuid() == 0
    with visit.place() as place:
        if is_root:
            os.chown(place.checkpoint, _OWNER, _GROUP)
        if in_directory:
            if is_root:
                os.chown(place.scope, -1, _DIRECTORY_GROUP)
            os.chmod(place.scope, 0o2775)  # noqa: S103 - it is the case
        os.chmod(place.checkpoint, mode)
        before = os.stat(place.checkpoint)
        visit.send(visit.message(place.root), place.root)
        yield from _written(visit, place, f"over a file with {label}")
        if visit.scenario.replaces:
            yield from _same_mode(place, mode & 0o777)
            after = os.stat(place.checkpoint)
            for what in ("st_uid", "st_gid"):
                was, is_ = getattr(before, what), getattr(after, what)
                if was != is_:
                    yield Violation(f"the {what[3:]} was {was} and is {is_} (SAFE-16)")
            return
        yield from _new_mode(place, 0)
        kept = [
            s for _, s in _walk(place) if (s.st_dev, s.st_ino) == (before.st_dev, before.st_ino)
        ]
        if not kept:
            yield Violation("the quarantined file was copied or lost (SAFE-10)")
        elif stat.S_IMODE(kept[0].st_mode) != mode:
            found = stat.S_IMODE(kept[0].st_mode)
            yield Violation(f"the quarantined file had {mode:03o} and has {found:03o} (SAFE-10)")


def _walk(place: Place) -> list[tuple[bytes, os.stat_result]]:
    found = []
    for directory, names, files in os.walk(os.fsencode(place.root)):
        for name in (*names, *files):
            path = os.path.join(directory, name)
            found.append((path, os.lstat(path)))
    return found


def _written(visit: Visit, place: Place, how: str) -> Iterator[Violation]:
    response = visit.response
    if isinstance(response, NoResponseError):
        yield Violation(f"no response {how}: {response}")
    elif response["type"] != "ok":
        yield Violation(f"the response is {response.get('code')} {how} (SAFE-16)")
    elif _readable(place) != expected(visit.scenario):
        yield Violation(f"the response is ok {how}, but the new checkpoint is not there")


def _readable(place: Place) -> bytes | None:
    """The content of the checkpoint, also if its permissions deny to read it."""
    if not os.path.lexists(place.checkpoint):
        return None
    mode = stat.S_IMODE(os.lstat(place.checkpoint).st_mode)
    if mode & stat.S_IRUSR:
        return place.data()
    os.chmod(place.checkpoint, mode | stat.S_IRUSR)
    try:
        return place.data()
    finally:
        os.chmod(place.checkpoint, mode)


def _same_mode(place: Place, wanted: int) -> Iterator[Violation]:
    if not os.path.lexists(place.checkpoint):
        return
    found = stat.S_IMODE(os.lstat(place.checkpoint).st_mode)
    if found & 0o777 != wanted:
        yield Violation(f"the permissions were {wanted:03o} and are {found:03o} (SAFE-16)")
    yield from _no_special_bits(found)


def _new_mode(place: Place, mask: int) -> Iterator[Violation]:
    if not os.path.lexists(place.checkpoint):
        return
    found = stat.S_IMODE(os.lstat(place.checkpoint).st_mode)
    most = 0o666 & ~mask
    if found & 0o777 & ~most:
        yield Violation(f"a new file has {found:03o}, more than {most:03o} (SAFE-16)")
    yield from _no_special_bits(found)


def _no_special_bits(mode: int) -> Iterator[Violation]:
    if mode & _SPECIAL:
        yield Violation(f"the new file has {mode:04o}: set-ID or sticky bits (SAFE-16)")
