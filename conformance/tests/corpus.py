"""The corpus, loaded once; a half-read or empty one fails here and not silently later."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rckp.suite.cases import Case, load_cases

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


@cache
def corpus() -> dict[str, Case]:
    """Every case, by its id."""
    cases = {case.id: case for case in load_cases(FIXTURES)}
    assert len(cases) == len(list((FIXTURES / "cases").rglob("*.json")))
    assert len(cases) > 400
    return cases


def cases(op: str, class_: str) -> list[Case]:
    """The cases of an operation that an implementation of the class runs."""
    found = [c for c in corpus().values() if c.op == op and class_ in c.classes]
    assert found
    return found


def valid_files() -> list[Case]:
    return [c for c in cases("decode", "reader") if "record" in c.expect]


def faulty_files() -> list[Case]:
    return [c for c in cases("decode", "reader") if "error" in c.expect]


def label(case: object) -> str | None:
    return case.id if isinstance(case, Case) else None
