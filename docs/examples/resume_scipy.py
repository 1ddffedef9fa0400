"""scipy's differential evolution, which can be killed at any time and resumed."""

import json
import sys

import numpy as np
from scipy.optimize import minimize, rosen
from scipy.optimize._differentialevolution import DifferentialEvolutionSolver

import rckp

SEED, GENERATIONS, BOUNDS = 42, 200, [(-5, 5)] * 6
ARRAYS = ("population", "population_energies", "_random_population_index")


class Evolution:
    def __init__(self):
        self.rng = np.random.default_rng(SEED)
        self.solver = DifferentialEvolutionSolver(rosen, BOUNDS, rng=self.rng, popsize=5)
        self.generation = 0

    def step(self):
        next(self.solver)
        self.generation += 1

    def random_seed(self):
        return SEED

    def iteration(self):
        return self.generation

    def evaluations(self):
        return self.solver._nfev

    def to_payload(self):
        state = {name: getattr(self.solver, name).tolist() for name in ARRAYS}
        state["rng"] = self.rng.bit_generator.state
        return f"iter={self.generation};eval={self.solver._nfev};json={json.dumps(state)}"

    @classmethod
    def from_payload(cls, payload):
        generation, evaluations, text = (part.split("=", 1)[1] for part in payload.split(";", 2))
        state, self = json.loads(text), cls()
        for name in ARRAYS:
            getattr(self.solver, name)[:] = state[name]
        self.rng.bit_generator.state = state["rng"]
        self.generation, self.solver._nfev = int(generation), int(evaluations)
        return self


def optimise(directory):
    store = rckp.CheckpointStore(directory)
    identity = rckp.Identity("DE of scipy", f"seed={SEED};popsize=5", "Rosenbrock", f"{BOUNDS}")
    with rckp.CheckpointedRun(store, identity, Evolution, every=4) as run:
        search = run.state or Evolution()
        while search.generation < GENERATIONS and not search.solver.converged():
            search.step()
            run.report(search)
        result = minimize(rosen, search.solver.x, method="L-BFGS-B", bounds=BOUNDS)
    return [result.x.tolist(), float(result.fun), search.evaluations()]


if __name__ == "__main__":
    print(optimise(sys.argv[1]))
