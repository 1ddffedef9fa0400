"""Drafts of cases, and their files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tools.casegen.encoding import encoded
from rckp.conformance.cases import Edit, apply
from rckp.derive import chapters
from rckp.derive.requirements import Requirement, case_level, extract
from rckp.format.record_json import to_json

_PROSE = ("why", "level")


class Draft(NamedTuple):
    """A new case: its id, its document without computed members, its bytes."""

    id: str
    document: dict[str, Any]
    data: bytes | None = None  # written beside the case, unless `file` names it already


@cache
def _requirements() -> Mapping[str, Requirement]:
    return extract(chapters.read(Path(__file__).resolve().parents[3]))


def file_of(record: rckp.CheckpointRecord) -> bytes:
    """Return the bytes of a record, made by the generator's own encoder.

    Raises `ValueError` if the implementation makes others.
    """
    data = encoded(record._asdict())
    if rckp.encode(record) != data:
        raise ValueError(f"the implementation and the generator encode {record} differently")
    return data


def valid(
    id_: str, record: rckp.CheckpointRecord, requirements: str, why: str, *tags: str
) -> Draft:
    """Return a case of a record and its bytes: decode, exact encode and round trip."""
    return Draft(
        id_,
        document(
            ["reader", "writer"], requirements, "decode", {}, {"record": to_json(record)}, why, tags
        ),
        file_of(record),
    )


def decode_error(
    id_: str,
    base: Draft,
    edits: list[Edit],
    expected: dict[str, Any],
    requirements: str,
    why: str,
    *tags: str,
    then: dict[str, Any] | None = None,
) -> Draft:
    """Return a case of a valid file with one edit and one error, or two of each for precedence."""
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


def encode_error(
    id_: str,
    record: dict[str, Any],
    code: str,
    field: str,
    requirements: str,
    why: str,
    level: str | None = None,
) -> Draft:
    """Return a case of a record that has no encoding."""
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
    level: str | None = None,
) -> dict[str, Any]:
    """Return the document of a case. `requirements` are separated by blanks.

    Raises `ValueError` if a level is given and is not that of the requirements.
    """
    derived = case_level(requirements.split(), _requirements())
    if level not in (None, derived):
        raise ValueError(f"the level of {requirements} is {derived}, not {level}")
    return {
        "classes": classes,
        "level": derived,
        "since": "1.0",
        "requirements": requirements.split(),
        "op": op,
        "input": given,
        "expect": expect,
        "why": why,
    } | ({"tags": list(tags)} if tags else {})


def write(draft: Draft, root: Path) -> str:
    """Write a case. Return "written", "kept", or "differs" if another case has the id."""
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
        there = json.loads(path.read_text("utf-8"))
        # The wording and the level may change, the rest of a case never does.
        same = there | dict.fromkeys(_PROSE) == document | dict.fromkeys(_PROSE)
        return "kept" if same else "differs"
    path.parent.mkdir(parents=True, exist_ok=True)
    if binary is not None and draft.data is not None:
        binary.write_bytes(draft.data)
    path.write_text(text, "utf-8", newline="\n")
    return "written"
