"""Errors of adapters, and the text of their messages."""

from __future__ import annotations

from rckp.conformance.shape import quote

FLUSH = "The adapter must flush its output after each response."


class AdapterError(Exception):
    """The adapter violates the protocol. The message is one sentence."""


class NoResponseError(Exception):
    """There was no response. `outcome` is crash, timeout or over-budget."""

    def __init__(self, outcome: str, what: str, stderr: str) -> None:
        super().__init__(what)
        self.outcome = outcome
        self.stderr = stderr


def stderr_tail(stderr: str) -> str:
    """Return the last line of standard error as the end of a sentence; empty if there is none."""
    lines = stderr.strip().splitlines()
    if not lines:
        return ""
    return f"; the last line of its standard error was {quote(lines[-1], 120)}"
