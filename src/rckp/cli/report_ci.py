"""What `rckp validate` prints for editors and CI: lines, GitHub annotations, or SARIF."""

from __future__ import annotations

import hashlib
import json
import os
import re
from urllib.parse import quote

import click

from rckp import __version__
from rckp._codes import CODES
from rckp.cli.report import COLOURS, VERDICTS, Reporter, Summary, where
from rckp.display import escape
from rckp.validation.validate import Finding, Report

_SARIF_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_PATTERN = re.compile("[%\r\n]")
_PROPERTY_PATTERN = re.compile("[%\r\n:,]")


class ConciseReporter(Reporter):
    """A line for each file with findings; with `verbose` for each file. The counts go to stderr."""

    def prints(self, report: Report, named: bool) -> bool:
        """Whether the file has findings."""
        return bool(self.verbose or report.findings or not report.valid)

    def file(self, report: Report, named: bool) -> None:
        """Its path, its verdict, and all that was found."""
        if not self.prints(report, named):
            return
        path = escape(report.path or "-")
        if report.valid and not report.findings:
            click.echo(f"{path}: {click.style('valid', fg='green')}")
            return
        verdict = VERDICTS[report.valid].removesuffix(", but")
        found = "; ".join(f"{where(f)}{escape(f.message)} [{f.code}]" for f in report.findings)
        if report.other_layout is not None:
            found += f"; it is {escape(report.other_layout.message)}"
        click.echo(f"{path}: {click.style(verdict, fg=COLOURS[report.valid])}: {found}")

    def end(self, summary: Summary) -> None:
        """The directories without a checkpoint, and the counts."""
        for base, reason in summary.empty():
            click.echo(f"{escape(base)}: {reason}")
        click.echo(summary.describe(), err=True)


class GitHubReporter(Reporter):
    """Workflow commands of GitHub Actions, which shows them as annotations; then the counts."""

    def prints(self, report: Report, named: bool) -> bool:
        """Whether the file has findings."""
        return bool(report.findings)

    def file(self, report: Report, named: bool) -> None:
        """An annotation for each finding."""
        for found in report.findings:
            command = "warning" if found.severity == "warning" else "error"
            _annotate(command, report.path or "-", found.code, _message(report, found))

    def end(self, summary: Summary) -> None:
        """The counts, which GitHub shows in the log."""
        for base, reason in summary.empty():
            _annotate("error", base, "no checkpoint", reason)
        click.echo(summary.describe())


def _annotate(command: str, path: str, title: str, text: str) -> None:
    file = _escaped(escape(path), _PROPERTY_PATTERN)
    title = _escaped(f"rckp: {title}", _PROPERTY_PATTERN)
    click.echo(f"::{command} file={file},title={title}::{_escaped(escape(text), _PATTERN)}")


def _escaped(text: str, pattern: re.Pattern[str]) -> str:
    """Percent encoding of the characters that would end a value of a workflow command."""
    return pattern.sub(lambda found: f"%{ord(found[0]):02X}", text)


class SarifReporter(Reporter):
    """One document of SARIF 2.1.0, a line for each result.

    The region of a result has the bytes. It has the line 1 as well: GitHub rejects a result
    without a line.
    """

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._separator = ""

    def prints(self, report: Report, named: bool) -> bool:
        """Whether the file has findings."""
        return bool(report.findings)

    def begin(self) -> None:
        """Open the document, and describe all codes as rules."""
        driver = {
            "name": "rckp",
            "version": __version__,
            "rules": [_rule(code) for code in _RULES],
        }
        click.echo(
            f'{{"$schema": {json.dumps(_SARIF_SCHEMA)}, "version": "2.1.0", "runs": [{{\n'
            f'"tool": {json.dumps({"driver": driver})},\n"results": [',
            nl=False,
        )

    def file(self, report: Report, named: bool) -> None:
        """A result for each finding."""
        for found in report.findings:
            click.echo(f"{self._separator}\n{json.dumps(_result(report, found))}", nl=False)
            self._separator = ","

    def end(self, summary: Summary) -> None:
        """Close the document, and say whether everything could be read."""
        invocation: dict[str, object] = {
            "executionSuccessful": not (summary.unreadable or summary.empty_directories)
        }
        notes = [
            {
                "level": "error",
                "message": {"text": reason},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(base)}}}],
            }
            for base, reason in summary.empty()
        ]
        if notes:
            invocation["toolExecutionNotifications"] = notes
        end = {"invocations": [invocation], "properties": {"summary": summary.as_json()}}
        click.echo(f"\n],\n{json.dumps(end)[1:-1]}\n}}]}}")


def _message(report: Report, found: Finding) -> str:
    """A finding in whole sentences: what it is, and what to do."""
    other = report.other_layout
    layout = "" if other is None else f" It is {other.message}."
    return f"{where(found)}{found.message}.{layout} {found.hint}"


_RULES = [code for code, row in CODES.items() if row.phase in ("decode", "warn", "io")]


def _rule(code: str) -> dict[str, object]:
    row = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": row.meaning},
        "fullDescription": {"text": row.meaning},
        "help": {"text": row.action},
        "defaultConfiguration": {"level": "warning" if row.severity == "warning" else "error"},
        "properties": {"requirement": row.requirement, "tags": [row.phase]},
    }


def _result(report: Report, found: Finding) -> dict[str, object]:
    region: dict[str, object] = {"startLine": 1}
    if found.offset is not None:
        region |= {"byteOffset": found.offset, "byteLength": found.length or 0}
    uri = _uri(report.path or "-")
    identity = hashlib.sha256(f"{uri}|{found.code}|{found.field}".encode()).hexdigest()
    result: dict[str, object] = {
        "ruleId": found.code,
        "level": found.severity,
        "message": {"text": escape(_message(report, found))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri},
                    "region": region,
                }
            }
        ],
        # By this GitHub knows a finding again in the next run, although its offset has changed.
        "partialFingerprints": {"primaryLocationLineHash": f"{identity[:16]}:1"},
    }
    if found.code in _RULES:
        result["ruleIndex"] = _RULES.index(found.code)
    return result


def _uri(path: str) -> str:
    """A path as a relative reference, or as a file URI if it is absolute."""
    data = os.fsencode(path)
    if os.path.isabs(path):
        return f"file://{quote(data)}"
    # A colon in the first segment would end the scheme of a URI.
    return quote(data, safe="/")
