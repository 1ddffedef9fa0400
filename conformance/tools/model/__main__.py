"""`python -m conformance.tools.model [--check]`: search the model of the write protocol.

Searches every configuration and every mutant with Spin, two at a time, and writes
spec/model/results.json. With `--check`, compares with that file and writes nothing; with
`--max-states N` as well, it searches only the configurations of at most N states there, and no
mutants. Exit status: 0, or 1 if a promise or a mutant is not as expected or the file is stale, or
2 if it cannot run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conformance.tools.model.checker import MODEL, ROOT, ModelError, Outcome, check, version
from conformance.tools.model.configurations import (
    CONFIGURATIONS,
    MUTANTS,
    PROMISES,
    Configuration,
    Mutant,
)

RESULTS = ROOT / "spec/model/results.json"
_WORKERS = 2


def search(
    chosen: Sequence[Configuration], chosen_mutants: Sequence[Mutant]
) -> tuple[dict[str, Any], list[str]]:
    """Return the results, and a sentence for each that is not as expected. Raise `ModelError`."""
    problems: list[str] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        # The longest first, so that both workers end at about the same time.
        held = [pool.submit(_holding, each) for each in chosen]
        broken = {
            (each.name, promise): pool.submit(check, each.options, [promise], quick=True)
            for each in chosen
            for promise in each.broken
        }
        mutated = [pool.submit(_mutated, each) for each in chosen_mutants]
        configurations: dict[str, Any] = {}
        for each, future in zip(chosen, held, strict=True):
            outcome = future.result()
            show(each.name, outcome)
            if outcome.broken:
                problems.append(f"{each.name}: {outcome.broken} does not hold.")
            configurations[each.name] = {
                "column": each.column,
                "options": each.options,
                **_numbers(outcome),
                "broken": list(each.broken),
            }
        for (name, promise), future in broken.items():
            outcome = future.result()
            show(f"{name}, {promise}", outcome)
            if outcome.broken != promise:
                problems.append(f"{name}: {promise} holds, which was not expected.")
        mutants: dict[str, Any] = {}
        for mutant, future in zip(chosen_mutants, mutated, strict=True):
            outcome = future.result()
            show(f"{mutant.name}, {mutant.promise}", outcome)
            if outcome.broken != mutant.promise:
                problems.append(f"The mutant {mutant.name} does not break {mutant.promise}.")
            mutants[mutant.name] = {
                "what": mutant.what,
                "promise": mutant.promise,
                "options": mutant.options,
            }
    results = {
        "spin": version(),
        "model": hashlib.sha256(MODEL.read_bytes()).hexdigest(),
        "promises": PROMISES,
        "configurations": configurations,
        "mutants": mutants,
    }
    return results, problems


def _holding(configuration: Configuration) -> Outcome:
    promises = PROMISES.keys() - set(configuration.broken)
    return check(configuration.options, promises, quick=configuration.small)


def _mutated(mutant: Mutant) -> Outcome:
    return check(mutant.options | {"MUTANT": mutant.name}, [mutant.promise], quick=True)


def _numbers(outcome: Outcome) -> dict[str, int]:
    return {
        "states": outcome.states,
        "transitions": outcome.transitions,
        "depth": outcome.depth,
    }


def show(name: str, outcome: Outcome) -> None:
    """Report one search on stderr."""
    found = f"{outcome.broken} is broken" if outcome.broken else "all hold"
    print(f"{name}: {outcome.states:,} states, {found}", file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.tools.model", description="Search the model with Spin."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--max-states", type=int, help="check only the small configurations")
    options = parser.parse_args(arguments)
    if options.max_states is not None and not options.check:
        parser.error("--max-states needs --check")
    for program, package in (("spin", "spin"), ("cc", "gcc")):
        if shutil.which(program) is None:
            print(f"{program} is not found: `apt-get install {package}`.", file=sys.stderr)
            return 2
    start, times = time.monotonic(), os.times()
    try:
        if options.max_states is None:
            results, problems = search(CONFIGURATIONS, MUTANTS)
            stale = options.check and json.dumps(results) != json.dumps(_kept())
        else:
            small = [
                each
                for each in CONFIGURATIONS
                if _kept()["configurations"][each.name]["states"] <= options.max_states
            ]
            results, problems = search(small, ())
            stale = not _agrees(results)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    ended = os.times()
    used = ended.children_user + ended.children_system
    used -= times.children_user + times.children_system
    print(f"{time.monotonic() - start:.0f} s, {used:.0f} s of processors", file=sys.stderr)
    for problem in problems:
        print(problem, file=sys.stderr)
    if stale:
        problems.append("")
        print("stale: spec/model/results.json", file=sys.stderr)
    elif not options.check:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8", newline="\n")
    return 1 if problems else 0


def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


def _agrees(results: dict[str, Any]) -> bool:
    """Whether the results of some configurations are those that are kept."""
    kept = _kept()
    return (
        bool(results["configurations"])
        and all(results[name] == kept[name] for name in ("spin", "model", "promises"))
        and results["configurations"].items() <= kept["configurations"].items()
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
