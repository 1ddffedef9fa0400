"""Tables of the chapters with a case in each row: its input and its expected response."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rckp.conformance.cases import load_case
from rckp.derive.tables import table

# What has the name of the checkpoint (SAFE-8 to SAFE-10), and a case about it.
_CASES = {
    "nothing": "first",
    "a regular file, empty": "replace/empty",
    "a regular file, valid, with the same run id": "replace/same-run",
    "a regular file that is truncated after the same run id": "replace/torn-after-run-id",
    "a regular file, valid, with another run id": "collision/colon",
    "a regular file that is truncated after another run id": "collision/torn-after-run-id",
    "a regular file that is truncated before the end of its run id": "aside/cut-in-run-id",
    "a regular file whose run id is not well-formed UTF-8": "aside/run-id-not-utf8",
    "a regular file that does not begin with the magic number": "aside/foreign",
    "a symbolic link to a file": "aside/link",
    "a symbolic link to a directory": "aside/link-to-directory",
    "a symbolic link that leads nowhere": "aside/dangling-link",
    "a pipe": "aside/pipe",
    "a directory": "directory-in-place",
}
NAME_TAKEN = {what: f"store/write/{case}" for what, case in _CASES.items()}

# Cases of the base directory, by what they are named below identity/base.
BASES = (
    "explicit-first",
    "variable-second",
    "state-home",
    "home",
    "macos",
    "other-system",
    "windows-local",
    "windows-roaming",
    "windows-separator-at-end",
    "windows-slash-at-end",
    "windows-profile",
    "windows-profile-project",
    "windows-neither",
    "no-home-project",
    "nothing",
)


def blocks(root: Path) -> dict[str, str]:
    """Return every block by its name, as Markdown."""
    return {"name-table": _name_table(root), "base-examples": _base_examples(root)}


def _name_table(root: Path) -> str:
    rows = []
    for what, id_ in NAME_TAKEN.items():
        expect = load_case(root / "fixtures", id_, trusted=True).expect
        result = f"`{expect['error']['code']}`" if "error" in expect else "the path"
        rows.append([what, result, _afterwards(expect["changes"]), _link(id_)])
    return table(["what has the name", "result", "the tree afterwards", "case"], rows)


def _afterwards(changes: Mapping[str, Any]) -> str:
    if not (changes["put"] or changes["removed"] or changes.get("kept")):
        return "as before"
    kept = "; what was there is beside it under another name" if changes.get("kept") else ""
    return f"the new checkpoint has the name{kept}"


def _base_examples(root: Path) -> str:
    rows = []
    for name in BASES:
        case = load_case(root / "fixtures", f"identity/base/{name}", trusted=True)
        given = case.document["input"]
        named = [f"{what} `{given[what]}`" for what in ("explicit", "project") if given[what]]
        variables = [f"`{name}={value}`" for name, value in sorted(given["environment"].items())]
        system = {"linux": "Linux", "macos": "macOS", "windows": "Windows", "other": "others"}
        rows.append(
            [
                system[given["system"]],
                ", ".join([*named, *variables]) or "nothing",
                f"`{case.expect['path']}`",
                _link(case.id),
            ]
        )
    return table(["system", "given", "base directory", "case"], rows)


def _link(id_: str) -> str:
    family = "/".join(id_.split("/")[:2])
    return f"[{id_.removeprefix(f'{family}/')}](cases/{family}.md#{id_})"
