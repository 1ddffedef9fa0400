"""The results of a run: the values from which all reports are made (see `results_file`)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rckp.conformance import SPECIFICATION, SUITE_VERSION
from rckp.conformance.checks import CLASSES, DRAFT_CLASSES, GRADES, Check
from rckp.conformance.comparison import CheckOutcome
from rckp.conformance.hello import Hello
from rckp.conformance.stored_response import clean_text, first_differences, stored_part

BAD = ("fail", "crash", "timeout", "over-budget", "unexpected-pass")
OUTCOMES = ("pass", *BAD, "expected-fail", "unsupported")


class Result(NamedTuple):
    """One line: a check and its outcome."""

    id: str
    op: str
    class_: str
    level: str
    requirements: list[str]
    outcome: str
    grade: str
    differences: list[str]
    response: dict[str, Any]
    reason: str
    stderr: str

    @classmethod
    def of(cls, check: Check, outcome: str, details: CheckOutcome, reason: str) -> Result:
        """Return the result of a check. `outcome` considers known failures, `details` does not."""
        line = {
            "id": check.id,
            "op": check.op,
            "class_": check.class_,
            "level": check.level,
            "requirements": list(check.requirements),
        }
        return cls.from_parts(line, outcome, details, reason)

    @classmethod
    def from_parts(
        cls, line: Mapping[str, Any], outcome: str, details: CheckOutcome, reason: str
    ) -> Result:
        """As `of`, with the members that identify the check."""
        good = outcome == "pass" and details.grading.grade == "location"
        return cls(
            **line,
            outcome=outcome,
            grade=details.grading.grade,
            differences=first_differences(details.grading.differences),
            response={} if good else stored_part(details.response),
            reason=reason,
            stderr=clean_text(details.stderr, 5000),
        )


class Results(NamedTuple):
    """A whole run. `stale` are known failures that the suite does not have, with their reasons.

    `suite` is the version of the suite, empty if it is not known; `specification` the edition.
    """

    implementation: Hello
    suite_sha256: str
    required_grade: str
    whole: bool  # whether every check of the claimed classes was run
    results: list[Result]
    stale: dict[str, str]
    suite: str = SUITE_VERSION
    specification: str = SPECIFICATION

    @property
    def suite_name(self) -> str:
        """The version of the suite, or else the beginning of its digest."""
        return self.suite or f"with the digest {self.suite_sha256[:12]}"

    @property
    def bad(self) -> list[Result]:
        """The results for which the exit status is 1."""
        return [each for each in self.results if each.outcome in BAD]

    @property
    def status(self) -> int:
        """0 if all is as expected, else 1."""
        return 1 if self.bad or self.stale else 0

    def outcomes(self) -> Counter[str]:
        """The number of checks by outcome."""
        return Counter(each.outcome for each in self.results)

    def classes(self) -> dict[str, list[Result]]:
        """The results of each class that has any."""
        every = (*CLASSES, *DRAFT_CLASSES)
        found = {c: [each for each in self.results if each.class_ == c] for c in every}
        return {class_: results for class_, results in found.items() if results}


def common_grade(results: Iterable[Result]) -> str:
    """The grade that all results reach, unsupported ones left out; none if there is none."""
    grades = [each.grade for each in results if each.outcome != "unsupported"]
    return min(grades, key=GRADES.index, default="none")


def stale(
    known: Mapping[str, str], claimed: Iterable[Check], results: Iterable[Result]
) -> dict[str, str]:
    """Known failures that cannot fail: no check of the claimed classes, or unsupported."""
    return stale_ids(known, [check.id for check in claimed], results)


def stale_ids(
    known: Mapping[str, str], claimed: Iterable[str], results: Iterable[Result]
) -> dict[str, str]:
    """As `stale`, of checks that are named by their ids."""
    able_to_fail = set(claimed)
    able_to_fail -= {each.id for each in results if each.outcome == "unsupported"}
    return {id_: reason for id_, reason in sorted(known.items()) if id_ not in able_to_fail}


def digest(results: Iterable[Result]) -> str:
    """Return the SHA-256 of the results: a line for each, sorted.

    A line is the id, the outcome and the grade, separated by tabs, ended by a line feed.
    """
    lines = sorted(f"{each.id}\t{each.outcome}\t{each.grade}\n" for each in results)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def claim(run: Results) -> dict[str, Any]:
    """Return the conformance claim of a run, as JSON values. Another run verifies it.

    The draft layout is not part of it: its cases are not in the suite's manifest.
    """
    counted = [each for each in run.results if each.class_ in CLASSES]
    name, version, language, _ = run.implementation
    return {
        "version": 1,
        "specification": run.specification,
        "suite": run.suite,
        "suite_sha256": run.suite_sha256,
        "implementation": {"name": name, "version": version, "language": language},
        "whole": run.whole,
        "classes": {
            class_: {
                "checks": len(results),
                "passed": sum(each.outcome == "pass" for each in results),
                "known_failures": sum(each.outcome == "expected-fail" for each in results),
                "unsupported": sum(each.outcome == "unsupported" for each in results),
                "grade": common_grade(results),
            }
            for class_, results in run.classes().items()
            if class_ in CLASSES
        },
        "results_sha256": digest(counted),
    }
