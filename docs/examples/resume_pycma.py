"""CMA-ES of pycma, which can be killed at any time and resumed: it repeats its way."""

import json
import sys

import cma

import rckp

SEED, ITERATIONS, SIZE = 42, 200, 8


def objective(x):
    return float(cma.ff.rosen(x))


class Strategy:
    def __init__(self):
        options = {"seed": SEED, "maxiter": ITERATIONS, "verbose": -9}
        self.es = cma.CMAEvolutionStrategy(SIZE * [0.1], 0.5, options)
        self.told = []  # the values of each iteration

    def step(self, values=None):
        points = self.es.ask()
        values = values or [objective(x) for x in points]
        self.es.tell(points, values)
        self.told.append(values)

    def random_seed(self):
        return SEED

    def iteration(self):
        return self.es.countiter

    def evaluations(self):
        return self.es.countevals

    def to_payload(self):
        state = [self.es.sigma, self.es.mean.tolist(), self.told]
        return f"iter={self.iteration()};eval={self.evaluations()};json={json.dumps(state)}"

    @classmethod
    def from_payload(cls, payload):
        sigma, mean, told = json.loads(payload.split(";", 2)[2].removeprefix("json="))
        self = cls()
        for values in told:
            self.es.stop()
            self.step(values)
        if [self.es.sigma, self.es.mean.tolist()] != [sigma, mean]:
            raise ValueError("the repeated way leads elsewhere: is it another version of cma?")
        return self


def optimise(directory):
    store = rckp.CheckpointStore(directory)
    identity = rckp.Identity("CMA-ES", f"seed={SEED};sigma=0.5", "Rosenbrock", f"n={SIZE}")
    with rckp.CheckpointedRun(store, identity, Strategy, every=4) as run:
        search = run.state or Strategy()
        while not search.es.stop():
            search.step()
            run.report(search)
    return [search.es.result.xbest.tolist(), float(search.es.result.fbest)]


if __name__ == "__main__":
    print(optimise(sys.argv[1]))
