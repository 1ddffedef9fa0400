"""What `rckp validate` prints: as text, JSON, JSON Lines or JUnit XML."""

from __future__ import annotations

import os
from typing import Protocol

import click

from rckp.display import count, escape
from rckp.read.validate import Finding, Report


class Summary:
    """How many files came out how."""

    def __init__(self) -> None:
        self.valid = 0
        self.invalid = 0
        self.unjudged = 0
        self.warnings = 0
        self.passed_over = 0
        self.empty_directories: list[str] = []

    def count(self, report: Report) -> None:
        """Takes note of a report."""
        if report.valid is None:
            self.unjudged += 1
        elif report.valid:
            self.valid += 1
        else:
            self.invalid += 1
        self.warnings += any(f.severity == "warning" for f in report.findings)

    def pass_over(self, _: str) -> None:
        """Takes note of an entry of a directory that is no checkpoint."""
        self.passed_over += 1

    def as_json(self) -> dict[str, object]:
        """The member `summary` of the JSON formats."""
        return {
            "checked": self.valid + self.invalid + self.unjudged,
            "valid": self.valid,
            "invalid": self.invalid,
            "unjudged": self.unjudged,
            "with_warnings": self.warnings,
            "passed_over": self.passed_over,
            "directories_without_checkpoint": [escape(d) for d in self.empty_directories],
        }


class Reporter(Protocol):
    """One of the formats: `begin`, then `file` for each report, then `end`."""

    def __init__(self, verbose: bool) -> None: ...

    def begin(self) -> None:
        """Prints what stands before the first file."""

    def file(self, report: Report, named: bool) -> None:
        """Prints one file; `named` is whether a person named it, not a directory around it."""

    def end(self, summary: Summary) -> None:
        """Prints what stands after the last file."""


class TextReporter:
    """For people: what is wrong, where, and at the end once for each fault what to do."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._hints: dict[tuple[str, str], int] = {}

    def begin(self) -> None:
        """Nothing stands before the first file."""

    def file(self, report: Report, named: bool) -> None:
        """A file is listed if it is faulty or odd, or was named, or all are asked for."""
        path = escape(report.path or "-")
        if report.valid and not report.findings:
            if named or self._verbose:
                click.echo(f"{path}: {click.style('valid', fg='green')}")
            return
        verdict = {True: "valid, but", False: "not valid", None: "not checked"}[report.valid]
        colour = {True: "yellow", False: "red", None: "magenta"}[report.valid]
        click.echo(f"{path}: {click.style(verdict, fg=colour)}")
        for each in report.findings:
            code = click.style(f"[{each.code}]", bold=True)
            click.echo(f"  {where(each)}{escape(each.message)} {code}")
            key = (each.code, each.hint)
            self._hints[key] = self._hints.get(key, 0) + 1

    def end(self, summary: Summary) -> None:
        """The counts, and what to do about each kind of finding."""
        for base in summary.empty_directories:
            click.echo(
                f"{escape(base)}: {click.style('no checkpoint in it', fg='magenta')}: "
                "nothing below has a name that ends in .ckpt"
            )
        checked = summary.valid + summary.invalid + summary.unjudged
        if self._hints:
            click.echo()
        for (code, hint), number in sorted(self._hints.items(), key=lambda item: -item[1]):
            times = f" ({number})" if number > 1 else ""
            click.echo(wrapped(f"{click.style(code, bold=True)}{times}: ", escape(hint)), nl=True)
        if checked == 1 and not summary.passed_over and not self._hints:
            return
        if self._hints:
            click.echo()
        parts = [f"{summary.valid:,} valid", f"{summary.invalid:,} not valid"]
        if summary.unjudged:
            parts.append(f"{summary.unjudged:,} not checked")
        if summary.warnings:
            parts.append(f"{summary.warnings:,} with warnings")
        if summary.passed_over:
            parts.append(f"{count(summary.passed_over, 'other file')} passed over")
        click.echo(f"{count(checked, 'file')}: {', '.join(parts)}")


def where(found: Finding) -> str:
    """The place of a finding, as the beginning of a sentence."""
    return "" if found.field is None else f"byte {found.offset}, {found.field}: "


def wrapped(label: str, text: str) -> str:
    """A paragraph that begins with a label, its other lines indented, at most 80 wide."""
    lines = click.formatting.wrap_text(
        f"{click.unstyle(label)}{text}", 79, "", "  ", preserve_paragraphs=False
    )
    return lines.replace(click.unstyle(label).strip(), label.strip(), 1)


class JsonReporter:
    """One object: `version`, `files` and `summary`, a line for each file."""

    def __init__(self, verbose: bool) -> None:
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


class JsonLinesReporter:
    """An object a line, a file each; the last line has the member `summary` alone."""

    def __init__(self, verbose: bool) -> None:
        pass

    def begin(self) -> None:
        """Nothing stands before the first file."""

    def file(self, report: Report, named: bool) -> None:
        """A file."""
        click.echo(dumps(as_json(report)))

    def end(self, summary: Summary) -> None:
        """The counts."""
        click.echo(dumps({"summary": summary.as_json()}))


class JUnitReporter:
    """A test suite with a test case for each file, for CI systems."""

    def __init__(self, verbose: bool) -> None:
        self._cases: list[str] = []

    def begin(self) -> None:
        """The suite names its counts first, so nothing can be printed yet."""

    def file(self, report: Report, named: bool) -> None:
        """Faults are failures, what could not be read is an error, warnings are output."""
        from xml.sax.saxutils import escape as xml  # noqa: PLC0415
        from xml.sax.saxutils import quoteattr  # noqa: PLC0415

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
        click.echo('<?xml version="1.0" encoding="UTF-8"?>')
        click.echo(
            f'<testsuite name="rckp validate" tests="{len(self._cases)}" '
            f'failures="{summary.invalid}" errors="{summary.unjudged}">'
        )
        for case in self._cases:
            click.echo(f"  {case}")
        click.echo("</testsuite>")


FORMATS: dict[str, type[Reporter]] = {
    "text": TextReporter,
    "json": JsonReporter,
    "jsonl": JsonLinesReporter,
    "junit": JUnitReporter,
}


def as_json(report: Report) -> dict[str, object]:
    """A report as an object; `path_bytes` is there if the path is not UTF-8."""
    path = report.path
    document: dict[str, object] = {"path": path}
    if path is not None and any("\udc80" <= c <= "\udcff" for c in path):
        document |= {"path": escape(path), "path_bytes": os.fsencode(path).hex()}
    document["valid"] = report.valid
    document["findings"] = [each._asdict() for each in report.findings]
    return document


def dumps(document: object) -> str:
    """Compact JSON, in ASCII, so that it survives every terminal and every locale."""
    import json  # noqa: PLC0415 - text output does without

    return json.dumps(document)
