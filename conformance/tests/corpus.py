"""The corpus, loaded once; a half-read or empty one fails here and not silently later."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from rckp.conformance.cases import Case, load_cases
from rckp.conformance.checks import Check
from rckp.conformance.suite import Suite

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


@cache
def listed() -> set[str]:
    """The ids of all cases, as fixtures/manifest.json has them."""
    files = json.loads((FIXTURES / "manifest.json").read_text("utf-8"))["sha256"]
    found = {name for name in files if name.startswith("cases/") and name.endswith(".json")}
    assert found
    return {name.removeprefix("cases/").removesuffix(".json") for name in found}


@cache
def corpus() -> dict[str, Case]:
    """Every case, by its id."""
    cases = {case.id: case for case in load_cases(FIXTURES)}
    assert cases.keys() == listed(), (
        "the manifest lists other cases: run `python -m conformance.tools.casegen`"
    )
    return cases


@cache
def checks() -> list[Check]:
    """Every check of the suite, in the order of a run."""
    return Suite.locate().checks()


@cache
def draft_checks() -> list[Check]:
    """Every check of the draft layout."""
    return Suite.locate().draft_checks()


def cases(op: str, class_: str) -> list[Case]:
    """The cases of an operation that an implementation of the class runs."""
    found = [c for c in corpus().values() if c.op == op and class_ in c.classes]
    assert found
    return found


def valid_files() -> list[Case]:
    return [c for c in cases("decode", "reader") if "record" in c.expect]


def invalid_files() -> list[Case]:
    return [c for c in cases("decode", "reader") if "error" in c.expect]


def label(case: object) -> str | None:
    return case.id if isinstance(case, Case) else None
