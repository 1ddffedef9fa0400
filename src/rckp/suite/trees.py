"""Directory trees of the cases: made on disk, read back, and compared (see case.schema.json)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.codec import encode
from rckp.json_record import from_json
from rckp.paths import SUFFIX
from rckp.store.durable import is_temporary
from rckp.suite.case_paths import path_bytes


class Found(NamedTuple):
    """What an entry is: a hard link is a file like the other names of that file."""

    kind: str
    content: bytes  # of a link the target
    mode: int | None = None  # the nine permission bits; None where they are not asked for


Snapshot = dict[bytes, Found]  # by path from the root


def content(entry: Mapping[str, Any]) -> Found:
    """What an entry of a case is."""
    kind = str(entry["kind"])
    mode = int(entry["mode"], 8) if "mode" in entry else None
    if "record" in entry:
        return Found(kind, encode(from_json(entry["record"])), mode)
    if "target" in entry:
        return Found(kind, str(entry["target"]).encode(), mode)
    return Found(kind, bytes.fromhex(entry.get("bytes", "")), mode)


def plant(root: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Makes the entries below `root`, an existing directory, and the directories above them."""
    for entry in entries:
        path = os.path.join(os.fsencode(root), path_bytes(entry["path"]))
        kind, data, mode = content(entry)
        os.makedirs(path if kind == "directory" else os.path.dirname(path), exist_ok=True)
        if kind == "file":
            with open(path, "xb") as file:
                file.write(data)
        elif kind == "link":
            os.symlink(data, path)
        elif kind == "hard-link":
            os.link(os.path.join(os.fsencode(root), data), path)
        elif kind == "pipe":
            os.mkfifo(path)
        if mode is not None:
            os.chmod(path, mode)
        if "modified" in entry:
            at = int(entry["modified"]) * 1_000_000  # ms to ns
            os.utime(path, ns=(at, at), follow_symlinks=False)


def snapshot(root: Path) -> Snapshot:
    """Everything below `root`, links not followed, pipes not opened."""
    top = os.fsencode(root)
    found: Snapshot = {}
    for folder, directories, files in os.walk(top):
        for name in (*directories, *files):
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                kind, data = "link", os.readlink(path)
            elif stat.S_ISDIR(mode):
                kind, data = "directory", b""
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    kind, data = "file", file.read()
            else:
                kind, data = "pipe", b""
            found[os.path.relpath(path, top)] = Found(kind, data, stat.S_IMODE(mode) & 0o777)
    return found


def _lasts(name: bytes) -> bool:
    """Whether what was kept under this name is neither listed nor swept (SAFE-10)."""
    return not name.endswith(SUFFIX.encode()) and not is_temporary(os.fsdecode(name))


def differences(before: Snapshot, after: Snapshot, changes: Mapping[str, Any]) -> list[str]:
    """What is not as the case expects it, in words; empty if all is well.

    `changes` has `put`, `removed` and perhaps `kept`; all else must be as before, but for
    the directories above what was put.
    """
    wanted = dict(before)
    for path in changes["removed"]:
        del wanted[path_bytes(path)]
    for entry in changes["put"]:
        path = path_bytes(entry["path"])
        wanted[path] = content(entry)
        while path := os.path.dirname(path):
            wanted.setdefault(path, Found("directory", b""))
    kept = [(path_bytes(e["directory"]), content(e)[:2]) for e in changes.get("kept", ())]
    wrong = [f"{path!r} is missing" for path in wanted if path not in after]
    for path, entry in after.items():
        if path in wanted:
            kind, data, mode = wanted[path]
            if (kind, data) != entry[:2]:
                size = len(entry.content)
                wrong.append(f"{path!r} is a {entry.kind} of {size} bytes, not as expected")
            elif mode not in (None, entry.mode):
                wrong.append(f"{path!r} has the permissions {entry.mode:03o}, not {mode:03o}")
        elif (os.path.dirname(path), entry[:2]) in kept and _lasts(os.path.basename(path)):
            kept.remove((os.path.dirname(path), entry[:2]))
        else:
            wrong.append(f"{path!r} should not be there")
    return wrong + [f"nothing was kept in {folder!r}" for folder, _ in kept]
