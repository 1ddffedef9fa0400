"""Any optimiser that takes a function, killed at any time and resumed: it repeats its way."""

import json
import sys

from scipy.optimize import differential_evolution, rosen

import rckp

BOUNDS = [(-5, 5)] * 3
OPTIONS = {"rng": 42, "popsize": 6}


class Values:
    def __init__(self, generation=0, values=(), last=None):
        self.generation, self.used = generation, 0
        self.values, self.last = list(values), last  # of the objective, and its last argument

    def objective(self, x):
        self.used += 1
        if self.used > len(self.values):
            self.values.append(float(rosen(x)))
            self.last = x.tolist()
        elif self.used == len(self.values) and x.tolist() != self.last:
            raise RuntimeError("the repeated way leads elsewhere: is it another version of scipy?")
        return self.values[self.used - 1]

    def after(self, intermediate_result):
        if self.used < len(self.values):
            return None  # this was saved before
        self.generation = intermediate_result.nit
        return self

    def random_seed(self):
        return OPTIONS["rng"]

    def iteration(self):
        return self.generation

    def evaluations(self):
        return len(self.values)

    def to_payload(self):
        state = json.dumps([self.generation, self.values, self.last])
        return f"iter={self.generation};eval={len(self.values)};json={state}"

    @classmethod
    def from_payload(cls, payload):
        return cls(*json.loads(payload.split(";", 2)[2].removeprefix("json=")))


def optimise(directory):
    store = rckp.CheckpointStore(directory)
    identity = rckp.Identity("DE of scipy", f"{OPTIONS}", "Rosenbrock", f"{BOUNDS}")
    with rckp.CheckpointedRun(store, identity, Values, every=4) as run:
        values = run.state or Values()
        callback = run.callback(values.after)
        result = differential_evolution(values.objective, BOUNDS, callback=callback, **OPTIONS)
    return [result.x.tolist(), float(result.fun), result.nfev, result.nit]


if __name__ == "__main__":
    print(optimise(sys.argv[1]))
