"""`rckp validate --quiet` and `--summary`."""

from __future__ import annotations

from collections import Counter

import click

from rckp.cli.report import COLOURS, Reporter, Summary, where
from rckp.display import escape
from rckp.validation.validate import Report


class QuietReporter(Reporter):
    """Nothing but the exit status, and on standard error what could not be read."""

    def prints(self, report: Report, named: bool) -> bool:
        """Whether the file is unreadable."""
        return report.valid is None

    def file(self, report: Report, named: bool) -> None:
        """What could not be read, and why."""
        if report.valid is None:
            for each in report.findings:
                text = f"{where(each)}{each.message} [{each.code}]"
                click.echo(f"{escape(report.path or '-')}: {escape(text)}", err=True)

    def end(self, summary: Summary) -> None:
        """The directories without a checkpoint."""
        for base, reason in summary.empty():
            click.echo(f"{escape(base)}: {reason}", err=True)


class SummaryReporter(Reporter):
    """The counts, and how many files have each code, the most frequent first."""

    def __init__(self, verbose: bool) -> None:
        super().__init__(verbose)
        self._codes: Counter[tuple[str, bool | None]] = Counter()

    def prints(self, report: Report, named: bool) -> bool:
        """Nothing is printed before the end."""
        return False

    def file(self, report: Report, named: bool) -> None:
        """Count the codes of a file, each once."""
        self._codes.update(
            {(f.code, report.valid if f.severity == "error" else True) for f in report.findings}
        )

    def interrupt(self) -> None:
        """The codes so far."""
        for (code, valid), number in sorted(self._codes.items(), key=_rank):
            kind = "  (warning)" if valid else ""
            click.echo(f"{number:>9,}  {click.style(code, fg=COLOURS[valid])}{kind}")

    def end(self, summary: Summary) -> None:
        """The counts."""
        click.echo(click.style(summary.describe(), bold=True))
        self.interrupt()
        for base, reason in summary.empty():
            click.echo(f"{escape(base)}: {reason}")


def _rank(item: tuple[tuple[str, bool | None], int]) -> tuple[int, str, bool]:
    (code, valid), number = item
    return -number, code, bool(valid)
