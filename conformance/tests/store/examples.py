"""Records and identities that the tests of the store share."""

from __future__ import annotations

import os
from pathlib import Path

import rckp
from conformance.tests.examples import EXAMPLE

IDENTITY = rckp.Identity("HC", "p=1", "TSP", "n=4")
SCOPE = "alg-HC-05c32ba4c2ea6c52/prob-TSP-640beefa78e58607"


def record(
    run_id: str = EXAMPLE.run_id, payload: str = "iter=10;eval=11", at: int = 1000
) -> rckp.CheckpointRecord:
    """A record of `IDENTITY`."""
    return EXAMPLE._replace(run_id=run_id, step_state_payload=payload, created_at_ms=at)


def names(directory: Path) -> list[str]:
    """The names in a directory."""
    return sorted(os.listdir(directory))


def temporaries(base: Path) -> list[Path]:
    """Return the files below a base that are not checkpoints."""
    return [path for path in base.rglob("*") if path.is_file() and path.suffix != ".ckpt"]


def fnv_1a(data: bytes) -> int:
    """The pseudo-code of IDENT-1, independent of the implementation."""
    value = 0xCBF29CE484222325
    for byte in data:
        value ^= byte
        value = value * 0x100000001B3 % 2**64
    return value


# A checkpoint of a run, and one that replaces it and takes more than one block.
OLD, NEW = record(payload="old", at=1), record(payload="new" * 5000, at=2)
