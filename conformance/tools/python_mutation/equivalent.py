"""The mutants that no test can kill, each with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from conformance.tools.python_mutation.mutants import Mutant

PATH = Path(__file__).with_name("equivalent.json")
Key = tuple[str, str, str, str, int]


def load(path: Path = PATH) -> dict[Key, str]:
    """Return the reasons by what names a mutant. Raises `ValueError` for an entry twice."""
    reasons: dict[Key, str] = {}
    for row in json.loads(path.read_text("utf-8")):
        key = (row["module"], row["function"], row["before"], row["after"], row.get("number", 1))
        if key in reasons or not row["reason"].strip():
            raise ValueError(f"twice, or without a reason: {key}")
        reasons[key] = row["reason"]
    return reasons


def stale(reasons: Iterable[Key], mutants: Iterable[Mutant]) -> list[Key]:
    """Return the entries that are no mutant of the present source."""
    return sorted(set(reasons) - {mutant.key for mutant in mutants})
