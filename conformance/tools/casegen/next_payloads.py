"""Payloads of the draft layout, written down a second time from spec/next-layout.md alone.

As in `encoding`, nothing of `rckp` is used here.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

# The variables of a solution and its quality, None if it has none.
Solution = tuple[Sequence[str], str | None]


def string(text: str) -> bytes:
    """A string: its length in 32 bits, and its UTF-8."""
    content = text.encode()
    return struct.pack("<I", len(content)) + content


def solution(variables: Sequence[str], quality: str | None) -> bytes:
    """A solution: a number of variables, the variables, and an optional quality."""
    tail = b"\0" if quality is None else b"\1" + string(quality)
    return struct.pack("<Q", len(variables)) + b"".join(map(string, variables)) + tail


def head(iteration: int, evaluations: int, *more: int) -> bytes:
    """The beginning of every payload, and further integers."""
    return b"\1" + struct.pack(f"<{2 + len(more)}Q", iteration, evaluations, *more)


def hill_climbing(iteration: int, evaluations: int, seed: int, current: Solution) -> bytes:
    """The payload of HillClimbing."""
    return head(iteration, evaluations, seed) + solution(*current)


def vns(
    iteration: int, evaluations: int, seed: int, index: int, current: Solution, best: Solution
) -> bytes:
    """The payload of VNS; `index` is that of the neighborhood."""
    return head(iteration, evaluations, seed, index) + solution(*current) + solution(*best)


def beam_search(iteration: int, evaluations: int, seed: int, beam: Sequence[Solution]) -> bytes:
    """The payload of BeamSearch."""
    solutions = b"".join(solution(*each) for each in beam)
    return head(iteration, evaluations, seed, len(beam)) + solutions
