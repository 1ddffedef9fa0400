"""Work of a catalogue that kills its worker, importable from workers."""

from __future__ import annotations

from typing import Any

from conformance.tests.deadly import die
from rckp.catalogue.row import CATALOGUE


def rows_of_chunk(tasks: list[tuple[str, bool]], now_ms: int) -> Any:
    """As the real one, but a file with a certain name kills the process that reads it."""
    if any("deadly" in path for path, _ in tasks):
        die()
    return CATALOGUE.chunk(tasks, now_ms)
