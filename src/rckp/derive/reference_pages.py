"""The reference pages `docs/errors.md` and `docs/requirements.md`.

Each entry has a heading of its own, so that the search of the site finds it by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rckp.derive.banner import NOTICE
from rckp.derive.case_links import link_to_cases
from rckp.derive.case_text import escape_markdown
from rckp.derive.chapters import SpecError
from rckp.derive.requirements import Requirement
from rckp.derive.tables import requirement

_GROUPS = {
    "decode": (
        "Errors in a file",
        "The file is invalid. It has exactly one of these errors, the first that a decoder finds\n"
        "([DEC-1](spec/decoding.md#DEC-1)). Each error has the name of a field and an offset.",
    ),
    "encode": (
        "Values without an encoding",
        "The record cannot be encoded. Each error has the name of a field. The encoder\n"
        "produces no bytes.",
    ),
    "warn": (
        "Warnings",
        "The file is valid, but its contents are unusual. Warnings do not change the exit status\n"
        "of `rckp validate` unless it is called with `--strict`.",
    ),
    "io": (
        "Unreadable files",
        "The file could not be read, so it is neither valid nor invalid. The exit status is 2.",
    ),
    "store": (
        "Errors of a store",
        "A checkpoint was not written, removed or found. Each error has the path. The previous\n"
        "file still exists unless the meaning says otherwise.",
    ),
    "select": (
        "Errors of a selection",
        "No checkpoint was selected. The program must not start a new run instead.",
    ),
    "draft": (
        "Errors of the draft layout",
        "These concern only the [draft layout](spec/next-layout.md), and may change with it.",
    ),
}


def errors(vocabulary: Sequence[Mapping[str, Any]], requirements: Mapping[str, Requirement]) -> str:
    """Return the text of docs/errors.md. Raises `SpecError` for a phase without a group."""
    for row in vocabulary:
        if row["phase"] not in _GROUPS:
            raise SpecError(
                "spec/errors.json", 1, f"{row['code']} is of no known phase: {row['phase']!r}"
            )
    parts = [
        # A code is found here first, and not at the requirement with a title of the same words.
        f"---\n# {NOTICE}\nsearch:\n  boost: 2\n---\n# Errors\n",
        "Every error and warning has a code. The codes are the same in the Python library, the\n"
        "`rckp` command, the conformance suite and on this page. The codes are stable; the\n"
        "sentences are not. `rckp explain CODE` prints the entry of a code.\n"
        "[`errors.json`](spec/errors.json) has the same in machine-readable form.\n",
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
    """Return the text of docs/requirements.md; `counts` has the number of cases of each."""
    parts = [
        f"<!-- {NOTICE} -->\n# All requirements\n",
        "All requirements of the [specification](spec/index.md), in the order of the chapters.\n"
        "Each has links to its chapter and to the cases that test it.\n"
        "[`requirements.json`](spec/requirements.json) has the same in machine-readable form.\n",
    ]
    chapter = ""
    for each in every:
        if each.chapter != chapter:
            chapter = each.chapter
            parts.append(f"## {each.chapter_title}\n")
        link = f"[{each.chapter_title}](spec/{each.chapter}#{each.anchor})"
        cases = link_to_cases(each, counts, "spec/")
        heading = f"### {each.id} {each.title} {{ #{each.id} }}"
        parts.append(f"{heading}\n\n{escape_markdown(each.text)} ({link}, {cases})\n")
    return "\n".join(parts)
