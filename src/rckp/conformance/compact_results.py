"""Results without the passes that the suite implies, and their expansion with that suite.

A compact file lists every result but this one: the check passed at grade location, and there is
nothing else to say about it. Its end has the number and the digest of all results, so that an
expansion that differs from the run is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from rckp.conformance.checks import DRAFT_CLASSES, Check
from rckp.conformance.results import Result, digest
from rckp.conformance.suite import Suite

FindSuite = Callable[[], Suite]


def implied_pass(check: Check) -> Result:
    """Return the result that a compact file does not list."""
    identity = (check.id, check.op, check.class_, check.level, list(check.requirements))
    return Result(*identity, "pass", "location", [], {}, "", "")


def is_implied(result: Result) -> bool:
    """Whether a compact file leaves this result out.

    Results of the draft layout are always listed: the digest of the suite does not name its cases.
    """
    rest = (result.outcome, result.grade, *result[7:])
    return result.class_ not in DRAFT_CLASSES and rest == ("pass", "location", [], {}, "", "")


def end_members(results: Iterable[Result]) -> dict[str, Any]:
    """Return what the end of a compact file says about all results of the run."""
    every = list(results)
    return {"results": len(every), "results_sha256": digest(every)}


def suite_of(head: Mapping[str, Any], find_suite: FindSuite) -> Suite:
    """Return the suite that a compact file with this head needs.

    Raises `ValueError` if the file is of another suite, or of some checks only.
    """
    if not head["whole"]:
        raise ValueError("a compact file must have the results of all checks")
    suite = find_suite()
    present = suite.sha256
    if head["suite_sha256"] != present:
        raise ValueError(
            f"the file is compact, and of the suite with the digest "
            f"{head['suite_sha256'][:12]}, not {present[:12]}: run the suite again, or name its "
            "suite with --suite"
        )
    return suite


def expand(
    suite: Suite, classes: Iterable[str], listed: Mapping[str, Result], end: Mapping[str, Any]
) -> list[Result]:
    """Return the results of all checks of the classes: those that are listed, and the passes.

    Raises `ValueError` if a listed result is not of a check of the suite, or if `end` does not
    fit the expanded results.
    """
    claimed = set(classes)
    implied = {
        id_: result for id_, result in _implied_passes(suite).items() if result.class_ in claimed
    }
    drafts = {id_: each for id_, each in listed.items() if each.class_ in DRAFT_CLASSES}
    for id_, result in listed.items():
        if id_ in drafts:
            continue
        if id_ not in implied or result[:5] != implied[id_][:5]:
            raise ValueError("a result is listed of a check that the suite does not have so")
    results = [listed.get(id_, result) for id_, result in implied.items()] + [*drafts.values()]
    if end_members(results) != {name: end.get(name) for name in ("results", "results_sha256")}:
        raise ValueError("the number or the digest of all results is not that of the end")
    return results


@cache
def _implied_passes(suite: Suite) -> dict[str, Result]:
    return {check.id: implied_pass(check) for check in suite.checks()}
