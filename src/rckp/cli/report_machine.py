"""What `rckp validate` prints for programs: JSON, JSON Lines or JUnit XML."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import click

from rckp.cli.report import Reporter, Summary, other_layout_as_json, where
from rckp.conformance import junit_xml
from rckp.conformance.markup import element
from rckp.display import path_members
from rckp.validation.validate import Report


class JsonReporter(Reporter):
    """One object: `version`, `files` and `summary`, a line for each file."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._separator = ""

    def begin(self) -> None:
        """Open the object."""
        click.echo('{"version": 1, "files": [', nl=False)

    def file(self, report: Report, named: bool) -> None:
        """Print a line for a file."""
        click.echo(f"{self._separator}\n{dumps(as_json(report))}", nl=False)
        self._separator = ","

    def end(self, summary: Summary) -> None:
        """Close the object with the counts."""
        click.echo(f'\n], "summary": {dumps(summary.as_json())}}}')


class JsonLinesReporter(Reporter):
    """An object a line, a file each; the last line has the member `summary` alone."""

    def file(self, report: Report, named: bool) -> None:
        """A file."""
        click.echo(dumps({"version": 1} | as_json(report)))

    def end(self, summary: Summary) -> None:
        """The counts."""
        click.echo(dumps({"version": 1, "summary": summary.as_json()}))


class JUnitReporter(Reporter):
    """A test suite with a test case for each file, for CI systems."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._cases: list[ET.Element] = []

    def begin(self) -> None:
        """The suite names its counts first, so nothing can be printed yet."""

    def prints(self, report: Report, named: bool) -> bool:
        """Nothing is printed before the end."""
        return False

    def file(self, report: Report, named: bool) -> None:
        """Errors are failures, what could not be read is an error, warnings are output."""
        found = []
        for each in report.findings:
            text = f"{where(each)}{each.message} [{each.code}] {each.hint}"
            if each.severity == "warning":
                found.append(element("system-out", text))
            else:
                tag = "error" if report.valid is None else "failure"
                found.append(element(tag, type=each.code, message=text))
        if report.other_layout is not None:
            found.append(element("system-out", report.other_layout.message))
        self._cases.append(junit_xml.case_element("rckp.validate", report.path or "-", *found))

    def end(self, summary: Summary) -> None:
        """The whole document."""
        text = junit_xml.document(junit_xml.suite_element("rckp validate", self._cases))
        # As the first line says, whatever the encoding of the terminal.
        click.echo(text.encode(), nl=False)


def as_json(report: Report) -> dict[str, object]:
    """Return a report as an object, with `path_bytes` if the path is not UTF-8."""
    path = report.path
    document: dict[str, object] = {"path": None}
    if path is not None:
        document |= path_members(path)
    document["valid"] = report.valid
    document["findings"] = [each._asdict() for each in report.findings]
    if report.other_layout is not None:
        document["other_layout"] = other_layout_as_json(report.other_layout)
    return document


def dumps(document: object) -> str:
    """Return compact JSON in ASCII, which every terminal and locale can show."""
    return json.dumps(document)
