"""Directory trees as cases describe them, and the expectations about them."""

from __future__ import annotations

from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft, document
from rckp.format.record_json import to_json

Entry = dict[str, Any]
Path = str | bytes

# The simplest of each class: an adapter that fails all of its own does not work at all.
SMOKE = {
    "identity/hash/example-algorithm",
    "identity/timestamp/usual",
    "store/files/one",
    "store/read/in-place",
    "selection/list/match",
    "selection/select/one",
}


def name(path: Path) -> Any:
    """A path as text if it is UTF-8, else as hex."""
    if isinstance(path, str):
        return path
    try:
        return path.decode()
    except UnicodeDecodeError:
        return {"hex": path.hex()}


def holding(path: Path, record: rckp.CheckpointRecord, **more: str) -> Entry:
    """A file with the encoding of a record."""
    return {"path": name(path), "kind": "file", "record": to_json(record)} | more


def raw(path: Path, data: bytes, **more: str) -> Entry:
    """A file with these bytes."""
    return {"path": name(path), "kind": "file", "bytes": data.hex()} | more


def directory(path: Path) -> Entry:
    """A directory; those above a file need not be named."""
    return {"path": name(path), "kind": "directory"}


def link(path: Path, target: str) -> Entry:
    """A symbolic link."""
    return {"path": name(path), "kind": "link", "target": target}


def hard_link(path: Path, target: str) -> Entry:
    """A further name of an earlier entry, which is named from the root of the tree."""
    return {"path": name(path), "kind": "hard-link", "target": target}


def pipe(path: Path) -> Entry:
    """A named pipe."""
    return {"path": name(path), "kind": "pipe"}


def kept(directory: str, data: bytes) -> Entry:
    """A file under a name of the implementation's own choice, not ending in .ckpt."""
    return {"directory": directory, "kind": "file", "bytes": data.hex()}


def changes(
    *, put: list[Entry] | None = None, removed: list[Path] | None = None, **more: Any
) -> dict[str, Any]:
    """What differs afterwards; all else is as before."""
    return {"put": put or [], "removed": [name(path) for path in removed or []]} | more


def case(
    id_: str,
    op: str,
    requirements: str,
    why: str,
    given: dict[str, Any],
    expect: dict[str, Any],
    level: str | None = None,
) -> Draft:
    """A case of one of the classes identity, store and selection; the id begins with it.

    A `level` is that which the author expects its requirements to give (see `draft.write`).
    """
    classes = [id_.split("/", maxsplit=1)[0]]
    tags = ("smoke",) if id_ in SMOKE else ()
    return Draft(id_, document(classes, requirements, op, given, expect, why, tags, level))


def error(code: str, **more: Any) -> dict[str, Any]:
    """An expected error."""
    return {"error": {"code": code} | more}


def unchanged(code: str) -> dict[str, Any]:
    """An expected error, after which everything is as before."""
    return error(code) | {"changes": changes()}


def gone(path: Path) -> dict[str, Any]:
    """The expected answer of a deletion: it was there, and nothing else is missing."""
    return {"removed": True, "changes": changes(removed=[path])}
