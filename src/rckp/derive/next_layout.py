"""The blocks of the chapter on the draft layout."""

from __future__ import annotations

from rckp.derive.tables import layout_parts, table
from rckp.format.layout import Layout
from rckp.payload.next_grammar import ALGORITHMS, BLOCKS, HEAD, VERSION


def blocks(released: Layout, draft: Layout) -> dict[str, str]:
    """Every block of the chapter by its name, as Markdown."""
    return {
        "next-layout-table": _fields(released, draft),
        "next-block-table": table(
            ["block", "bytes"], [[f"`{kind}`", text] for kind, text in BLOCKS.items()]
        ),
        "next-payload-table": _payloads(),
    }


def _fields(released: Layout, draft: Layout) -> str:
    pairs = zip(released.fields, draft.fields, strict=True)
    rows = [
        [str(new.number), f"`{new.name}`", f"`{old.type}`", f"`{new.type}`", layout_parts(new)]
        for old, new in pairs
        if old != new
    ]
    head = ["#", "field", "released", "draft", "parts and their bytes in the draft"]
    return table(head, rows)


def _payloads() -> str:
    rows = [["each", f"`{VERSION.hex()}`", "the version"]]
    rows += [["", f"`{block.kind}`", block.meaning] for block in HEAD]
    for algorithm, members in ALGORITHMS.items():
        for number, block in enumerate(members):
            first = "" if number else f"then `{algorithm}`"
            rows.append([first, f"`{block.kind}`", block.meaning])
    rows.append(["then any other", "not known", ""])
    return table(["algorithm", "block", "meaning"], rows)
