"""The payloads of roma_lib, from their grammar: the tables of the chapter, and the data."""

from __future__ import annotations

import json

from rckp.derive.banner import NOTICE
from rckp.derive.tables import table
from rckp.payload.grammar import ALGORITHMS, DIRECTIONS, KINDS


def blocks() -> dict[str, str]:
    """Return every block of the chapter by its name, as Markdown."""
    return {"payload-table": _members(), "payload-kinds": _kinds()}


def _members() -> str:
    rows = []
    for algorithm in ALGORITHMS.values():
        for number, member in enumerate(algorithm.members):
            first = f"`{algorithm.name}`, since {algorithm.since}" if number == 0 else ""
            only = f", only in {member.only}" if member.only else ""
            rows.append([first, f"`{member.key}`", member.kind, f"{member.meaning}{only}"])
    return table(["algorithm", "key", "value", "meaning"], rows)


def _kinds() -> str:
    return table(["value", "written as"], [[kind, text] for kind, text in KINDS.items()])


def render() -> str:
    """Return the text of spec/payloads.json."""
    document = {
        "$comment": f"CC0-1.0. {NOTICE}",
        "version": 1,
        "algorithms": [
            {
                "name": algorithm.name,
                "since": algorithm.since,
                "members": [
                    {"key": member.key, "value": member.kind, "meaning": member.meaning}
                    | ({"only": member.only} if member.only else {})
                    for member in algorithm.members
                ],
            }
            for algorithm in ALGORITHMS.values()
        ],
        "values": KINDS,
        "directions": DIRECTIONS,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
