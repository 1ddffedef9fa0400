"""`docs/downloads.md`: the files to take away, with their sizes and digests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from rckp.conformance.export import archive, members
from rckp.derive import tables
from rckp.derive.chapters import Chapter

PAGE = "downloads.md"
ARCHIVE = "rckp-suite.tar.bz2"

# In the order of the page; below spec/.
_FILES = (
    "rckp.ksy",
    "rckp_next.ksy",
    "record.schema.json",
    "record-next.schema.json",
    "adapter.schema.json",
    "output.schema.json",
    "requirements.json",
    "errors.json",
    "payloads.json",
    "foreign.json",
    "rckp.magic",
    "rckp.pk",
    "rckp_next.pk",
    "rckp.dfdl.xsd",
    "rckp_next.dfdl.xsd",
    "rckp.mime.xml",
    "rckp.fido.xml",
)


def page(root: Path, derived: Mapping[str, str], owned: tuple[str, ...]) -> dict[str, str]:
    """The page, by its path.

    `derived` has the text of what else is derived, by its path from the root: the archive holds
    what is to be there, which need not be there yet. What is in one of the `owned` directories
    and is not derived is to go.
    """
    suite = members(root / "fixtures", root / "spec", root / "docs/protocol.md")
    suite = {name: data for name, data in suite.items() if not name.startswith(owned)}
    for name, text in derived.items():
        if name.startswith("spec/"):
            suite[name] = text.encode()
    packed = archive(dict(sorted(suite.items())))
    rows = [_row(ARCHIVE, ARCHIVE, packed)]
    rows += [_row(name, f"spec/{name}", suite[f"spec/{name}"]) for name in _FILES]
    text = (root / "docs" / PAGE).read_text("utf-8")
    block = tables.table(["file", "bytes", "SHA-256"], rows)
    return tables.fill([Chapter(PAGE, "", text, "docs")], {"downloads": block})


def _row(name: str, link: str, data: bytes) -> list[str]:
    return [f"[`{name}`]({link})", str(len(data)), f"`{hashlib.sha256(data).hexdigest()}`"]
