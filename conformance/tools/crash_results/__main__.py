"""`python -m conformance.tools.crash_results`: run the crash tests of every store again.

Builds each implementation with a store, runs `rckp conformance crash` against it, and writes
conformance/implementations/results/crash.json and the table in docs/crash.md. With names, only
those are run again. `--page` writes only the table; `--check` says whether both are up to date.
Takes about 10 minutes on two processors.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from conformance.tools.measured import fill
from conformance.tools.power_cut.renew import RESULTS as POWER_CUTS
from conformance.tools.results.__main__ import ADAPTERS, BUILT, KEPT, ROOT
from rckp.conformance.crash.company import COMPANY
from rckp.conformance.crash.faults import ERRORS, KINDS, TOLERATED
from rckp.conformance.crash.order import RULES
from rckp.conformance.crash.scenarios import Scenario, digest, load_scenarios
from rckp.conformance.results import BAD
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite
from rckp.derive.tables import table

RESULTS = KEPT / "crash.json"
PAGE = ROOT / "docs/crash.md"
COMMAND = "python -m conformance.tools.crash_results"
STORES = ("python", "c", "go", "rust", "java", "perl", "roma_lib")
KNOWN = {
    "java": ADAPTERS / "java" / "known-crash-failures.json",
    "roma_lib": ADAPTERS / "roma" / "known-crash-failures.json",
}
# The columns of the table: a title and the kinds of checks.
COLUMNS = {
    "order": ("order",),
    "killed": ("kill",),
    "a call fails": (*ERRORS, *TOLERATED),
    "short write": ("short", "lost"),
    "company": ("company",),
}


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    if arguments == ["--check"]:
        return check()
    if arguments != ["--page"]:
        if unknown := set(arguments) - set(STORES):
            print("there is no store of this name:", *sorted(unknown), file=sys.stderr)
            return 2
        measure(arguments or list(STORES))
    found = json.loads(RESULTS.read_text("utf-8"))
    PAGE.write_text(page(found), "utf-8", newline="\n")
    return 0


def checks_sha256() -> str:
    """Return the SHA-256 of everything that determines the checks."""
    parts = [
        digest(Suite.locate()),
        *KINDS,
        *(rule.name for rule in RULES),
        *(each.name for each in COMPANY),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def measure(names: list[str]) -> None:
    """Run the crash tests of some implementations, and keep the figures of the others."""
    sha256 = checks_sha256()
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    kept = known.get("implementations", {})
    with tempfile.TemporaryDirectory() as directory:
        for name in names:
            print(f"{name}:", file=sys.stderr)
            kept[name] = _measured(name, Path(directory)) | {"checks_sha256": sha256}
            ordered = {each: kept[each] for each in STORES if each in kept}
            text = json.dumps({"implementations": ordered}, indent=1) + "\n"
            RESULTS.write_text(text, "utf-8", newline="\n")


def _measured(name: str, directory: Path) -> dict[str, Any]:
    """Return the number of checks of each kind, by outcome."""
    command = BUILT[name](directory / name)
    results = directory / f"{name}.jsonl"
    options = ["--known-failures", str(KNOWN[name])] if name in KNOWN else []
    rckp = [sys.executable, "-P", "-m", "rckp", "conformance", "crash"]
    subprocess.run([*rckp, *options, "--results", str(results), "--", *command.words], check=True)
    run = load(results)
    kinds: dict[str, Counter[str]] = {}
    for each in run.results:
        kinds.setdefault(each.id.split("/")[2], Counter())[each.outcome] += 1
    by = run.implementation
    return {
        "version": by.version,
        "language": by.language,
        "kinds": {kind: dict(outcomes) for kind, outcomes in kinds.items()},
    }


def page(found: dict[str, Any]) -> str:
    """Return the text of the page with the table of these figures."""
    power_cuts = json.loads(POWER_CUTS.read_text("utf-8"))["implementations"]
    suite = Suite.locate()
    return fill(
        PAGE,
        {
            "crash-scenarios": scenario_table(load_scenarios(suite)),
            "crash-rules": rule_table(),
            "crash-company": company_table(),
            "crash-implementations": implementation_table(found["implementations"], power_cuts),
        },
    )


def scenario_table(scenarios: Iterable[Scenario]) -> str:
    """Return the table of the scenarios."""
    rows = [
        (f"`{each.name}`", each.check.op, str(each.check.case.document["why"]))
        for each in scenarios
    ]
    return table(["scenario", "request", "situation"], rows)


def rule_table() -> str:
    """Return the table of the rules of the order, with their requirements."""
    rows = [
        (f"`{rule.name}`", _link(rule.requirement), rule.level, ", ".join(rule.ops), rule.text)
        for rule in RULES
    ]
    return table(["rule", "requirement", "level", "requests", "what it asks for"], rows)


def company_table() -> str:
    """Return the table of the checks of the kind `company`, with their requirements."""
    rows = [
        (f"`{each.name}`", ", ".join(map(_link, each.requirements)), each.level, each.description)
        for each in COMPANY
    ]
    return table(["company", "requirements", "level", "what happens, and what must hold"], rows)


def _link(requirement: str) -> str:
    """Return a requirement as a link to its chapter."""
    return f"[{requirement}](spec/{_chapters()[requirement]}#{requirement})"


@cache
def _chapters() -> dict[str, str]:
    """Return the chapter of each requirement."""
    listed = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    return {each["id"]: each["chapter"] for each in listed}


def implementation_table(measured: dict[str, Any], power_cuts: dict[str, Any]) -> str:
    """Return the table of the number of checks and of failures of each kind."""
    rows = [
        [
            f"{name} {each['version']} ({each['language']})",
            *(_cell(each["kinds"], kinds) for kinds in COLUMNS.values()),
            _power_cut_cell(power_cuts.get(name)),
        ]
        for name, each in measured.items()
    ]
    head = ["implementation", *COLUMNS, "power cuts"]
    return table(head, rows, range(1, len(head)))


def _cell(found: dict[str, dict[str, int]], kinds: tuple[str, ...]) -> str:
    total: Counter[str] = Counter()
    for kind in kinds:
        total.update(found.get(kind, {}))
    failing = sum(total[each] for each in (*BAD, "expected-fail"))
    notes = [f"**{failing:,} fail**" if failing else "0 fail"]
    if total["unsupported"]:
        notes.append(f"{total['unsupported']:,} unsupported")
    return f"{sum(total.values()):,}: {', '.join(notes)}"


def _power_cut_cell(measured: dict[str, Any] | None) -> str:
    if measured is None:
        return "not run"
    rows = [row for each in measured["file_systems"].values() for row in each.values()]
    states, lost = (sum(row[name] for row in rows) for name in ("states", "violations"))
    return f"{states:,}: " + (f"**{lost:,} lose**" if lost else "0 lose")


def check() -> int:
    """Return 1 and say why if the figures are of other checks, or the page of other figures."""
    found = json.loads(RESULTS.read_text("utf-8"))
    sha256 = checks_sha256()
    stale = [
        name
        for name in STORES
        if found["implementations"].get(name, {}).get("checks_sha256") != sha256
    ]
    if PAGE.read_text("utf-8") != page(found):
        stale.append(PAGE.name)
    for each in stale:
        print(f"not of the present crash tests: {each}; run `{COMMAND}`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
