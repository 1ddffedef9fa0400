"""How far a run is: what lists show of a payload."""

from __future__ import annotations

from typing import NamedTuple

from rckp.payload.model import Payload, UnknownPayload
from rckp.payload.next_parse import draft_progress
from rckp.payload.parse import parse_text

# Bytes of a payload that commands and the page parse, which takes up to 20 times as much memory.
MAX_PARSED = 4 << 20
# Characters that are enough for the iteration and the evaluations, with which payloads begin.
START = 64
_NUMBERS = 2


class Progress(NamedTuple):
    """The progress of a run. Unknown values are None.

    `best_quality` is the quality of the best solution as the program wrote it, `best_value` the
    same as a number. `direction` is `min` or `max`: whether a smaller or a larger value is better.
    """

    iteration: int | None = None
    evaluations: int | None = None
    best_quality: str | None = None
    best_value: float | None = None
    direction: str | None = None


def parse_start(algorithm: str, start: str | bytes) -> UnknownPayload:
    """Parse the start of a payload whose rest is missing: the iteration and the evaluations.

    Bytes are those of the draft layout. Never raises for what the payload holds.
    """
    reason = "only its start is known"
    if isinstance(start, bytes):
        return UnknownPayload(algorithm, reason, *(draft_progress(start) or ()))
    found = parse_text(algorithm, start)
    # What is cut off can be a part of a number: only what a separator follows is certain.
    if isinstance(found, Payload) or start.count(";") < _NUMBERS:
        return UnknownPayload(found.algorithm, reason)
    return found


def progress(payload: Payload | UnknownPayload) -> Progress:
    """Return the progress of a parsed payload."""
    if isinstance(payload, UnknownPayload):
        return Progress(payload.iteration, payload.evaluations)
    best = payload.best
    return Progress(
        payload.iteration,
        payload.evaluations,
        best.quality if best else None,
        best.value if best else None,
        payload.direction,
    )
