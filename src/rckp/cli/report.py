"""What `rckp validate` prints for people, and what all its formats share."""

from __future__ import annotations

import click

from rckp.display import escape, path_members, pluralise
from rckp.validation.validate import Finding, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from rckp.cli.report_groups import Groups

_IN_FULL = 5  # files with findings; if there are more, they are shown in groups
_MAX_WAITING = 1000  # files that wait for that decision

VERDICTS = {True: "valid, but", False: "invalid", None: "unreadable"}
COLOURS = {True: "yellow", False: "red", None: "magenta"}


class Summary:
    """How many files came out how."""

    def __init__(self) -> None:
        self.valid: int = 0
        self.invalid: int = 0
        self.unreadable: int = 0
        self.warnings: int = 0
        self.skipped: int = 0
        self.ignored: int | None = None  # a number if --select or --ignore is given
        self.empty_directories: list[str] = []
        self.links: dict[str, int] = {}  # below each of these directories

    @property
    def total(self) -> int:
        """The number of files that were validated."""
        return self.valid + self.invalid + self.unreadable

    def count(self, report: Report) -> None:
        """Count a report."""
        if report.valid is None:
            self.unreadable += 1
        elif report.valid:
            self.valid += 1
        else:
            self.invalid += 1
        self.warnings += any(f.severity == "warning" for f in report.findings)

    def count_ignored(self) -> None:
        """Count a file whose error is ignored."""
        self.ignored = (self.ignored or 0) + 1

    def count_skipped(self, _: str) -> None:
        """Count an entry of a directory that is not a checkpoint."""
        self.skipped += 1

    def as_json(self) -> dict[str, object]:
        """The member `summary` of the JSON formats."""
        return {
            "total": self.total,
            "valid": self.valid,
            "invalid": self.invalid,
            "unreadable": self.unreadable,
            "with_warnings": self.warnings,
            "skipped": self.skipped,
            **({} if self.ignored is None else {"ignored": self.ignored}),
            "directories_without_checkpoint": [
                path_members(each) for each in self.empty_directories
            ],
        }

    def describe(self) -> str:
        """The counts in one line."""
        parts = [f"{self.valid:,} valid", f"{self.invalid:,} invalid"]
        if self.unreadable:
            parts.append(f"{self.unreadable:,} unreadable")
        if self.warnings:
            parts.append(f"{self.warnings:,} with warnings")
        if self.ignored:
            parts.append(f"{self.ignored:,} ignored")
        if self.skipped:
            parts.append(f"{pluralise(self.skipped, 'other file')} skipped")
        return f"{pluralise(self.total, 'file')}: {', '.join(parts)}"

    def empty(self) -> Iterator[tuple[str, str]]:
        """Each directory without a checkpoint, and what is below it instead."""
        for base in self.empty_directories:
            links = self.links.get(base, 0)
            reason = "nothing below has a name that ends in .ckpt"
            if links:
                reason = f"{pluralise(links, 'symbolic link')} below, and links are not followed"
            yield base, f"no checkpoint in it: {reason}"


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

    def interrupt(self) -> None:
        """Print what `file` has kept back, because there is no `end`."""


class TextReporter(Reporter):
    """For people: what is wrong, where, and at the end once for each fault what to do.

    Up to `_IN_FULL` files with findings are shown one by one, more in groups. With `verbose` all
    files are shown one by one. `valid` is whether to list a valid file that was named.
    """

    def __init__(self, verbose: bool, *, valid: bool = True) -> None:
        super().__init__(verbose)
        self._valid = valid
        self._hints: dict[tuple[str, str], int] = {}
        self._waiting: list[Report] = []
        self._odd = 0
        self._groups: Groups | None = None

    def prints(self, report: Report, named: bool) -> bool:
        """A file is listed if it is invalid or odd, or was named, or all are asked for."""
        listed = named and self._valid
        return bool(listed or self.verbose or report.findings or not report.valid)

    def file(self, report: Report, named: bool) -> None:
        """Its verdict, and what was found."""
        if not self.prints(report, named):
            return
        odd = bool(report.findings or not report.valid)
        if odd and self._groups is not None:
            self._groups.add(report)
        elif self.verbose or self._groups is not None or not (odd or self._waiting):
            self._show(report)
        else:
            self._odd += odd
            self._waiting.append(report)
            if self._odd > _IN_FULL:
                self._begin_groups()
            elif len(self._waiting) > _MAX_WAITING:
                self.interrupt()

    def _begin_groups(self) -> None:
        from rckp.cli.report_groups import Groups  # not needed if all is well

        self._groups = Groups()
        for each in self._waiting:
            if each.findings:
                self._groups.add(each)
            else:
                self._show(each)
        self._waiting.clear()

    def _show(self, report: Report) -> None:
        path = escape(report.path or "-")
        if report.valid and not report.findings:
            click.echo(f"{path}: {click.style('valid', fg='green')}")
            return
        verdict = click.style(VERDICTS[report.valid], fg=COLOURS[report.valid])
        click.echo(f"{path}: {verdict}")
        for each in report.findings:
            code = click.style(f"[{each.code}]", bold=True)
            click.echo(f"  {where(each)}{escape(each.message)} {code}")
            key = (each.code, each.hint)
            self._hints[key] = self._hints.get(key, 0) + 1

    def interrupt(self) -> None:
        """Show the files that wait, or the groups so far."""
        for each in self._waiting:
            self._show(each)
        self._waiting.clear()
        if self._groups is not None:
            self._groups.show()

    def end(self, summary: Summary) -> None:
        """The counts, and what to do about each kind of finding."""
        if self._groups is not None:
            # Counts come first where there is much to read.
            click.echo(click.style(summary.describe(), bold=True))
        self.interrupt()
        for base, reason in summary.empty():
            kind, _, rest = reason.partition(":")
            click.echo(f"{escape(base)}: {click.style(kind, fg='magenta')}:{rest}")
        if self._hints:
            click.echo()
        for (code, hint), number in sorted(self._hints.items(), key=lambda item: -item[1]):
            times = f" ({number})" if number > 1 else ""
            click.echo(wrapped(f"{click.style(code, bold=True)}{times}: ", escape(hint)), nl=True)
        plain = summary.total == 1 and not (summary.skipped or summary.ignored or self._hints)
        if self._groups is not None or plain:
            return
        if self._hints:
            click.echo()
        click.echo(summary.describe())


def where(found: Finding) -> str:
    """The place of a finding, as the beginning of a sentence."""
    return "" if found.field is None else f"byte {found.offset}, {found.field}: "


def wrapped(label: str, text: str) -> str:
    """A paragraph that begins with a label, its other lines indented, at most 80 wide."""
    lines = click.formatting.wrap_text(
        f"{click.unstyle(label)}{text}", 79, "", "  ", preserve_paragraphs=False
    )
    return lines.replace(click.unstyle(label).strip(), label.strip(), 1)
