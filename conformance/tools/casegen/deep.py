"""Cases with a directory below the depth that a store may skip, if it reports it (STORE-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.tools.casegen.draft import Draft
from conformance.tools.casegen.records import EXAMPLE, changed
from conformance.tools.casegen.trees import changes, file, selection, store

DEEPEST = 100  # components below the base that every store enters
_SKIPPED = "/".join(["d"] * (DEEPEST + 1))
_WHY = "A directory that is too deep is entered or reported, and the rest is not affected."


def drafts() -> Iterator[Draft]:
    """Return all cases of this module."""
    deep = f"{_SKIPPED}/deep.ckpt"
    tree = [
        file(f"base/{name}", EXAMPLE)
        for name in ("a.ckpt", f"{_SKIPPED.removesuffix('/d')}/deepest.ckpt", deep, "z.ckpt")
    ]
    others = ["a.ckpt", f"{_SKIPPED.removesuffix('/d')}/deepest.ckpt", "z.ckpt"]
    entered = {"paths": ["a.ckpt", deep, *others[1:]], "reported": []}
    skipped = {"paths": others, "reported": [_SKIPPED]}
    listed: dict[str, Any] = entered | {"or": [skipped]}
    yield store(
        "store/files/too-deep", "files", "STORE-1 STORE-9 STORE-8", tree, _WHY, expect=listed
    )
    yield selection(
        "selection/list/too-deep", "list", "SEL-1 STORE-9 STORE-8", tree, _WHY, expect=listed
    )
    paths = [f"base/{name}" for name in others]
    yield store(
        "store/purge/too-deep",
        "purge",
        "STORE-15 STORE-18 STORE-9",
        [*tree, file("base/young.ckpt", changed(EXAMPLE, created_at_ms=2**64 - 1))],
        "A directory that is too deep is entered, or counts as unreadable. The rest is purged.",
        before=str(EXAMPLE.created_at_ms + 1),
        expect={
            "removed": "4",
            "changes": changes([*paths, f"base/{deep}"]),
            "or": [{"error": {"code": "purge-incomplete"}, "changes": changes(paths)}],
        },
    )
