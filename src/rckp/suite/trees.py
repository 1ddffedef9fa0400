"""Directory trees of the cases: made on disk, read back, and compared (see case.schema.json)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rckp.codec import encode
from rckp.json_record import from_json
from rckp.paths import SUFFIX

Snapshot = dict[bytes, tuple[str, bytes]]  # by path from the root: kind, content or target


def path_bytes(path: str | Mapping[str, str]) -> bytes:
    """A path of a case: text, or an object with the member `hex`."""
    return path.encode() if isinstance(path, str) else bytes.fromhex(path["hex"])


def path_text(path: bytes) -> str | dict[str, str]:
    """The reverse of `path_bytes`."""
    try:
        return path.decode()
    except UnicodeDecodeError:
        return {"hex": path.hex()}


def content(entry: Mapping[str, Any]) -> tuple[str, bytes]:
    """Kind and content of an entry; the target of a link."""
    kind = str(entry["kind"])
    if "record" in entry:
        return kind, encode(from_json(entry["record"]))
    if kind == "link":
        return kind, str(entry["target"]).encode()
    return kind, bytes.fromhex(entry.get("bytes", ""))


def plant(root: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Makes the entries below `root`, an existing directory, and the directories above them."""
    for entry in entries:
        path = os.path.join(os.fsencode(root), path_bytes(entry["path"]))
        kind, data = content(entry)
        os.makedirs(path if kind == "directory" else os.path.dirname(path), exist_ok=True)
        if kind == "file":
            with open(path, "xb") as file:
                file.write(data)
        elif kind == "link":
            os.symlink(data, path)
        elif kind == "pipe":
            os.mkfifo(path)


def snapshot(root: Path) -> Snapshot:
    """Everything below `root`, links not followed, pipes not opened."""
    top = os.fsencode(root)
    found: Snapshot = {}
    for folder, directories, files in os.walk(top):
        for name in (*directories, *files):
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                entry = "link", os.readlink(path)
            elif stat.S_ISDIR(mode):
                entry = "directory", b""
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    entry = "file", file.read()
            else:
                entry = "pipe", b""
            found[os.path.relpath(path, top)] = entry
    return found


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
            wanted.setdefault(path, ("directory", b""))
    kept = [(path_bytes(e["directory"]), content(e)) for e in changes.get("kept", ())]
    wrong = [f"{path!r} is missing" for path in wanted if path not in after]
    for path, entry in after.items():
        if path in wanted:
            if wanted[path] != entry:
                wrong.append(f"{path!r} is a {entry[0]} of {len(entry[1])} bytes, not as expected")
        elif (os.path.dirname(path), entry) in kept and not path.endswith(SUFFIX.encode()):
            kept.remove((os.path.dirname(path), entry))
        else:
            wrong.append(f"{path!r} should not be there")
    return wrong + [f"nothing was kept in {folder!r}" for folder, _ in kept]
