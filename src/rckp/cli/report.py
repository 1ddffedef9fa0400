"""What `rckp validate` prints for people, and what all its formats share."""

from __future__ import annotations

import click

from rckp.display import escape, path_members, pluralise
from rckp.validation.validate import Finding, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.validation.other_layouts import OtherLayout


class Summary:
    """How many files came out how."""

    def __init__(self) -> None:
        self.valid: int = 0
        self.invalid: int = 0
        self.unreadable: int = 0
        self.warnings: int = 0
        self.skipped: int = 0
        self.empty_directories: list[str] = []
        self.links: dict[str, int] = {}  # below each of these directories

    def count(self, report: Report) -> None:
        """Count a report."""
        if report.valid is None:
            self.unreadable += 1
        elif report.valid:
            self.valid += 1
        else:
            self.invalid += 1
        self.warnings += any(f.severity == "warning" for f in report.findings)

    def count_skipped(self, _: str) -> None:
        """Count an entry of a directory that is not a checkpoint."""
        self.skipped += 1

    def as_json(self) -> dict[str, object]:
        """The member `summary` of the JSON formats."""
        return {
            "total": self.valid + self.invalid + self.unreadable,
            "valid": self.valid,
            "invalid": self.invalid,
            "unreadable": self.unreadable,
            "with_warnings": self.warnings,
            "skipped": self.skipped,
            "directories_without_checkpoint": [
                path_members(each) for each in self.empty_directories
            ],
        }


class Reporter:
    """One of the formats: `begin`, then `file` for each report, then `end`."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose

    def begin(self) -> None:
        """Print the text before the first file."""

    def prints(self, report: Report, named: bool) -> bool:
        """Whether `file` prints something."""
        return True

    def file(self, report: Report, named: bool) -> None:
        """Print one file. `named` is whether a person named it, rather than its directory."""

    def end(self, summary: Summary) -> None:
        """Print the text after the last file."""


class TextReporter(Reporter):
    """Text for people: each finding with its location, and at the end a hint for each code."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._hints: dict[tuple[str, str], int] = {}

    def prints(self, report: Report, named: bool) -> bool:
        """A file is listed if it is invalid or odd, or was named, or all are asked for."""
        return bool(named or self.verbose or report.findings or not report.valid)

    def file(self, report: Report, named: bool) -> None:
        """Print the verdict and the findings of a file."""
        if not self.prints(report, named):
            return
        good = report.valid and not report.findings
        path = escape(report.path or "-")
        if good:
            click.echo(f"{path}: {click.style('valid', fg='green')}")
            return
        verdict = {True: "valid, but", False: "invalid", None: "unreadable"}[report.valid]
        colour = {True: "yellow", False: "red", None: "magenta"}[report.valid]
        click.echo(f"{path}: {click.style(verdict, fg=colour)}")
        for each in report.findings:
            code = click.style(f"[{each.code}]", bold=True)
            click.echo(f"  {where(each)}{escape(each.message)} {code}")
            key = (each.code, each.hint)
            self._hints[key] = self._hints.get(key, 0) + 1
        if report.other_layout is not None:
            click.echo(f"  It is {escape(report.other_layout.message)}")

    @staticmethod
    def _why_empty(links: int) -> str:
        if not links:
            return "nothing below has a name that ends in .ckpt"
        return f"{pluralise(links, 'symbolic link')} below, and links are not followed"

    def end(self, summary: Summary) -> None:
        """The counts, and what to do about each kind of finding."""
        for base in summary.empty_directories:
            click.echo(
                f"{escape(base)}: {click.style('no checkpoint in it', fg='magenta')}: "
                f"{self._why_empty(summary.links.get(base, 0))}"
            )
        checked = summary.valid + summary.invalid + summary.unreadable
        if self._hints:
            click.echo()
        for (code, hint), number in sorted(self._hints.items(), key=lambda item: -item[1]):
            times = f" ({number})" if number > 1 else ""
            click.echo(wrapped(f"{click.style(code, bold=True)}{times}: ", escape(hint)), nl=True)
        if checked == 1 and not summary.skipped and not self._hints:
            return
        if self._hints:
            click.echo()
        parts = [f"{summary.valid:,} valid", f"{summary.invalid:,} invalid"]
        if summary.unreadable:
            parts.append(f"{summary.unreadable:,} unreadable")
        if summary.warnings:
            parts.append(f"{summary.warnings:,} with warnings")
        if summary.skipped:
            parts.append(f"{pluralise(summary.skipped, 'other file')} skipped")
        click.echo(f"{pluralise(checked, 'file')}: {', '.join(parts)}")


def where(found: Finding) -> str:
    """The place of a finding, as the beginning of a sentence."""
    return "" if found.field is None else f"byte {found.offset}, {found.field}: "


def other_layout_as_json(other: OtherLayout) -> dict[str, object]:
    """How a file reads in another layout, as an object; integers are decimal strings."""
    numbers = {"iteration": other.iteration, "evaluations": other.evaluations}
    return {
        "layout": other.layout,
        "complete": other.error is None,
        **{name: None if number is None else str(number) for name, number in numbers.items()},
        "error": None if other.error is None else other.error._asdict(),
        "message": other.message,
    }


def wrapped(label: str, text: str) -> str:
    """A paragraph that begins with a label, its other lines indented, at most 80 wide."""
    lines = click.formatting.wrap_text(
        f"{click.unstyle(label)}{text}", 79, "", "  ", preserve_paragraphs=False
    )
    return lines.replace(click.unstyle(label).strip(), label.strip(), 1)
