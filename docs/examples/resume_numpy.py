"""A plain loop with numpy's generator, which can be killed at any time and resumed."""

import json
import sys

import numpy as np

import rckp

SEED, STEPS, SIZE = 42, 3000, 10


def objective(x):
    return float(10 * len(x) + np.sum(x * x - 10 * np.cos(2 * np.pi * x)))


class Annealing:
    def __init__(self):
        self.rng = np.random.default_rng(SEED)
        self.steps = 0
        self.x = self.rng.uniform(-5, 5, SIZE)
        self.value = objective(self.x)

    def step(self):
        x = self.x + self.rng.normal(0, 0.1, SIZE)
        value = objective(x)
        if value < self.value or self.rng.random() < np.exp((self.value - value) * 2):
            self.x, self.value = x, value
        self.steps += 1

    def random_seed(self):
        return SEED

    def iteration(self):
        return self.steps

    def evaluations(self):
        return self.steps + 1

    def to_payload(self):
        state = {"x": self.x.tolist(), "value": self.value, "rng": self.rng.bit_generator.state}
        return f"iter={self.steps};eval={self.steps + 1};json={json.dumps(state)}"

    @classmethod
    def from_payload(cls, payload):
        steps, _, text = payload.split(";", 2)
        state = json.loads(text.removeprefix("json="))
        self = cls()
        self.steps = int(steps.removeprefix("iter="))
        self.x, self.value = np.array(state["x"]), state["value"]
        self.rng.bit_generator.state = state["rng"]
        return self


def optimise(directory):
    store = rckp.CheckpointStore(directory)
    identity = rckp.Identity("Annealing", f"seed={SEED};steps={STEPS}", "Rastrigin", f"n={SIZE}")
    with rckp.CheckpointedRun(store, identity, Annealing, every=50) as run:
        search = run.state or Annealing()
        while search.steps < STEPS:
            search.step()
            run.report(search)
    return search.x.tolist()


if __name__ == "__main__":
    print(optimise(sys.argv[1]))
