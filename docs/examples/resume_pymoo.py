"""NSGA-II of pymoo, which can be killed at any time and resumed."""

import json
import sys
import time

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.population import Population
from pymoo.problems import get_problem

import rckp

SEED, GENERATIONS = 42, 100
FIELDS = ("X", "F", "G", "H", "rank", "crowding", "n_gen", "n_iter")


def new_algorithm():
    termination = ("n_gen", GENERATIONS)
    return NSGA2(pop_size=40).setup(get_problem("bnh"), termination=termination, seed=SEED)


class Search:
    def __init__(self, algorithm):
        self.algorithm = algorithm

    def random_seed(self):
        return SEED

    def iteration(self):
        return self.algorithm.n_gen

    def evaluations(self):
        return self.algorithm.evaluator.n_eval

    def to_payload(self):
        population = {key: self.algorithm.pop.get(key).tolist() for key in FIELDS}
        state = [population, self.algorithm.random_state.bit_generator.state]
        return f"iter={self.iteration()};eval={self.evaluations()};json={json.dumps(state)}"

    @classmethod
    def from_payload(cls, payload):
        generation, evaluations, text = (part.split("=", 1)[1] for part in payload.split(";", 2))
        population, generator = json.loads(text)
        algorithm = new_algorithm()
        algorithm.pop = Population.new(**{key: np.array(population[key]) for key in FIELDS})
        algorithm.random_state.bit_generator.state = generator
        algorithm.evaluator.n_eval = int(evaluations)
        algorithm.n_gen = int(generation)
        algorithm.is_initialized, algorithm.start_time = True, time.time()
        algorithm._set_optimum()
        algorithm.termination.update(algorithm)
        return cls(algorithm)


def optimise(directory):
    store = rckp.CheckpointStore(directory)
    identity = rckp.Identity("NSGA-II of pymoo", f"seed={SEED};pop_size=40", "BNH", "")
    with rckp.CheckpointedRun(store, identity, Search, every=2) as run:
        algorithm = run.state.algorithm if run.state else new_algorithm()
        if run.state:
            algorithm.n_gen += 1  # as pymoo does after it has called the callback
        algorithm.callback = run.callback(Search)
        result = algorithm.run()
    return [result.X.tolist(), result.F.tolist()]


if __name__ == "__main__":
    print(optimise(sys.argv[1])[1])
