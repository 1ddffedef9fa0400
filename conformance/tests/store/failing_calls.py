"""Functions of `os` that fail, for the tests of writing."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest


def fail(
    monkeypatch: pytest.MonkeyPatch, name: str, times: int = 1, code: int = errno.EIO
) -> list[str]:
    """Let the first `times` calls of an `os` function fail. Return the list of the calls."""
    real: Callable[..., object] = getattr(os, name)
    calls: list[str] = []

    def failing(*args: object, **kwargs: object) -> object:
        calls.append(name)
        if len(calls) <= times:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, failing)
    return calls
