"""The text of a case in Markdown: its request and its expected response."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rckp.conformance.cases import Case, Edit

_OPS = {
    "decode": "Decode the file",
    "encode": "Encode a record",
    "signature-hashes": "Hash an identity",
    "run-id-timestamp": "Read the timestamp of a run id",
    "file-name": "Name the file of a run",
    "scope-path": "Name the scope of a run",
    "base-dir": "Choose the base directory",
    "files": "List the files",
    "read": "Read a checkpoint",
    "write": "Write a checkpoint",
    "delete": "Delete a checkpoint",
    "purge": "Purge by time",
    "purge-age": "Purge by age",
    "list": "List what can be resumed",
    "select": "Select what to resume",
}
_SHOWN = 240  # characters of a value
_BYTES_SHOWN = 12
_ENTRIES_SHOWN = 3
_SCOPE = re.compile(r"alg-[^/]*/prob-[^/]*/")


def describe(case: Case, base_link: str) -> Iterator[str]:
    """Yield two lines of Markdown: the request and the expected response of a case.

    `base_link` is the target of a link to the case whose bytes are edited.
    """
    given, expect = case.document["input"], case.expect
    if case.op == "decode":
        size = _bytes(len(case.data))
        yield f"{_OPS[case.op]} {_code(given['file'])}, {size}{_origin(case, base_link)}"
    elif case.op == "encode":
        field = expect["error"]["field"]
        record = given["record"]
        value = f" with `{field}` {_code(_json(record[field]))}" if field in record else ""
        yield _OPS[case.op] + value
    elif "tree" in given:
        yield f"{_OPS[case.op]}; the tree has {_entries(given['tree'])}"
    else:
        yield f"{_OPS[case.op]}: {_code(_json(given))}"
    yield f"**{_expected(expect, case.classes)}**" + _rest(expect)
    for other in expect.get("or", ()):
        yield f"or **{_expected(other, case.classes)}**" + _rest(other)


def _origin(case: Case, base_link: str) -> str:
    if not case.edits:
        return ""
    base = case.document["input"]["base"]
    edits = " and ".join(map(_edit, case.edits))
    return f": [{base}]({base_link}) with {edits}"


def _edit(edit: Edit) -> str:
    if not edit.remove:
        return f"{_hex(edit.insert)} inserted at byte {edit.at}"
    if not edit.insert:
        return f"{_hex(edit.remove)} removed at byte {edit.at}"
    return f"{_hex(edit.insert)} in place of {_hex(edit.remove)} at byte {edit.at}"


def _expected(expect: Mapping[str, Any], classes: Sequence[str]) -> str:
    if "error" in expect:
        error = expect["error"]
        field = f" in `{error['field']}`" if "field" in error else ""
        offset = f" at byte {error['offset']}" if "offset" in error else ""
        wanted = (
            f" ({error['wanted']} wanted, {error['available']} available)"
            if "wanted" in error
            else ""
        )
        return f"`{error['code']}`{field}{offset}{wanted}"
    if "record" in expect:
        both = ", which encodes to the same bytes" if "writer" in classes else ""
        return f"The record of the case{both}"
    shown = {key: value for key, value in expect.items() if key not in ("changes", "or")}
    return _code(_json(shown))


def _rest(expect: Mapping[str, Any]) -> str:
    changes = expect.get("changes")
    if changes is None:
        return ""
    put, removed = len(changes["put"]), len(changes["removed"])
    if not put and not removed:
        return ", and the tree is unchanged"
    return f", and in the tree {put} written, {removed} removed"


def number(count: int) -> str:
    """Return a number of cases in words."""
    return {0: "No case", 1: "1 case"}.get(count, f"{count} cases")


def _entries(tree: Sequence[Mapping[str, Any]]) -> str:
    """Return the first entries of a tree by their paths; a scope is abbreviated to dots."""
    shown = [
        f"{entry['kind']} {_code(_SCOPE.sub('…/', str(entry['path'])))}"
        for entry in tree[:_ENTRIES_SHOWN]
    ]
    more = len(tree) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])]) or "nothing"


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _hex(data: bytes) -> str:
    more = f" and {_bytes(len(data) - _BYTES_SHOWN)}" if len(data) > _BYTES_SHOWN else ""
    return f"`{data[:_BYTES_SHOWN].hex(' ').upper()}`{more}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _code(text: str) -> str:
    """Return a truncated code span for a table; the fence is longer than any in it."""
    text = text.replace("\n", r"\n")
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def escape_markdown(text: str) -> str:
    """Return plain text as Markdown. Python-Markdown has no backslash before an angle bracket."""
    escaped = re.sub(r"([\\`*_\[\]|])", r"\\\1", text)
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
