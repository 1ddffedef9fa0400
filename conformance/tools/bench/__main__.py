"""`python -m conformance.tools.bench`: one run, one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from conformance.tools.bench import machine
from conformance.tools.bench.groups import GROUPS, Work, rows_of_groups
from conformance.tools.bench.rows import as_text, document, table

_HOW = """\
Ratios and differences are medians over rounds in which everything compared was measured in
turn; quartiles beside them. Ours and theirs are medians, too. `all`: the target holds for
every round, not for the median. A peer works from and into what stands behind its name, with
the same fields; rckp from a record into a record. Each group is measured in a process of its
own. Commands run from a copy of rckp in an environment of its own whose byte code is compiled;
memory is the highest resident set of the process."""

# What a reader might look for, and does not find.
_NOT_MEASURED = ("other interpreters and other systems than the one named above",)


def main() -> int:
    """Return 1 with `--check` if a target is missed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m conformance.tools.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    parser.add_argument(
        "--quick", action="store_true", help="see whether it runs; the figures mean nothing"
    )
    parser.add_argument(
        "--build", type=Path, metavar="DIRECTORY", help="build there what takes node or cargo"
    )
    parser.add_argument(
        "--dir", type=Path, metavar="DIRECTORY", help="make the files there; saving depends on it"
    )
    parser.add_argument("--only", choices=GROUPS, action="append", help="measure only this")
    given = parser.parse_args()
    found = machine.describe()
    not_measured = list(_NOT_MEASURED)
    with tempfile.TemporaryDirectory(prefix="rckp-bench-", dir=given.dir) as directory:
        found["file_system"] = machine.file_system(Path(directory))
        work = Work(given.only or GROUPS, given.quick, Path(directory), given.build, not_measured)
        rows = list(rows_of_groups(work))
    print(file=sys.stderr)
    found["load_average_after"] = machine.load()
    print(f"{machine.sentence(found)}\n\n{table(rows)}\n\n{_HOW}\n\nNot measured:")
    print("\n".join(f"- {each}" for each in not_measured))
    if given.quick:
        print("\nA quick run: these figures mean nothing.")
    if given.json:
        text = as_text(document(rows, found, not_measured, given.quick))
        given.json.write_text(text, "utf-8")
    missed = [row for row in rows if row.met is False]
    print(f"\n{sum(row.met is True for row in rows)} targets met, {len(missed)} missed")
    return 1 if missed and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
