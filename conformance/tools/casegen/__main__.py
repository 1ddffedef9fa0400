"""`python -m conformance.tools.casegen`: write new cases, and the manifest."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from conformance.tools.casegen import (
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
from conformance.tools.casegen.draft import write
from rckp.conformance.suite import data_files

ROOT = Path(__file__).resolve().parents[3] / "fixtures"


def main() -> int:
    """Returns 1 if an existing case differs from its draft, else 0."""
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
        outcome = write(draft, ROOT)
        outcomes[outcome] += 1
        if outcome == "differs":
            print(f"differs from its draft, left alone: {draft.id}", file=sys.stderr)
    (ROOT / "manifest.json").write_text(manifest(ROOT), "utf-8", newline="\n")
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
    sys.exit(main())
