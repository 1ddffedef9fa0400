"""Test the tests with mutants of `src/rckp`; see docs/mutation.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from conformance.tools.python_mutation import equivalent
from conformance.tools.python_mutation.modules import TESTS
from conformance.tools.python_mutation.mutants import Mutant, mutants, sample
from conformance.tools.python_mutation.trial import PACKAGE, applied, copy_of_source, run_tests

_LONGEST_BASELINE = 600.0  # seconds
OUTCOMES = ("killed", "timeout", "survived", "equivalent")


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if a mutant survives, 2 if the list of equivalent mutants is stale."""
    options = _options(arguments)
    reasons = equivalent.load()
    of_module = {name: mutants(name, (PACKAGE / f"{name}.py").read_bytes()) for name in TESTS}
    stale = equivalent.stale(reasons, [each for found in of_module.values() for each in found])
    for key in stale:
        print(f"equivalent.json: no such mutant: {key}", file=sys.stderr)
    if stale:
        return 2
    chosen = {
        name: [
            each
            for each in sample(of_module[name], options.sample or sys.maxsize, options.seed)
            if options.contains in f"{each.function}: {each.before} -> {each.after}"
        ]
        for name in options.module or TESTS
    }
    if options.list:
        for each in (each for found in chosen.values() for each in found):
            print(json.dumps(_row(each), ensure_ascii=False))
        return 0
    rows: list[dict[str, Any]] = []
    with copy_of_source() as source:
        for name, found in chosen.items():
            rows += _try(name, found, source, reasons, options.results)
    print(table(rows))
    return 1 if any(row["outcome"] == "survived" for row in rows) else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.tools.python_mutation", description=__doc__
    )
    parser.add_argument("--module", action="append", choices=sorted(TESTS), metavar="NAME")
    parser.add_argument("--sample", type=int, help="so many mutants of each module; else all")
    parser.add_argument("--seed", type=int, default=1, help="which ones; the same for a seed")
    parser.add_argument("--contains", default="", help="only those with this text")
    parser.add_argument("--results", type=Path, help="append a JSON line for each mutant")
    parser.add_argument("--list", action="store_true", help="print them, and run nothing")
    return parser.parse_args(arguments)


def _try(
    name: str,
    found: list[Mutant],
    source: Path,
    reasons: dict[equivalent.Key, str],
    results: Path | None,
) -> list[dict[str, Any]]:
    """Run the tests of a module without a mutant, which must pass, and then with each."""
    verdict, seconds, line = run_tests(source, TESTS[name], _LONGEST_BASELINE)
    if verdict != "passed":
        raise SystemExit(f"{name}: the tests fail without a mutant: {line}")
    timeout = 4 * seconds + 20
    rows = []
    for mutant in found:
        row = _row(mutant)
        if mutant.key in reasons:
            row |= {"outcome": "equivalent", "reason": reasons[mutant.key]}
        else:
            with applied(mutant, source):
                verdict, _, line = run_tests(source, TESTS[name], timeout)
            outcomes = {"passed": "survived", "failed": "killed", "timeout": "timeout"}
            row |= {"outcome": outcomes[verdict], "by": "" if verdict == "passed" else line}
        rows.append(row)
        if results:
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        if row["outcome"] == "survived":
            print(
                f"survived: {name} {mutant.function} ({mutant.kind})\n"
                f"  - {mutant.before}\n  + {mutant.after}",
                flush=True,
            )
    return rows


def _row(mutant: Mutant) -> dict[str, Any]:
    row = mutant._asdict()
    return {name: row[name] for name in ("module", "function", "kind", "before", "after", "number")}


def table(rows: list[dict[str, Any]]) -> str:
    """Return the number of mutants of each outcome, by module and in all, as a Markdown table."""
    lines = ["| module | mutants | " + " | ".join(OUTCOMES) + " | killed of the others |"]
    lines.append("|---|" + "--:|" * (len(OUTCOMES) + 2))
    names = list(dict.fromkeys(row["module"] for row in rows))
    for name in (*names, "all"):
        count = Counter(row["outcome"] for row in rows if name in (row["module"], "all"))
        killed = count["killed"] + count["timeout"]
        rest = killed + count["survived"]
        share = f"{100 * killed / rest:.1f} %" if rest else "-"
        cells = (count.total(), *(count[outcome] for outcome in OUTCOMES), share)
        lines.append(f"| `{name}` | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
