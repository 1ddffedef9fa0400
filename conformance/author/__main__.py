"""`python -m author [--check]`: write the cases that are new, and the manifest of all fixtures.

With `--check` nothing is written; a case or a manifest that is missing or stale is named, and the
exit status is 1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from author import (
    bases,
    identity,
    large_directories,
    reader,
    selection,
    store,
    strangers,
    strangers_rust,
    writer,
)
from author.draft import write
from rckp.suite.collection import data_files

ROOT = Path(__file__).resolve().parents[2] / "fixtures"


def main(arguments: list[str]) -> int:
    """Return 0, 1 if a case differs from its draft or a check finds something, 2 for usage."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m author [--check]", file=sys.stderr)
        return 2
    check = bool(arguments)
    outcomes: Counter[str] = Counter()
    for draft in [
        *reader.drafts(ROOT),
        *writer.drafts(),
        *identity.drafts(),
        *store.drafts(),
        *selection.drafts(),
        *strangers.drafts(),
        *strangers_rust.drafts(),
        *bases.drafts(),
        *large_directories.drafts(),
    ]:
        outcome = write(draft, ROOT, check=check)
        outcomes[outcome] += 1
        if outcome == "differs":
            print(f"differs from its draft, left alone: {draft.id}", file=sys.stderr)
        if check and outcome == "written":
            print(f"missing: {draft.id}", file=sys.stderr)
    path, text = ROOT / "manifest.json", manifest(ROOT)
    stale = not path.is_file() or path.read_text("utf-8") != text
    if check:
        if stale:
            print("stale: fixtures/manifest.json", file=sys.stderr)
        if stale or outcomes["written"]:
            print("run `python -m author` and commit what it writes", file=sys.stderr)
        return 1 if stale or outcomes["written"] or outcomes["differs"] else 0
    if stale:
        path.write_text(text, "utf-8", newline="\n")
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    return 1 if outcomes["differs"] else 0


def manifest(root: Path) -> str:
    """The sha256 of every file of data, by path."""
    digests = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in data_files(root).items()
    }
    return json.dumps({"version": 1, "sha256": digests}, indent=0, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
