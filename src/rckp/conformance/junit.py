"""The results as JUnit XML, for CI systems: a test suite for each class."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from rckp.conformance.junit_xml import case_element, document, suite_element
from rckp.conformance.markup import append, element
from rckp.conformance.results import Result, Results

_ERRORS = ("crash", "timeout", "over-budget")


def junit(run: Results) -> str:
    """The document. Unsupported checks and known failures are skipped, stale ones are failures."""
    suites = [
        suite_element(class_, [_case(each) for each in results])
        for class_, results in run.classes().items()
    ]
    if run.stale:
        message = "a known failure that is not a check of this run"
        cases = [
            case_element("rckp.known-failures", id_, element("failure", message=message))
            for id_ in run.stale
        ]
        suites.append(suite_element("known failures", cases))
    name = f"RCKP conformance of {run.implementation.name}"
    return document(element("testsuites", *suites, name=name), space="")


def _case(result: Result) -> ET.Element:
    message = "; ".join(result.differences)
    outcome: ET.Element | None
    if result.outcome == "pass":
        outcome = None
    elif result.outcome == "unsupported":
        outcome = element("skipped", message=message)
    elif result.outcome == "expected-fail":
        outcome = element("skipped", message=result.reason)
    elif result.outcome == "unexpected-pass":
        reason = f"passes, but is a known failure: {result.reason}"
        outcome = element("failure", type=result.outcome, message=reason)
    else:
        tag = "error" if result.outcome in _ERRORS else "failure"
        outcome = element(tag, type=result.outcome, message=message)
    case = case_element(f"rckp.{result.class_}", result.id, outcome)
    if result.stderr:
        append(case, element("system-err", "\n".join(result.stderr.splitlines())))
    return case
