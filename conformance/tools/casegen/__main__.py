"""`python -m conformance.tools.casegen`: see the package."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from conformance.tools.casegen import behind, deep, next_cases, reader, trees, writer
from conformance.tools.casegen.corpus import ROOT, complete, copy, errors, manifest
from conformance.tools.casegen.draft import write


def main(arguments: list[str] | None = None) -> int:
    """Return 1 if a case is wrong, or differs from its family; else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.tools.casegen", description="Make and check cases."
    )
    commands = parser.add_subparsers(dest="command", metavar="{new,verify}")
    new = commands.add_parser("new", help="copy a case under a new id, to edit it")
    new.add_argument("id", help="such as store/write/mode/640")
    new.add_argument("--like", required=True, metavar="ID", help="the case to copy")
    commands.add_parser("verify", help="check all cases, and write nothing")
    options = parser.parse_args(arguments)
    if options.command == "new":
        print(copy(options.like, options.id))
        return 0
    outcomes: Counter[str] = Counter()
    if options.command is None:
        for draft in [
            *reader.drafts(ROOT),
            *writer.drafts(),
            *trees.drafts(),
            *behind.drafts(),
            *deep.drafts(),
        ]:
            outcome = write(draft, ROOT)
            outcomes[outcome] += 1
            if outcome == "differs":
                print(f"differs from its family, not written: {draft.id}", file=sys.stderr)
        draft_root = ROOT / next_cases.DIRECTORY
        for draft in next_cases.drafts():
            outcome = write(draft, draft_root)
            outcomes[outcome] += 1
            if outcome == "differs":
                print(f"differs from its family, not written: {draft.id}", file=sys.stderr)
        (draft_root / "manifest.json").write_text(manifest(draft_root), "utf-8", newline="\n")
        outcomes["completed"] += complete()
        (ROOT / "manifest.json").write_text(manifest(ROOT), "utf-8", newline="\n")
    number = 0
    for error in errors():
        number += 1
        print(error, file=sys.stderr)
    done = [f"{count} {outcome}" for outcome, count in sorted(outcomes.items()) if count]
    print(", ".join([*done, f"{number} errors"]))
    return 1 if number or outcomes["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
