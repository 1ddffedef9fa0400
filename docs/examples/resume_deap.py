"""A genetic algorithm with DEAP, which can be killed at any time and resumed."""

import json
import random
import sys
from math import cos, pi

from deap import algorithms, base, creator, tools

import rckp

SEED, GENERATIONS, SIZE = 42, 100, 10
creator.create("Minimum", base.Fitness, weights=(-1.0,))
creator.create("Individual", list, fitness=creator.Minimum)
toolbox = base.Toolbox()
toolbox.register("evaluate", lambda x: (sum(v * v - 10 * cos(2 * pi * v) + 10 for v in x),))
toolbox.register("mate", tools.cxBlend, alpha=0.3)
toolbox.register("mutate", tools.mutGaussian, mu=0, sigma=1, indpb=0.3)
toolbox.register("select", tools.selTournament, tournsize=3)


def dump(individuals):
    return [[list(each), each.fitness.wvalues] for each in individuals]


def load(saved):
    individuals = [creator.Individual(genes) for genes, _ in saved]
    for individual, (_, wvalues) in zip(individuals, saved, strict=True):
        individual.fitness.wvalues = tuple(wvalues)
    return individuals


class Evolution:
    def __init__(self, population, generation=0, evaluations=0):
        self.population, self.best = population, tools.HallOfFame(5)
        self.counts = [generation, evaluations]

    def evaluate(self):
        new = [each for each in self.population if not each.fitness.valid]
        for individual in new:
            individual.fitness.values = toolbox.evaluate(individual)
        self.best.update(self.population)
        self.counts[1] += len(new)

    def step(self):
        parents = toolbox.select(self.population, len(self.population))
        self.population = algorithms.varAnd(parents, toolbox, cxpb=0.5, mutpb=0.6)
        self.evaluate()
        self.counts[0] += 1

    def random_seed(self):
        return SEED

    def iteration(self):
        return self.counts[0]

    def evaluations(self):
        return self.counts[1]

    def to_payload(self):
        saved = [dump(self.population), dump(self.best), random.getstate()]
        return "iter={};eval={};json={}".format(*self.counts, json.dumps(saved))

    @classmethod
    def from_payload(cls, payload):
        generation, evaluations, saved = (part.split("=", 1)[1] for part in payload.split(";", 2))
        population, best, (version, numbers, gauss) = json.loads(saved)
        self = cls(load(population), int(generation), int(evaluations))
        for individual in reversed(load(best)):  # the worst first keeps the order of equal ones
            self.best.insert(individual)
        random.setstate((version, tuple(numbers), gauss))
        return self


def start():
    random.seed(SEED)
    genes = [[random.uniform(-5, 5) for _ in range(SIZE)] for _ in range(40)]
    search = Evolution([creator.Individual(each) for each in genes])
    search.evaluate()
    return search


def optimise(directory):
    store = rckp.CheckpointStore(directory)
    identity = rckp.Identity("DEAP", f"seed={SEED};cxpb=0.5;mutpb=0.6", "Rastrigin", f"n={SIZE}")
    with rckp.CheckpointedRun(store, identity, Evolution, every=2) as run:
        search = run.state or start()
        while search.iteration() < GENERATIONS:
            search.step()
            run.report(search)
    return dump(search.best)


if __name__ == "__main__":
    print(optimise(sys.argv[1])[0])
