"""What `rckp validate` prints for programs: JSON, JSON Lines or JUnit XML."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

import click

from rckp.cli.report import Reporter, Summary, where
from rckp.display import escape, path_members
from rckp.read.validate import Report


class JsonReporter(Reporter):
    """One object: `version`, `files` and `summary`, a line for each file."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._separator = ""

    def begin(self) -> None:
        """Opens the object."""
        click.echo('{"version": 1, "files": [', nl=False)

    def file(self, report: Report, named: bool) -> None:
        """A file, on a line of its own."""
        click.echo(f"{self._separator}\n{dumps(as_json(report))}", nl=False)
        self._separator = ","

    def end(self, summary: Summary) -> None:
        """Closes the object with the counts."""
        click.echo(f'\n], "summary": {dumps(summary.as_json())}}}')


class JsonLinesReporter(Reporter):
    """An object a line, a file each; the last line has the member `summary` alone."""

    def file(self, report: Report, named: bool) -> None:
        """A file."""
        click.echo(dumps(as_json(report)))

    def end(self, summary: Summary) -> None:
        """The counts."""
        click.echo(dumps({"summary": summary.as_json()}))


class JUnitReporter(Reporter):
    """A test suite with a test case for each file, for CI systems."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._cases: list[str] = []

    def begin(self) -> None:
        """The suite names its counts first, so nothing can be printed yet."""

    def prints(self, report: Report, named: bool) -> bool:
        """Nothing is printed before the end."""
        return False

    def file(self, report: Report, named: bool) -> None:
        """Faults are failures, what could not be read is an error, warnings are output."""
        body = ""
        for each in report.findings:
            text = escape(f"{where(each)}{each.message} [{each.code}] {each.hint}")
            if each.severity == "warning":
                body += f"<system-out>{xml(text)}</system-out>"
            else:
                tag = "error" if report.valid is None else "failure"
                attributes = f"type={quoteattr(each.code)} message={quoteattr(text)}"
                body += f"<{tag} {attributes}/>"
        name = quoteattr(escape(report.path or "-"))
        self._cases.append(f'<testcase classname="rckp.validate" name={name}>{body}</testcase>')

    def end(self, summary: Summary) -> None:
        """The whole document."""
        lines = (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuite name="rckp validate" tests="{len(self._cases)}" '
            f'failures="{summary.invalid}" errors="{summary.unjudged}">',
            *(f"  {case}" for case in self._cases),
            "</testsuite>",
        )
        for line in lines:
            click.echo(line.encode())  # as the first line says, whatever the terminal's encoding


def as_json(report: Report) -> dict[str, object]:
    """A report as an object; `path_bytes` is there if the path is not UTF-8."""
    path = report.path
    document: dict[str, object] = {"path": None}
    if path is not None:
        document |= path_members(path)
    document["valid"] = report.valid
    document["findings"] = [each._asdict() for each in report.findings]
    return document


def dumps(document: object) -> str:
    """Compact JSON, in ASCII, so that it survives every terminal and every locale."""
    return json.dumps(document)
