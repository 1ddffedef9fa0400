"""Directory trees of the cases: created, read and compared (see case.schema.json)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.case_paths import path_bytes
from rckp.conformance.case_shape import check_tree, components
from rckp.format.codec import encode
from rckp.format.paths import SUFFIX
from rckp.format.record_json import from_json
from rckp.store.temporary_files import is_temporary

_DIRECTORY = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


MAX_FOUND = 20_000  # entries of a tree after an operation
MAX_CONTENT = 64 << 20  # bytes of all files in it


class TreeEntry(NamedTuple):
    """The properties of an entry. A hard link is a file like the other names of that file."""

    kind: str
    content: bytes  # of a link the target
    mode: int | None = None  # the nine permission bits; None where they are not asked for
    owner: int | None = None  # a user id; None where it is not asked for
    group: int | None = None


Snapshot = dict[bytes, TreeEntry]  # by path from the root


def content(entry: Mapping[str, Any]) -> TreeEntry:
    """Return the expected properties of an entry of a case."""
    kind = str(entry["kind"])
    if "record" in entry:
        data = encode(from_json(entry["record"]))
    elif "target" in entry:
        data = str(entry["target"]).encode()
    else:
        data = bytes.fromhex(entry.get("bytes", ""))
    mode = int(entry["mode"], 8) if "mode" in entry else None
    owner, group = (int(entry[name]) if name in entry else None for name in ("owner", "group"))
    return TreeEntry(kind, data, mode, owner, group)


def needs_root(entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a tree has files of other users, which only root can make."""
    return any("owner" in entry or "group" in entry for entry in entries)


