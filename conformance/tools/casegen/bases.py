"""Cases about bases that are spelt in other ways, or that cannot be opened."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.tools.casegen.draft import Draft
from conformance.tools.casegen.reader import EXAMPLE
from conformance.tools.casegen.tree import (
    case,
    changes,
    directory,
    gone,
    holding,
    link,
    raw,
    unchanged,
)

_LATER = str(EXAMPLE.created_at_ms + 1)


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    yield from _delete()
    yield from _purge()


def _delete() -> Iterator[Draft]:
    tree = [directory("x"), raw("base/a.ckpt", b"x"), raw("base/b.ckpt", b"y")]
    for label, base, path, why in (
        (
            "separator-at-end",
            "base/",
            "base/a.ckpt",
            "An empty component does not count in the base either.",
        ),
        (
            "point-at-end",
            "base/.",
            "base/a.ckpt",
            "A component that is a point does not count in the base either.",
        ),
        (
            "two-separators",
            ".//base",
            "base//a.ckpt",
            "Base and path may be spelt each in its own way.",
        ),
        (
            "up-in-both",
            "x/../base",
            "x/../base/a.ckpt",
            "Only below the base is .. refused; before, it is a component like any other.",
        ),
    ):
        given = {"tree": tree, "base": base, "path": path}
        yield case(
            f"store/delete/base/{label}", "delete", "STORE-12", why, given, gone("base/a.ckpt")
        )
    yield case(
        "store/delete/refused/up-on-the-way-to-the-base",
        "delete",
        "STORE-13",
        "Components are compared as they are; that the file is below the base all the same "
        "is nothing that they show.",
        {"tree": tree, "base": "base", "path": "x/../base/a.ckpt"},
        unchanged("outside-base"),
    )
    yield case(
        "store/delete/refused/base-is-loop",
        "delete",
        "STORE-13",
        "Whether the file is there cannot be told, so that it was not is no answer.",
        {"tree": [link("base", "base")], "base": "base", "path": "base/a.ckpt"},
        unchanged("not-removed"),
    )


def _purge() -> Iterator[Draft]:
    for label, base in (
        ("separator-at-end", "base/"),
        ("point-at-end", "base/."),
        ("up", "x/../base"),
    ):
        yield case(
            f"store/purge/base/{label}",
            "purge",
            "STORE-15",
            "However the base is spelt, what lies below it is the same.",
            {
                "tree": [directory("x"), holding("base/d/a.ckpt", EXAMPLE)],
                "base": base,
                "before": _LATER,
            },
            {"removed": "1", "changes": changes(removed=["base/d/a.ckpt"])},
        )
    yield case(
        "store/purge/base/is-loop",
        "purge",
        "STORE-6",
        "A base that leads to itself is there, and cannot be read.",
        {"tree": [link("base", "base")], "base": "base", "before": "0"},
        unchanged("unreadable"),
    )
