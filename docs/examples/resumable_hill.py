"""A hill climber that can be killed at any time and continues where it stopped.

    python resumable_hill.py DIRECTORY [ITERATIONS]

Kill it, start it again with the same arguments: the result is the same as without a kill.
"""

import random
import sys
from typing import NamedTuple, Self

import rckp

WEIGHTS = [(37 * k) % 101 for k in range(64)]


class Climb(NamedTuple):
    """The state after a number of steps; a step makes a new one and never changes it."""

    steps: int
    seed: int  # of the next step: the state of the generator, so that resuming is exact
    bits: int
    value: int

    def step(self) -> Self:
        rng = random.Random(self.seed)
        bits = self.bits ^ 1 << rng.randrange(64)
        value = abs(1600 - sum(w for k, w in enumerate(WEIGHTS) if bits >> k & 1))
        better = (bits, value) if value <= self.value else (self.bits, self.value)
        return type(self)(self.steps + 1, rng.getrandbits(64), *better)

    def random_seed(self) -> int:
        return self.seed

    def iteration(self) -> int:
        return self.steps

    def evaluations(self) -> int:
        return self.steps

    def to_payload(self) -> str:
        return (
            f"iter={self.steps};eval={self.steps};seed={self.seed};state={self.bits}|{self.value}"
        )

    @classmethod
    def from_payload(cls, payload: str) -> Self:
        values = dict(pair.split("=") for pair in payload.split(";"))
        bits, value = values["state"].split("|")
        return cls(int(values["iter"]), int(values["seed"]), int(bits), int(value))


def climb(directory: str, iterations: int) -> Climb:
    identity = rckp.Identity("Climb", f"iterations={iterations}", "SubsetSum", "n=64;target=1600")
    store = rckp.CheckpointStore(directory)
    with rckp.CheckpointedRun(store, identity, Climb, resume="latest") as run:
        state = run.state or Climb(0, 42, 0, 1600)
        while state.iteration() < iterations:
            state = state.step()
            run.report(state)
    return state


if __name__ == "__main__":
    print(climb(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20_000))
