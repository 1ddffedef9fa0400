"""What `rckp validate` prints for people."""

from __future__ import annotations

import click

from rckp.cli.report import COLOURS, VERDICTS, Reporter, Summary, where
from rckp.display import escape
from rckp.validation.validate import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.report_groups import Groups

_IN_FULL = 5  # files with findings; if there are more, they are shown in groups
_MAX_WAITING = 1000  # files that wait for that decision


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
        if report.other_layout is not None:
            click.echo(f"  It is {escape(report.other_layout.message)}")

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
        if self._groups is not None or (summary.is_of_one_file and not self._hints):
            return
        if self._hints:
            click.echo()
        click.echo(summary.describe())


def wrapped(label: str, text: str) -> str:
    """A paragraph that begins with a label, its other lines indented, at most 80 wide."""
    lines = click.formatting.wrap_text(
        f"{click.unstyle(label)}{text}", 79, "", "  ", preserve_paragraphs=False
    )
    return lines.replace(click.unstyle(label).strip(), label.strip(), 1)
