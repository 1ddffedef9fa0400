"""Additions to the index of the search: the cases, and other words for what pages are about.

The theme indexes headings, and the pages of cases have tables. So each case is added, with its id
as title and its purpose as text, ranked below requirements and other pages.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from rckp.derive.case_pages import address
from rckp.derive.corpus import family_of

_BOOST = 3e-3

# What visitors search for, by the page or section that has the answer and may not say it so.
# Pages outside of the specification have such words in their front matter.
_OTHER_WORDS = {
    "spec/identity.html#worked-examples": ["test vectors", "hash vectors"],
    "spec/next-layout.html": ["next release", "new version", "future"],
    "spec/record-layout.html": ["diagram", "picture", "offsets", "bytes"],
    "spec/paths.html": ["collision", "same name", "same file"],
}


def complete(root: Path, index: Path) -> None:
    """Add the cases of the suite to the index in a file, and the other words.

    Raise `KeyError` for a place that no page has.
    """
    document = json.loads(index.read_text("utf-8"))
    directory = root / "fixtures/cases"
    seen = set[str]()
    for path in sorted(directory.rglob("*.json")):
        identifier = path.relative_to(directory).with_suffix("").as_posix()
        location = f"spec/{address(identifier)}"
        page = location.partition("#")[0]
        if page not in seen:
            seen.add(page)
            document["docs"].append(_entry(page, f"Cases: {family_of(identifier)}", ""))
        why = json.loads(path.read_text("utf-8"))["why"]
        document["docs"].append(_entry(location, identifier, why))
    entries = {each["location"]: each for each in document["docs"]}
    for location, words in _OTHER_WORDS.items():
        entries[location]["tags"] = words
    index.write_text(json.dumps(document, separators=(",", ":")), "utf-8", newline="")


def _entry(location: str, title: str, text: str) -> dict[str, Any]:
    shown = f"<p>{escape(text)}</p>" if text else ""
    return {"location": location, "title": escape(title), "text": shown, "boost": _BOOST}
