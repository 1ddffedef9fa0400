"""JUnit XML, the one writer for all reports: test cases, suites of them, the document.

Texts are made visible and escaped as `markup` does, so that what XML 1.0 cannot hold is in no
document.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from rckp.conformance.markup import Content, element, xml


def case_element(class_name: str, name: str, *content: Content) -> ET.Element:
    """Return a test case; `content` are elements `failure`, `error`, `skipped` or outputs."""
    return element("testcase", *content, classname=class_name, name=name)


def suite_element(name: str, cases: Sequence[ET.Element]) -> ET.Element:
    """Return a suite of test cases with their counts by outcome."""
    counts = {
        "tests": len(cases),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
    }
    return element("testsuite", *cases, name=name, **counts)


def _count(cases: Sequence[ET.Element], tag: str) -> int:
    return sum(each.find(tag) is not None for each in cases)


def document(root: ET.Element, *, space: str = "  ") -> str:
    """Return the document in ASCII, indented by `space`."""
    ET.indent(root, space)
    return xml(root, declared=True)
