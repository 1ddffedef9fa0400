"""The kill table, and the page docs/adequacy.md that is generated from it."""

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
    "LIM-9": "A mutant would have to add code that executes contents of a record. The reference "
    "has no rule that could be changed.",
}
ROLES = ("reader", "writer", "format", "identity", "store", "selection")


def row(kills: Kills) -> dict[str, Any]:
    """Return the entry of a mutant in the table."""
    return {
        "id": kills.id,
        "asked": kills.asked,
        "kills": len(kills.ids),
        "verdict": kills.verdict,
        "citing": kills.citing,
        "first": kills.ids[:NAMED],
    } | ({} if kills.elsewhere is None else {"elsewhere": kills.elsewhere})


def inconsistencies(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the errors of a table: survivors without a reason, and stale reasons."""
    declared = {mutant.id: mutant for mutant in MUTANTS}
    wrong = []
    for each in rows:
        mutant = declared[each["id"]]
        if not each["kills"] and not mutant.survives:
            wrong.append(f"{mutant.id} survives")
        if each["kills"] and mutant.survives:
            wrong.append(f"{mutant.id} is said to survive, but {each['first'][0]} notices")
        if each["kills"] and not each["citing"]:
            wrong.append(
                f"{mutant.id}: no case that notices cites {' or '.join(mutant.requirements)}"
            )
        if mutant.elsewhere and not each.get("elsewhere"):
            wrong.append(f"{mutant.id}: {mutant.elsewhere} does not notice")
    return wrong


def requirements_without_mutant() -> list[str]:
    """Return the MUST requirements of the five roles and of the format without a mutant."""
    rows = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    musts = {r["id"] for r in rows if r["role"] in ROLES and r["level"].startswith("MUST")}
    covered = {requirement for each in MUTANTS for requirement in each.requirements}
    return sorted(musts - covered - set(NO_MUTANT))


def load() -> dict[str, Any]:
    """Return the stored table."""
    table: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    return table


def save(rows: Sequence[Mapping[str, Any]], table: Path = TABLE, page: Path = PAGE) -> None:
    """Write the table and the page."""
    document = {"suite_sha256": Suite.locate().sha256, "mutants": list(rows)}
    body = ",\n".join("  " + json.dumps(each) for each in rows)
    text = f'{{\n "suite_sha256": "{document["suite_sha256"]}",\n "mutants": [\n{body}\n ]\n}}\n'
    table.write_text(text, "utf-8", newline="\n")
    page.write_text(render(document), "utf-8", newline="\n")


def render(table: Mapping[str, Any]) -> str:
    """Return the text of the page."""
    rows = {each["id"]: each for each in table["mutants"]}
    killed = [each for each in rows.values() if each["kills"]]
    by_verdict = sum(bool(each["verdict"]) for each in killed)
    single = sum(each["kills"] == 1 for each in killed)
    survivors = [mutant for mutant in MUTANTS if not rows[mutant.id]["kills"]]
    tested = sum(bool(mutant.elsewhere) for mutant in survivors)
    concerned = {r for mutant in MUTANTS for r in mutant.requirements}
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
        text += f"## {area} {{ data-search-exclude }}\n\n| mutant | requirements | mistake | killed by | first case, or reason |\n|---|---|---|---|---|\n"
        text += "".join(_line(mutant, rows[mutant.id]) for mutant in mutants) + "\n"
    text += section(_linked)
    text += "## Without a mutant\n\n"
    text += "".join(f"* {_linked(id_)}: {why}\n" for id_, why in NO_MUTANT.items())
    return text


def _line(mutant: Mutant, row: Mapping[str, Any]) -> str:
    if row["kills"]:
        noticed = f"{row['kills']} of {row['asked']}"
        first = f"`{row['first'][0]}`"
    else:
        noticed = "a test of the reference" if mutant.elsewhere else "none"
        first = mutant.survives + (f" `{mutant.elsewhere}`" if mutant.elsewhere else "")
    cited = " ".join(map(_linked, mutant.requirements))
    return f"| `{mutant.id}` | {cited} | {mutant.why} | {noticed} | {first} |\n"


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
implementation in the way that an implementer might get it wrong. At least one case must fail with it,
which *kills* the mutant. If no case kills a mutant, a case is missing, or the table gives a reason.

There are {number} mutants of {requirements} requirements. Cases kill {killed} of them, {by_verdict} at grade
*verdict* and {told} only by the details of an error. {single} mutants are killed by a single case; do not
retire these cases. No case can kill {survivors} mutants; a test of the reference kills {tested} of these.

A mutant is an entry of a few lines in `conformance/tools/mutation`: source text of `src/rckp`, and its
replacement in a copy. The conformance runner runs the copy as an adapter. It runs the cases of the classes
that the requirements of the mutant bind. At least one case that kills the mutant must cite one of these
requirements, so that the citations are checked as well. Cases with the tag `hostile` run only against
mutants about false lengths. Mutants of UTF-8 decoding change a decoder that implements the table of
[Decoding](spec/decoding.md#well-formed-utf-8), which replaces Python's decoder. Without a mutant, all cases
pass with this decoder.

The tables belong to the suite with the digest `{digest}`
(the SHA-256 of `fixtures/manifest.json`). This command renews them in a few minutes:

```text
python -m conformance.tools.mutation
```

Only this command runs every mutant against every case. The tests of the project do less. They compare the
digest with that of the present suite, and apply all mutants in memory. They run one mutant in six, or all
with `RCKP_EVERY_MUTANT=1`, against the cases that `conformance/tools/mutation/kill-table.json` names for
it.

"""
