"""What an author writes down of a case, and how it becomes files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from rckp.json_record import to_json
from rckp.suite.cases import Edit, apply


class Draft(NamedTuple):
    """A case to be written: its id, its document without what is computed, its bytes."""

    id: str
    document: dict[str, Any]
    data: bytes | None = None  # written beside the case, unless `file` names it already


def valid(
    id_: str, record: rckp.CheckpointRecord, requirements: str, why: str, *tags: str
) -> Draft:
    """A record and its bytes: decode, exact encode and round trip in one."""
    return Draft(
        id_,
        document(
            ["reader", "writer"], requirements, "decode", {}, {"record": to_json(record)}, why, tags
        ),
        rckp.encode(record),
    )


def fault(
    id_: str,
    base: Draft,
    edits: list[Edit],
    expected: dict[str, Any],
    requirements: str,
    why: str,
    *tags: str,
    then: dict[str, Any] | None = None,
) -> Draft:
    """A valid file with one edit and its one fault (two of each for precedence)."""
    given = {
        "base": base.id,
        "edits": [
            {"at": str(e.at), "remove": e.remove.hex(), "insert": e.insert.hex()}
            for e in sorted(edits)
        ],
    }
    expect = {"error": expected} | ({"then": then} if then else {})
    return Draft(
        id_,
        document(["reader"], f"{requirements} DEC-10", "decode", given, expect, why, tags),
        apply(base.data or b"", edits),
    )


def refused(
    id_: str,
    record: dict[str, Any],
    code: str,
    field: str,
    requirements: str,
    why: str,
    level: str = "must",
) -> Draft:
    """A record that has no encoding."""
    expect = {"error": {"code": code, "field": field}}
    given = {"record": record}
    return Draft(id_, document(["writer"], requirements, "encode", given, expect, why, level=level))


def document(
    classes: list[str],
    requirements: str,
    op: str,
    given: dict[str, Any],
    expect: dict[str, Any],
    why: str,
    tags: tuple[str, ...] = (),
    level: str = "must",
) -> dict[str, Any]:
    """A case as it stands in its file; `requirements` are separated by blanks."""
    return {
        "classes": classes,
        "level": level,
        "since": "1.0",
        "requirements": requirements.split(),
        "op": op,
        "input": given,
        "expect": expect,
        "why": why,
    } | ({"tags": list(tags)} if tags else {})


def write(draft: Draft, root: Path) -> str:
    """Returns what was done: "written", "kept", or "differs" for an id that is taken."""
    path = root / "cases" / f"{draft.id}.json"
    document = {"id": draft.id} | draft.document
    binary = None
    if draft.data is not None:
        given = document["input"]
        if "file" not in given:
            binary = path.with_suffix(".ckpt")
            given = {"file": binary.name} | given
        document["input"] = given | {"sha256": hashlib.sha256(draft.data).hexdigest()}
    text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    if path.exists():
        same = path.read_text("utf-8") == text
        return "kept" if same else "differs"
    path.parent.mkdir(parents=True, exist_ok=True)
    if binary is not None and draft.data is not None:
        binary.write_bytes(draft.data)
    path.write_text(text, "utf-8", newline="\n")
    return "written"
