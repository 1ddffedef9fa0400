"""A state that counts, for the tests of runs."""

from __future__ import annotations

from typing import NamedTuple, Self


class Counter(NamedTuple):
    """A state that counts."""

    at: int

    def random_seed(self) -> int:
        return 7

    def to_payload(self) -> str:
        return f"iter={self.at};eval={self.at}"

    @classmethod
    def from_payload(cls, payload: str) -> Self:
        return cls(int(payload.split(";", maxsplit=1)[0].removeprefix("iter=")))

    def iteration(self) -> int:
        return self.at

    def evaluations(self) -> int:
        return self.at
