"""The payloads of the draft layout as data: the chapter, parser and builder are made from it."""

from __future__ import annotations

from typing import NamedTuple

VERSION = b"\x01"

U64 = "u64"
USIZE = "usize"
STRING = "string"
SOLUTION = "solution"
SOLUTIONS = "list of solutions"

# The blocks that payloads consist of, for people.
BLOCKS = {
    U64: "8 bytes",
    USIZE: "8 bytes",
    STRING: "its number of bytes in 4 bytes, then UTF-8",
    SOLUTION: "the number of variables as `usize`, each variable as `string`, then `00` without a "
    "quality, or `01` and the quality as `string`",
    SOLUTIONS: "the number of solutions as `usize`, then the solutions",
}


class Block(NamedTuple):
    """A block of a payload. `name` is that of the value in `Payload`."""

    kind: str
    name: str
    meaning: str


# What follows the version byte in every payload.
HEAD = (
    Block(U64, "iteration", "iterations that are done"),
    Block(U64, "evaluations", "evaluations of the problem"),
)
_GENERATOR = Block(U64, "seed", "state of the random number generator")
_CURRENT = Block(SOLUTION, "current", "the current solution")

# What follows the head, for the algorithms of which it is known.
ALGORITHMS: dict[str, tuple[Block, ...]] = {
    "HillClimbing": (_GENERATOR, _CURRENT),
    "VNS": (
        _GENERATOR,
        Block(USIZE, "neighborhood", "the index of the neighborhood, from 0"),
        _CURRENT,
        Block(SOLUTION, "best", "the best solution so far"),
    ),
    "BeamSearch": (_GENERATOR, Block(SOLUTIONS, "beam", "the solutions of the beam")),
}
