"""Errors of adapters, and the text of their messages."""

from __future__ import annotations

import json

from rckp.display import escape

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
    return f"; the last line of its standard error was {abbreviate(lines[-1], 120)}"


def abbreviate(value: object, limit: int = 60) -> str:
    """Return bytes, a text or a JSON value for a message, escaped and at most `limit` long."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        try:
            value = json.dumps(value)
        except (ValueError, RecursionError):
            value = type(value).__name__
    return repr(escape(value, limit))
