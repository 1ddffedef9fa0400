"""All weakenings, in the order of the page."""

from __future__ import annotations

from conformance.tools.mutation import decoding, encoding, naming, selecting, storing, utf8, writing
from conformance.tools.mutation.weakening import Weakening

AREAS: dict[str, tuple[Weakening, ...]] = {
    "Decoding": decoding.WEAKENINGS,
    "UTF-8": utf8.WEAKENINGS,
    "Encoding": encoding.WEAKENINGS,
    "Identity, run ids, names and the base directory": naming.WEAKENINGS,
    "Finding, reading, deleting and purging": storing.WEAKENINGS,
    "Writing": writing.WEAKENINGS,
    "Selecting": selecting.WEAKENINGS,
}
WEAKENINGS: tuple[Weakening, ...] = tuple(each for area in AREAS.values() for each in area)
