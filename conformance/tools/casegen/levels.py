"""`python -m conformance.tools.casegen.levels`: write the levels of the cases.

A level is never chosen; see "Levels of the cases" in spec/conformance.md. So it changes with the
requirements, while the rest of a case does not.
"""

from __future__ import annotations

import json
import sys

from conformance.tools.casegen.__main__ import ROOT, manifest
from rckp.conformance.cases import load_cases
from rckp.derive import chapters
from rckp.derive.requirements import case_level, extract


def main() -> int:
    """Rewrite the cases whose level has changed, and the manifest. Return 0."""
    found = extract(chapters.read(ROOT.parent))
    changed = 0
    for case in load_cases(ROOT):
        level = case_level(case.requirements, found)
        if case.document["level"] != level:
            document = case.document | {"level": level}
            text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
            case.path.write_text(text, "utf-8", newline="\n")
            print(f"{case.id}: {level}")
            changed += 1
    (ROOT / "manifest.json").write_text(manifest(ROOT), "utf-8", newline="\n")
    print(f"{changed} levels changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
