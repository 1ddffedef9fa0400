"""Tables of the results of the model of the write protocol, from `spec/model/results.json`.

`python -m conformance.tools.model` writes that file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rckp.derive import tables
from rckp.derive.chapters import Chapter

PAGE = "model.md"
_RESULTS = "spec/model/results.json"
# The columns of the table in the chapter, and what its configurations are called in the results.
_COLUMNS = {
    "lock": "all hold the lock",
    "timeout": "a writer continues after the timeout",
    "none": "no locks",
}


def blocks(root: Path) -> dict[str, str]:
    """Return the block of the chapter by its name, as Markdown."""
    results = json.loads((root / _RESULTS).read_text("utf-8"))
    rows = [
        [_link(promise, ""), text, *(_holds(promise, column, results) for column in _COLUMNS)]
        for promise, text in results["promises"].items()
    ]
    return {"lock-table": tables.table(["requirement", "promise", *_COLUMNS.values()], rows)}


def page(root: Path) -> dict[str, str]:
    """Return the page on the model, by its path."""
    results = json.loads((root / _RESULTS).read_text("utf-8"))
    text = (root / "docs" / PAGE).read_text("utf-8")
    filled = {
        "model-configurations": _configurations(results["configurations"]),
        "model-mutants": _mutants(results["mutants"]),
    }
    return tables.fill([Chapter(PAGE, "", text, "docs")], filled)


def _holds(promise: str, column: str, results: Mapping[str, Any]) -> str:
    configurations = results["configurations"].values()
    broken = any(promise in each["broken"] for each in configurations if each["column"] == column)
    return "**no**" if broken else "yes"


def _configurations(configurations: Mapping[str, Any]) -> str:
    rows = [
        [name, _options(each["options"]), f"{each['states']:,}", _names(each["broken"])]
        for name, each in configurations.items()
    ]
    total = sum(each["states"] for each in configurations.values())
    rows.append(["all", "", f"{total:,}", ""])
    return tables.table(["configuration", "options", "states", "promises that do not hold"], rows)


def _mutants(mutants: Mapping[str, Any]) -> str:
    rows = [
        [f"`{name}`", each["what"], f"{_link(each['promise'], 'spec/')} `{each['promise']}`"]
        for name, each in mutants.items()
    ]
    return tables.table(["mutant", "mistake", "promise that it breaks"], rows)


def _options(options: Mapping[str, str | int]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in options.items())


def _names(promises: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in promises) or "none"


def _link(promise: str, directory: str) -> str:
    """Return a link to the requirement behind a promise: `SAFE_1_READ` belongs to SAFE-1."""
    prefix, number = promise.split("_")[:2]
    chapter = {"SAFE": "writing.md", "STORE": "store.md"}[prefix]
    target = "" if chapter == "writing.md" and not directory else f"{directory}{chapter}"
    return f"[{prefix}-{number}]({target}#{prefix}-{number})"
