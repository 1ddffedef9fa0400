"""The kill table, and the page that is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.tools.implementation_mutation.page import section
from conformance.tools.mutation.catalogue import AREAS, MUTANTS
from conformance.tools.mutation.mutant import Mutant
from conformance.tools.mutation.trial import ROOT, Kills, roles
from rckp.conformance.suite import Suite

TABLE = ROOT / "conformance/tools/mutation/kill-table.json"
PAGE = ROOT / "docs/adequacy.md"
NAMED = 3  # killing cases that the table names

# MUST requirements of the five roles and of the format that have no mutant, and why.
NO_MUTANT = {
    "LIM-9": "To weaken it is to add something, code that executes what a record names; no "
    "rule of the reference keeps it from that.",
}
ROLES = ("reader", "writer", "format", "identity", "store", "selection")


def row(kills: Kills) -> dict[str, Any]:
    """A mutant's entry in the table."""
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
    declared = {weak.id: weak for weak in MUTANTS}
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
    """The MUSTs of the five roles and of the format that no mutant is about."""
    rows = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    musts = {r["id"] for r in rows if r["role"] in ROLES and r["level"].startswith("MUST")}
    weak = {requirement for each in MUTANTS for requirement in each.requirements}
    return sorted(musts - weak - set(NO_MUTANT))


def load() -> dict[str, Any]:
    """The table as it was written."""
    table: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    return table


def save(rows: Sequence[Mapping[str, Any]], table: Path = TABLE, page: Path = PAGE) -> None:
    """Writes the table and the page."""
    document = {"suite_sha256": Suite.found().sha256, "mutants": list(rows)}
    body = ",\n".join("  " + json.dumps(each) for each in rows)
    text = f'{{\n "suite_sha256": "{document["suite_sha256"]}",\n "mutants": [\n{body}\n ]\n}}\n'
    table.write_text(text, "utf-8", newline="\n")
    page.write_text(render(document), "utf-8", newline="\n")


def render(table: Mapping[str, Any]) -> str:
    """The page."""
    rows = {each["id"]: each for each in table["mutants"]}
    killed = [each for each in rows.values() if each["kills"]]
    by_verdict = sum(bool(each["verdict"]) for each in killed)
    single = sum(each["kills"] == 1 for each in killed)
    survivors = [weak for weak in MUTANTS if not rows[weak.id]["kills"]]
    tested = sum(bool(weak.elsewhere) for weak in survivors)
    concerned = {r for weak in MUTANTS for r in weak.requirements}
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
    for area, mutants in AREAS.items():
        text += f"## {area} {{ data-search-exclude }}\n\n| mutant | requirements | the mistake | noticed by | first |\n|---|---|---|---|---|\n"
        text += "".join(_line(weak, rows[weak.id]) for weak in mutants) + "\n"
    text += section(_linked)
    text += "## Without a mutant\n\n"
    text += "".join(f"* {_linked(id_)}: {why}\n" for id_, why in NO_MUTANT.items())
    return text


def _line(weak: Mutant, row: Mapping[str, Any]) -> str:
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
# Mutation testing of the suite

We measure the suite by mutation testing. Each *mutant* changes one rule of the reference
implementation in the way that an implementer might get it wrong, and at least one case must fail. A
mutant that no case kills shows a missing case, or has a reason below.

{number} mutants of {requirements} requirements: cases kill {killed} of them, {by_verdict} at grade
*verdict* and {told} only by the details of an error. A single case kills {single} of them; do not
retire these cases. No case can kill {survivors}; a test of the reference kills {tested} of these.

A mutant is a few lines in `conformance/tools/mutation`: source text of `src/rckp`, and its replacement
in a copy. The copy answers the cases of the classes that the requirements bind, through the conformance
runner, like the adapter of an independent implementer. At least one of the cases that kill a mutant
must cite a changed requirement, so that the citations are checked as well. The cases tagged `hostile`
run only against mutants about false lengths. For UTF-8, which Python decodes by itself, the table of
[Decoding](spec/decoding.md#well-formed-utf-8) replaces Python's decoder; without a mutant, no case may
fail with it.

Made with the suite of the digest `{digest}`
(the sha256 of `fixtures/manifest.json`). Renew it, in some minutes, by

```text
python -m conformance.tools.mutation
```

Only this command runs every mutant against every case. The tests of the project compare the digest above
with that of the present suite, apply all mutants in memory, and run one mutant in six against the cases
that are named for it in `conformance/tools/mutation/kill-table.json`. With
`RCKP_EVERY_WEAKENING=1` they go through all of them.

"""
