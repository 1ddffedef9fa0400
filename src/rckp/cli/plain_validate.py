"""`rckp validate PATH...` without options, which does not wait for click to be imported.

Output, exit status and errors are those of the command in `validate`. Click is imported as soon as
there is more to print than that a file is valid.
"""

from __future__ import annotations

import os
import sys

from rckp.cli import COMPLETE, streams
from rckp.cli.report import Reporter, Summary
from rckp.cli.validation_run import validate_paths
from rckp.display import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from rckp.validation.validate import Report


def run(arguments: Sequence[str]) -> int | None:
    """Validate the paths and return the exit status, or None if click must parse the arguments."""
    paths = _paths(arguments)
    if paths is None:
        return None
    try:
        status = validate_paths(paths, _PlainReporter(), Summary())
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        from rckp.cli import application

        return application.end_by(error)
    return status


def _paths(arguments: Sequence[str]) -> list[str] | None:
    name, *paths = arguments or [""]
    if name != "validate" or not paths or COMPLETE in os.environ or os.name == "nt":
        return None  # on Windows, click expands patterns and shows colours in its own way
    return paths if all(path and not path.startswith("-") for path in paths) else None


class _PlainReporter(Reporter):
    """Prints what `TextReporter` does, and leaves all that is not simply valid to one."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self._other: Reporter | None = None

    def prints(self, report: Report, named: bool) -> bool:
        """A file is listed if it is invalid or odd, or was named."""
        return bool(named or report.findings or not report.valid)

    def file(self, report: Report, named: bool) -> None:
        """Its verdict, and what was found."""
        if self._other is not None or report.findings or not report.valid:
            self._text_reporter().file(report, named)
        elif named:
            verdict = "\x1b[32mvalid\x1b[0m" if _shows_colours() else "valid"
            _echo(f"{escape(report.path or '-')}: {verdict}")

    def interrupt(self) -> None:
        """What the other reporter has kept back."""
        if self._other is not None:
            self._other.interrupt()

    def end(self, summary: Summary) -> None:
        """The counts."""
        if self._other is not None or summary.empty_directories:
            self._text_reporter().end(summary)
        elif not summary.is_of_one_file:
            _echo(summary.describe())

    def _text_reporter(self) -> Reporter:
        if self._other is None:
            from rckp.cli import application, report_text

            application.enter()
            self._other = report_text.TextReporter(verbose=False)
        return self._other


def _shows_colours() -> bool:
    wanted = streams.colour_wanted()
    return sys.stdout.isatty() if wanted is None else wanted


def _echo(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
