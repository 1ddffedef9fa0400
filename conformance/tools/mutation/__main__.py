"""`python -m conformance.tools.mutation [PATTERN...]`: run the cases against the mutants.

Without a pattern, all mutants are run, and the table and the page are written.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase

from conformance.tools.mutation.catalogue import MUTANTS
from conformance.tools.mutation.table import inconsistencies, row, save
from conformance.tools.mutation.trial import trial

_PROCESSES = 2


def main(patterns: list[str]) -> int:
    """Run the mutants; return 1 if one survives without a reason, or a reason is stale."""
    chosen = [
        mutant
        for mutant in MUTANTS
        if not patterns or any(fnmatchcase(mutant.id, pattern) for pattern in patterns)
    ]
    rows = []
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for kills in pool.map(trial, chosen):
            rows.append(row(kills))
            print(
                f"{kills.id:44} {len(kills.ids):4} of {kills.asked}  {' '.join(kills.ids[:1])}",
                flush=True,
            )
    wrong = inconsistencies(rows)
    for each in wrong:
        print(each, file=sys.stderr)
    if not patterns:
        save(rows)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
