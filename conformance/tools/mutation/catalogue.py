"""All mutants, in the order of the page."""

from __future__ import annotations

from conformance.tools.mutation import decoding, encoding, naming, selecting, storing, utf8, writing
from conformance.tools.mutation.mutant import Mutant

AREAS: dict[str, tuple[Mutant, ...]] = {
    "Decoding": decoding.MUTANTS,
    "UTF-8": utf8.MUTANTS,
    "Encoding": encoding.MUTANTS,
    "Identity, run ids, names and the base directory": naming.MUTANTS,
    "Finding, reading, deleting and purging": storing.MUTANTS,
    "Writing": writing.MUTANTS,
    "Selecting": selecting.MUTANTS,
}
MUTANTS: tuple[Mutant, ...] = tuple(each for area in AREAS.values() for each in area)
