"""Sets of mutants that were written from the specification alone, and what noticed each of them.

`fresh.json` is the record of an experiment: unlike the catalogue, these mutants are not built
again. A mutant that nothing noticed has a reason, or has led to a new check.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rckp.derive.tables import table

RECORD = Path(__file__).with_name("fresh.json")
# In the order in which a set is scored: the checks that notice a mutant first.
STEPS = {
    "run": "`run`",
    "order": "`crash`: order",
    "faults": "`crash`: kills and failing calls",
    "company": "`crash`: company",
}


class FreshMutant(NamedTuple):
    """A mutant, by which of `STEPS` it was noticed when it was first scored, and by which now."""

    mistake: str
    requirement: str
    at_first: str  # empty: nothing noticed it
    now: str
    check: str  # the first check that fails now
    reason: str  # why nothing notices it


class FreshSet(NamedTuple):
    """One set."""

    implementation: str
    author: str  # what the author knew of the suite
    mutants: tuple[FreshMutant, ...]


def load() -> tuple[FreshSet, ...]:
    """Return the sets."""
    document = json.loads(RECORD.read_text("utf-8"))
    return tuple(
        FreshSet(
            each["implementation"],
            each["author"],
            tuple(FreshMutant(**mutant) for mutant in each["mutants"]),
        )
        for each in document["sets"]
    )


_TEXT = """\
### Fresh sets

The catalogue above contains mistakes that the suite was extended for. How much the suite notices of
other mistakes shows only with mutants that are written from the specification, not from the checks.
Each set has {number} mutants, one realistic mistake after another, by the requirements. Each is run
against the whole suite: first `rckp conformance run`, then `rckp conformance crash`. A mutant that
the specification permits counts as not noticed.

{figures}

{authors}

These were not noticed when they were first scored:

{missed}
"""


def section(sets: Sequence[FreshSet], link: Callable[[str], str]) -> str:
    """Return the section in Markdown. `link` makes a link of the id of a requirement."""
    rows = []
    for each in sets:
        steps = Counter(mutant.now for mutant in each.mutants)
        rows.append(
            [
                each.implementation,
                str(len(each.mutants)),
                _share(sum(bool(mutant.at_first) for mutant in each.mutants), len(each.mutants)),
                _share(len(each.mutants) - steps[""], len(each.mutants)),
                *(str(steps[step]) for step in STEPS),
            ]
        )
    head = ["set", "mutants", "noticed at first", "noticed now", *STEPS.values()]
    missed = [
        [each.implementation, mutant.mistake, link(mutant.requirement), _outcome(mutant)]
        for each in sets
        for mutant in each.mutants
        if not mutant.at_first
    ]
    return _TEXT.format(
        number=" and ".join(dict.fromkeys(str(len(each.mutants)) for each in sets)),
        figures=table(head, rows, range(1, len(head))),
        authors="\n".join(f"* {each.implementation}: {each.author}" for each in sets),
        missed=table(["set", "mistake", "requirement", "now"], missed),
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})"


def _outcome(mutant: FreshMutant) -> str:
    return f"noticed by `{mutant.check}`" if mutant.now else f"not noticed: {mutant.reason}"