def create_tree(root: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Make the entries below `root`, an existing directory, and the directories above them.

    Everything is made below a descriptor of `root`, name by name, and no link is followed. Raise
    `ValueError` before anything is made if an entry leads out of the tree, and `OSError`.
    """
    entries = list(entries)
    check_tree(entries)
    top = os.open(root, _DIRECTORY)
    try:
        for entry in entries:
            names = components(entry["path"])
            above = _descend(top, names[:-1])
            try:
                _make(top, above, names[-1], entry)
            finally:
                os.close(above)
    finally:
        os.close(top)


def _make(top: int, above: int, name: bytes, entry: Mapping[str, Any]) -> None:
    """Make one entry with the name `name` in the directory `above`."""
    kind, data, mode, owner, group = content(entry)
    if kind == "directory":
        made = _descend(above, (name,))
        try:
            if mode is not None:
                os.fchmod(made, mode)
        finally:
            os.close(made)
    elif kind == "file":
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(name, flags, 0o666, dir_fd=above), "wb") as file:
            file.write(data)
            if owner is not None or group is not None:
                ids = (-1 if each is None else each for each in (owner, group))
                os.fchown(file.fileno(), *ids)
            if mode is not None:
                os.fchmod(file.fileno(), mode)
    elif kind == "link":
        os.symlink(data, name, dir_fd=above)
    elif kind == "hard-link":
        *directories, last = components(entry["target"])
        source = _descend(top, directories)
        try:
            os.link(last, name, src_dir_fd=source, dst_dir_fd=above, follow_symlinks=False)
        finally:
            os.close(source)
    else:
        os.mkfifo(name, dir_fd=above)
        if mode is not None:
            os.chmod(name, mode, dir_fd=above)
    if "modified" in entry:
        at = int(entry["modified"]) * 1_000_000  # ms to ns
        os.utime(name, ns=(at, at), dir_fd=above, follow_symlinks=False)


def _descend(top: int, names: Iterable[bytes]) -> int:
    """Return a descriptor of a directory below `top`, which the caller closes; make what lacks."""
    at = os.dup(top)
    try:
        for name in names:
            try:
                below = os.open(name, _DIRECTORY, dir_fd=at)
            except FileNotFoundError:
                os.mkdir(name, dir_fd=at)
                below = os.open(name, _DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
    except BaseException:
        os.close(at)
        raise
    return at


def snapshot(root: Path) -> Snapshot:
    """Everything below `root`, links not followed, pipes not opened.

    At most `MAX_FOUND` entries and `MAX_CONTENT` bytes of files are kept; what is more, or
    cannot be read, is an entry of a kind that no case expects.
    """
    top = os.fsencode(root)
    found: Snapshot = {}
    left = MAX_CONTENT
    directories = [top]
    while directories:
        directory = directories.pop()
        try:
            names = sorted(os.listdir(directory))
        except OSError:
            found[directory[len(top) + 1 :] or b"."] = TreeEntry(
                "directory that cannot be read", b""
            )
            continue
        for name in names:
            path = os.path.join(directory, name)
            entry = _entry(path, left)
            left -= len(entry.content)
            found[path[len(top) + 1 :]] = entry
            if entry.kind == "directory":
                directories.append(path)
            if len(found) > MAX_FOUND:
                found[b"..."] = TreeEntry("tree of too many entries", b"")
                return found
    return found


def _entry(path: bytes, most: int) -> TreeEntry:
    try:
        status = os.lstat(path)
        mode = stat.S_IMODE(status.st_mode) & 0o777
        owner, group = status.st_uid, status.st_gid
        if stat.S_ISLNK(status.st_mode):
            return TreeEntry("link", os.readlink(path), mode, owner, group)
        if stat.S_ISDIR(status.st_mode):
            return TreeEntry("directory", b"", mode, owner, group)
        if not stat.S_ISREG(status.st_mode):
            return TreeEntry("pipe", b"", mode, owner, group)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return TreeEntry("pipe", b"", mode, owner, group)
            data = file.read(most + 1)
            if len(data) > most:
                return TreeEntry("file too large to compare", b"", mode)
            return TreeEntry("file", data, mode, owner, group)
    except OSError as error:
        return TreeEntry(f"file that cannot be read ({error.strerror})", b"")


def _is_preserved(name: bytes) -> bool:
    """Return whether a file with this name is neither listed nor swept (SAFE-10)."""
    return not name.endswith(SUFFIX.encode()) and not is_temporary(os.fsdecode(name))


def differences(before: Snapshot, after: Snapshot, changes: Mapping[str, Any]) -> list[str]:
    """Return the differences from the tree that the case expects, as sentences.

    `changes` has `put`, `removed` and perhaps `kept`; all else must be as before, but for
    the directories above what was put.
    """
    wanted = dict(before)
    for path in changes["removed"]:
        wanted.pop(path_bytes(path), None)
    for entry in changes["put"]:
        path = path_bytes(entry["path"])
        wanted[path] = content(entry)
        while path := os.path.dirname(path):
            wanted.setdefault(path, TreeEntry("directory", b""))
    kept = [(path_bytes(e["directory"]), content(e)[:2]) for e in changes.get("kept", ())]
    wrong = [f"{path!r} is missing" for path in wanted if path not in after]
    for path, entry in after.items():
        if path in wanted:
            kind, data, mode, *owners = wanted[path]
            if (kind, data) != entry[:2]:
                size = len(entry.content)
                wrong.append(f"{path!r} is a {entry.kind} of {size} bytes, not as expected")
            elif mode not in (None, entry.mode):
                wrong.append(f"{path!r} has the permissions {entry.mode:03o}, not {mode:03o}")
            for name, is_, was in zip(("owner", "group"), entry[3:], owners, strict=True):
                if was not in (None, is_):
                    wrong.append(f"{path!r} has the {name} {is_}, not {was}")
        elif (os.path.dirname(path), entry[:2]) in kept and _is_preserved(os.path.basename(path)):
            kept.remove((os.path.dirname(path), entry[:2]))
        else:
            wrong.append(f"{path!r} should not be there")
    return wrong + [f"nothing was kept in {directory!r}" for directory, _ in kept]
