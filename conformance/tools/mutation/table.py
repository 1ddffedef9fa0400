"""The kill table, and the page that is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.tools.mutation.catalogue import AREAS, WEAKENINGS
from conformance.tools.mutation.trial import ROOT, Kills, roles
from conformance.tools.mutation.weakening import Weakening
from rckp.conformance.suite import Suite

TABLE = ROOT / "conformance/tools/mutation/kill-table.json"
PAGE = ROOT / "docs/adequacy.md"
NAMED = 3  # killing cases that the table names

# MUST requirements of the five roles and of the format that have no weakening, and why.
NO_WEAKENING = {
    "LIM-9": "To weaken it is to add something, code that executes what a record names; no "
    "rule of the reference keeps it from that.",
}
ROLES = ("reader", "writer", "format", "identity", "store", "selection")


def row(kills: Kills) -> dict[str, Any]:
    """A weakening's entry in the table."""
    return {
        "id": kills.id,
        "asked": kills.asked,
        "kills": len(kills.ids),
        "verdict": kills.verdict,
        "citing": kills.citing,
        "first": kills.ids[:NAMED],
    } | ({} if kills.elsewhere is None else {"elsewhere": kills.elsewhere})


def holes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a table: survivors without a reason, and reasons that are stale."""
    declared = {weak.id: weak for weak in WEAKENINGS}
    wrong = []
    for each in rows:
        weak = declared[each["id"]]
        if not each["kills"] and not weak.survives:
            wrong.append(f"{weak.id} survives")
        if each["kills"] and weak.survives:
            wrong.append(f"{weak.id} is said to survive, but {each['first'][0]} notices")
        if each["kills"] and not each["citing"]:
            wrong.append(f"{weak.id}: no case that notices cites {' or '.join(weak.requirements)}")
        if weak.elsewhere and not each.get("elsewhere"):
            wrong.append(f"{weak.id}: {weak.elsewhere} does not notice")
    return wrong


def unweakened() -> list[str]:
    """The MUSTs of the five roles and of the format that no weakening is about."""
    rows = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    musts = {r["id"] for r in rows if r["role"] in ROLES and r["level"].startswith("MUST")}
    weak = {requirement for each in WEAKENINGS for requirement in each.requirements}
    return sorted(musts - weak - set(NO_WEAKENING))


def load() -> dict[str, Any]:
    """The table as it was written."""
    table: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    return table


def save(rows: Sequence[Mapping[str, Any]], table: Path = TABLE, page: Path = PAGE) -> None:
    """Writes the table and the page."""
    document = {"suite_sha256": Suite.found().sha256, "weakenings": list(rows)}
    body = ",\n".join("  " + json.dumps(each) for each in rows)
    text = f'{{\n "suite_sha256": "{document["suite_sha256"]}",\n "weakenings": [\n{body}\n ]\n}}\n'
    table.write_text(text, "utf-8", newline="\n")
    page.write_text(render(document), "utf-8", newline="\n")


def render(table: Mapping[str, Any]) -> str:
    """The page."""
    rows = {each["id"]: each for each in table["weakenings"]}
    killed = [each for each in rows.values() if each["kills"]]
    by_verdict = sum(bool(each["verdict"]) for each in killed)
    single = sum(each["kills"] == 1 for each in killed)
    survivors = [weak for weak in WEAKENINGS if not rows[weak.id]["kills"]]
    tested = sum(bool(weak.elsewhere) for weak in survivors)
    concerned = {r for weak in WEAKENINGS for r in weak.requirements}
    text = _HEAD.format(
        number=len(rows),
        requirements=len(concerned),
        killed=len(killed),
        by_verdict=by_verdict,
        told=len(killed) - by_verdict,
        single=single,
        survivors=len(survivors),
        tested=tested,
        digest=table["suite_sha256"],
    )
    for area, weakenings in AREAS.items():
        text += f"## {area} {{ data-search-exclude }}\n\n| weakening | requirements | the mistake | noticed by | first |\n|---|---|---|---|---|\n"
        text += "".join(_line(weak, rows[weak.id]) for weak in weakenings) + "\n"
    text += "## Without a weakening\n\n"
    text += "".join(f"* {_linked(id_)}: {why}\n" for id_, why in NO_WEAKENING.items())
    return text


def _line(weak: Weakening, row: Mapping[str, Any]) -> str:
    if row["kills"]:
        noticed = f"{row['kills']} of {row['asked']}"
        first = f"`{row['first'][0]}`"
    else:
        noticed = "a test of the reference" if weak.elsewhere else "nothing"
        first = weak.survives + (f" `{weak.elsewhere}`" if weak.elsewhere else "")
    cited = " ".join(map(_linked, weak.requirements))
    return f"| `{weak.id}` | {cited} | {weak.why} | {noticed} | {first} |\n"


def _linked(requirement: str) -> str:
    return f"[{requirement}](spec/{_chapters()[requirement]}#{requirement})"


def _chapters() -> dict[str, str]:
    rows = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    assert roles().keys() == {each["id"] for each in rows}
    return {each["id"]: each["chapter"] for each in rows}


_HEAD = """\
<!-- Generated by `python -m conformance.tools.mutation` from conformance/tools/mutation. Do not edit. -->
# Are there cases enough?

A suite that everybody passes may be a suite that asks too little. So we make the mistakes
ourselves: each rule of the reference is weakened, one at a time, as an implementer might get
it wrong, and the suite is run against the result. Some case has to notice. A weakening that
none notices is a hole in the suite; the case that was missing is written, or the reason why
no case can notice is given here.

{number} weakenings of {requirements} requirements: {killed} are noticed by a case, {by_verdict} of
them at grade *verdict* and {told} only by what is told of a fault; {single} by one case alone, which
nobody should retire. {survivors} cannot be noticed by a case; {tested} of these by a test of the
reference, which was run against the weakened copy as well, and failed.

Every weakening is a few lines in `conformance/tools/mutation`: the source text that is replaced, in a
copy of `src/rckp`, and what stands there instead. The copy answers the cases of the classes that
the requirements bind, through the runner, as a stranger's adapter would. Of those that notice at
least one must cite a requirement that was weakened, so that the citations are checked, too. The
cases tagged `hostile` are left out unless a weakening is about lengths that lie. For UTF-8, which
Python checks by itself, the table of [Decoding](spec/decoding.md#well-formed-utf-8) takes
Python's place; unweakened, no case may notice that.

Made with the suite of the digest `{digest}`
(the sha256 of `fixtures/manifest.json`). Renew it, in some minutes, by

```text
python -m conformance.tools.mutation
```

That is the only time at which every weakening meets every case. The tests of the project compare
the digest above with that of the present suite. They put one weakening in six to the test, and ask
each only the cases that are named for it in `conformance/tools/mutation/kill-table.json`. With
`RCKP_EVERY_WEAKENING=1` they go through all of them.

"""
