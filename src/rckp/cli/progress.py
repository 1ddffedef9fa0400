"""How many files a long command has read."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.report import Reporter
    from rckp.validation.validate import Report


class Progress:
    """A counter on standard error during a long scan, if that is a terminal."""

    _DELAY = 1.0  # seconds before it shows at all
    _INTERVAL = 0.2  # seconds between updates

    def __init__(self) -> None:
        self._enabled = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._next = time.monotonic() + self._DELAY
        self._files = 0
        self._visible = False

    def report(self, reporter: Reporter, report: Report, named: bool) -> None:
        """Report a file; clear the counter before a line is printed."""
        if self._visible and reporter.prints(report, named):
            self.clear()
        reporter.file(report, named)
        self.count()

    def count(self) -> None:
        """Count a file of which nothing is printed."""
        self._files += 1
        if self._enabled and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._INTERVAL
            self._visible = True
            sys.stderr.write(f"\r{self._files:,} files checked")
            sys.stderr.flush()

    def clear(self) -> None:
        """Clear the counter if it is visible."""
        if self._visible:
            self._visible = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
