"""Tasks of workers that die, importable from their processes."""

from __future__ import annotations

import os
import signal
from typing import Any

from rckp.validation.batch import validate_chunk as real_check


def validate_chunk(requests: list[tuple[str, bool]], now_ms: int) -> Any:
    """As the real one, but a file with a certain name kills the process that reads it."""
    if any("deadly" in path for path, _ in requests):
        die()
    return real_check(requests, now_ms)


def die(*_: object) -> Any:
    """Dies as a process does when the machine has no memory left."""
    os.kill(os.getpid(), signal.SIGKILL)
