"""The results as JUnit XML, for CI systems: a test suite for each class."""

from __future__ import annotations

from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

from rckp.display import escape
from rckp.suite.results import Result, Results

_ERRORS = ("crash", "timeout", "over budget")


def junit(run: Results) -> str:
    """The document. Unsupported checks and known failures are skipped, stale ones are failures."""
    suites = [
        _suite(class_, [_case(each) for each in results])
        for class_, results in run.classes().items()
    ]
    if run.stale:
        message = "a known failure that is no check of this run"
        cases = [
            _element("rckp.known-failures", id_, f"<failure message={quoteattr(message)}/>")
            for id_ in run.stale
        ]
        suites.append(_suite("known failures", cases))
    name = quoteattr(escape(f"RCKP conformance of {run.implementation.name}"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={name}>\n'
        + "".join(suites)
        + "</testsuites>\n"
    )


def _suite(name: str, cases: list[str]) -> str:
    counts = {
        "tests": len(cases),
        "failures": sum("<failure" in each for each in cases),
        "errors": sum("<error" in each for each in cases),
        "skipped": sum("<skipped" in each for each in cases),
    }
    attributes = " ".join(f'{key}="{value}"' for key, value in counts.items())
    return f'<testsuite name="{name}" {attributes}>\n{"".join(cases)}</testsuite>\n'


def _case(result: Result) -> str:
    message = quoteattr(escape("; ".join(result.differences)))
    if result.outcome == "pass":
        body = ""
    elif result.outcome == "unsupported":
        body = f"<skipped message={message}/>"
    elif result.outcome == "expected-fail":
        body = f"<skipped message={quoteattr(escape(result.reason))}/>"
    elif result.outcome == "unexpected-pass":
        reason = quoteattr(escape(f"passes, but is a known failure: {result.reason}"))
        body = f'<failure type="unexpected-pass" message={reason}/>'
    else:
        tag = "error" if result.outcome in _ERRORS else "failure"
        body = f"<{tag} type={quoteattr(result.outcome)} message={message}/>"
    if result.stderr:
        lines = "\n".join(map(escape, result.stderr.splitlines()))
        body += f"<system-err>{xml(lines)}</system-err>"
    return _element(f"rckp.{result.class_}", result.id, body)


def _element(class_: str, name: str, body: str) -> str:
    return f'<testcase classname="{class_}" name={quoteattr(escape(name))}>{body}</testcase>\n'
