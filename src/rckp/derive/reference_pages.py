"""Pages for people that are lists: `docs/errors.md` of the codes, `docs/requirements.md`.

Each entry has a heading of its own, so that the search of the site finds it by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rckp.derive.banner import NOTICE
from rckp.derive.case_links import link_to_cases
from rckp.derive.cases import literal
from rckp.derive.chapters import SpecError
from rckp.derive.requirements import Requirement
from rckp.derive.tables import requirement

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
        # A code is found here first, and not at the requirement with a title of the same words.
        f"---\n# {NOTICE}\nsearch:\n  boost: 2\n---\n# Errors\n",
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
    if link := requirement(row, requirements, "spec/"):
        lines.append(f"* **Requirement:** {link}")
    return "\n".join(lines) + "\n"


def requirements(every: Iterable[Requirement], counts: Mapping[str, int]) -> str:
    """The text of docs/requirements.md; `counts` has the number of cases of each."""
    parts = [
        f"<!-- {NOTICE} -->\n# All requirements\n",
        "What the chapters of the [specification](spec/index.md) require, in their order, with\n"
        "links to the places where it stands and is explained, and to the cases that test it.\n"
        "Programs find it in [`requirements.json`](spec/requirements.json).\n",
    ]
    chapter = ""
    for each in every:
        if each.chapter != chapter:
            chapter = each.chapter
            parts.append(f"## {each.chapter_title}\n")
        link = f"[{each.chapter_title}](spec/{each.chapter}#{each.anchor})"
        cases = link_to_cases(each, counts, "spec/")
        heading = f"### {each.id} {each.title} {{ #{each.id} }}"
        parts.append(f"{heading}\n\n{literal(each.text)} ({link}, {cases})\n")
    return "\n".join(parts)
