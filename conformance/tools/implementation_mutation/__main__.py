"""`python -m conformance.tools.implementation_mutation [PATTERN...]`: run the mutants.

Prints a line for each, with the checks that failed. Without a pattern, renews the table of
docs/adequacy.md. The status is 1 if a mutant is not noticed by the checks that the catalogue names.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase

from conformance.tools.implementation_mutation.mistakes import MISTAKES
from conformance.tools.implementation_mutation.trial import IMPLEMENTATIONS, run_trial
from conformance.tools.mutation import table

_PROCESSES = 2


def main(patterns: list[str]) -> int:
    """Return the exit status. `patterns` are those of the ids of mistakes."""
    chosen = [
        (number, mistake.id)
        for mistake in MISTAKES
        for number, implementation in enumerate(IMPLEMENTATIONS)
        if mistake.id in implementation.mutants
        and (not patterns or any(fnmatchcase(mistake.id, each) for each in patterns))
    ]
    wrong = 0
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for trial in pool.map(run_trial, *zip(*chosen, strict=True)):
            shown = trial.wrong or trial.failed[0] if trial.failed or trial.wrong else "permitted"
            print(f"{trial.mistake:24} {trial.implementation:4} {shown}", flush=True)
            wrong += bool(trial.wrong)
    if not patterns and not wrong:
        table.PAGE.write_text(table.render(table.load()), "utf-8", newline="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
