"""`docs/errors.md`: the codes of spec/errors.json for people, with an anchor for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rckp.derive.chapters import SpecError
from rckp.derive.notice import NOTICE
from rckp.derive.requirements import Requirement
from rckp.derive.tables import clause

_GROUPS = {
    "decode": (
        "Faults of a file",
        "The file is not valid: it has exactly one of these, the first that a decoder meets\n"
        "([DEC-1](spec/decoding.md#DEC-1)). Each comes with the name of a field and an offset.",
    ),
    "encode": (
        "Values without an encoding",
        "The record cannot be written. Each of these comes with the name of a field, and no byte\n"
        "of the record is produced.",
    ),
    "warn": (
        "Warnings",
        "The file is valid, but something about it is odd. Warnings do not change the exit status\n"
        "of `rckp validate` unless it is called with `--strict`.",
    ),
    "io": (
        "Files that could not be judged",
        "Nothing is said about what is in the file. The exit status is 2.",
    ),
    "store": (
        "What a store cannot do",
        "A checkpoint was not written, removed or found. Each of these comes with the path, and\n"
        "what was there before is still there unless the meaning says otherwise.",
    ),
    "select": (
        "Checkpoints that cannot be selected",
        "No run is started in place of the one that was to be resumed.",
    ),
}


def errors(vocabulary: Sequence[Mapping[str, Any]], requirements: Mapping[str, Requirement]) -> str:
    """The text of docs/errors.md. Raises `SpecError` for a phase without a group."""
    for row in vocabulary:
        if row["phase"] not in _GROUPS:
            raise SpecError(
                "spec/errors.json", 1, f"{row['code']} is of no known phase: {row['phase']!r}"
            )
    parts = [
        "# Errors\n",
        f"<!-- {NOTICE} -->\n",
        "Every finding of RCKP has a code. The codes are the same in the Python library, in the\n"
        "command `rckp`, in the conformance suite and here, and they do not change; the sentences\n"
        "around them may. `rckp explain CODE` prints what this page says. Programs find it all in\n"
        "[`errors.json`](spec/errors.json).\n",
    ]
    for phase, (title, text) in _GROUPS.items():
        rows = [row for row in vocabulary if row["phase"] == phase]
        parts += [f"## {title}\n", f"{text}\n", *(_entry(row, requirements) for row in rows)]
    return "\n".join(parts)


def _entry(row: Mapping[str, Any], requirements: Mapping[str, Requirement]) -> str:
    lines = [f"### `{row['code']}` {{ #{row['code']} }}", "", row["meaning"], ""]
    if "offset" in row:
        lines.append(f"* **Offset:** {row['offset']}.")
    lines.append(f"* **What to do:** {row['action']}")
    if link := clause(row, requirements, "spec/"):
        lines.append(f"* **Clause:** {link}")
    return "\n".join(lines) + "\n"
