"""Records of a given size: realistic, with a payload that fills the size."""

from __future__ import annotations

from itertools import cycle, islice

import rckp

ASCII = "ASCII"
MIXED = "non-ASCII"

_STATE = "iter=9490;eval=9491;seed=1617138380132831276;state="
# For MIXED: sequences of two, three and four bytes, nine bytes in all.
_TEXTS = {ASCII: "16,24,4,11,37,", MIXED: "é中😀"}
_IDENTITY = rckp.Identity(
    "SimulatedAnnealing", "t0=95.5;cooling=0.995", "TSP with 52 cities", "cities=52"
)


def record_of(size: int, text: str = ASCII) -> rckp.CheckpointRecord:
    """Return a record whose encoding has `size` bytes, at least 270, with this kind of text."""
    record = rckp.CheckpointRecord(
        1795418848787,
        "SimulatedAnnealing-21418-00000000000000000000-1795418848667",
        13222152554359348375,
        *_IDENTITY,
        *_IDENTITY.signature_hashes,
        "",
        None,
        120,
        rckp.CheckpointRunStatus.RUNNING,
        None,
    )
    record = record._replace(step_state_payload=payload(size - len(rckp.encode(record)), text))
    if len(rckp.encode(record)) != size:
        raise ValueError(f"a record of {size} bytes is too small")
    return record


def payload(size: int, text: str) -> str:
    """Text of `size` bytes in UTF-8."""
    unit = _TEXTS[text]
    room = size - len(_STATE)
    whole = unit * (room // len(unit.encode()))
    rest = room - len(whole.encode())
    return _STATE[: max(0, size)] + whole + "".join(islice(cycle("1,2,"), max(0, rest)))
