"""The examples of docs/protocol.md: one request and its response for each operation.

The request is that of a case, and the response is the expected one. The tree of a case is in a
directory that the examples call `/tree`. The reference implementation is not run, so that the page
can be derived while it is broken; a test compares its responses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rckp.conformance.case_paths import path_bytes
from rckp.conformance.cases import load_case
from rckp.conformance.checks import Check, checks
from rckp.derive.chapters import Chapter
from rckp.derive.tables import fill

PAGE = "protocol.md"
TREE = Path("/tree")

# One case for each operation, in the order of the table of operations.
CASES = (
    "reader/smallest",
    "reader/smallest:encode",
    "identity/hash/tsp",
    "identity/timestamp/usual",
    "identity/file-name/plain",
    "identity/scope/plain",
    "identity/base/windows-local",
    "store/files/one",
    "store/read/in-place",
    "store/write/first",
    "store/delete/file",
    "store/purge/before-1001",
    "store/purge/age-an-hour",
    "selection/list/match",
    "selection/select/one",
)


def page(root: Path) -> dict[str, str]:
    """Return docs/protocol.md with the examples in their place, by its path."""
    text = (root / "docs" / PAGE).read_text("utf-8")
    return fill([Chapter(PAGE, "", text, "docs")], {"protocol-examples": examples(root)})


def examples(root: Path) -> str:
    """Return the examples as Markdown."""
    parts = [
        f"**`{check.op}`**, the case `{check.id}`:\n\n{_example(check)}"
        for check in example_checks(root)
    ]
    return "\n\n".join(parts)


def example_checks(root: Path) -> Iterator[Check]:
    """Yield the checks of the examples."""
    for id_ in CASES:
        case = load_case(root / "fixtures", id_.partition(":")[0], trusted=True)
        roles = dict.fromkeys(case.requirements, "")
        (one,) = (check for check in checks([case], roles) if check.id == id_)
        yield one


def expected_response(check: Check, tree: Path = TREE) -> dict[str, Any]:
    """Return the message that a case expects, as an adapter sends it."""
    base = tree / str(check.case.document["input"].get("base", ""))
    members = check.expected()
    response: dict[str, Any] = {}
    for name, value in members.items():
        if name == "hashes":
            response |= {f"{which}_signature_hash": number for which, number in value.items()}
        elif name in ("paths", "reported"):
            response[name] = [_hex(base, each) for each in value]
        elif name == "selected":
            response[name] = value and _hex(base, value)
        elif name == "path":
            response[name] = _hex(tree if check.has_tree else Path(), value)
        elif name == "name":
            response[name] = path_bytes(value).hex()
        else:
            response[name] = value
    return {"type": "ok"} | response | {"id": check.id}


def _hex(above: Path, path: str | Mapping[str, str]) -> str:
    whole = path_bytes(path)
    return (bytes(above) + b"/" + whole if above != Path() else whole).hex()


def _example(check: Check) -> str:
    lines = [json.dumps(check.message(TREE)), json.dumps(expected_response(check))]
    return "```json\n" + "\n".join(lines) + "\n```"
