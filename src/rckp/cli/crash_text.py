"""What `rckp conformance crash` prints for people: the failures by call, and the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from rckp.conformance.results import BAD, Result, Results
from rckp.conformance.suite import Suite
from rckp.display import escape, pluralise

_MAX_GROUPS = 30
_KINDS = {
    "order": "order of steps",
    "kill": "killed before a call",
    "short": "short writes",
    "company": "under company",
}
_CHANCE = re.compile(r"[0-9a-f]+")
_PATH = re.compile(r"b'(?:[^']*/)?([^'/]+)'")


def summary(run: Results) -> Iterator[str]:
    """A line for the implementation, one for each kind of check, and one for the whole."""
    name, version, language, _ = run.implementation
    title = click.style(escape(f"{name} {version}".strip(), 60), bold=True)
    yield f"{title} ({escape(language or 'language not told', 30)}), suite {run.suite_name}"
    kinds: dict[str, list[Result]] = {}
    for result in run.results:
        kind = result.id.split("/")[2]
        kinds.setdefault(_KINDS.get(kind, "a call fails"), []).append(result)
    for kind, results in kinds.items():
        passed = sum(each.outcome == "pass" for each in results)
        notes = [
            f"{sum(each.outcome == outcome for each in results):,} {outcome}"
            for outcome in (*BAD, "expected-fail", "unsupported")
            if any(each.outcome == outcome for each in results)
        ]
        yield f"  {kind:22} {f'{passed:,} of {len(results):,}':>16}  {', '.join(notes)}".rstrip()
    checks = pluralise(len(run.results), "check")
    if not run.status:
        expected = run.outcomes()["expected-fail"]
        known = f", {pluralise(expected, 'known failure')} among them" if expected else ""
        yield click.style(f"{checks} at grade {run.wanted}, all as expected{known}.", fg="green")
    else:
        failed = pluralise(len(run.bad) + len(run.stale), "violation")
        yield click.style(f"{checks} at grade {run.wanted}: {failed}.", fg="red")


def details(run: Results, suite: Suite) -> Iterator[str]:
    """The failures, those of one call and one kind of consequence together."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in run.bad:
        _, scenario, _, call = result.id.split("/", 3)
        # Random names must not make two failures of one.
        same = _CHANCE.sub("", "; ".join(result.differences))
        groups.setdefault((scenario, call, same), []).append(result)
    texts = suite.requirement_texts() if groups else {}
    told: set[str] = set()
    for (scenario, call, _), results in list(groups.items())[:_MAX_GROUPS]:
        kinds = ", ".join(each.id.split("/")[2] for each in results)
        first = results[0]
        head = click.style(f"{scenario}: {escape(call, 80)}", bold=True)
        yield f"{head} {click.style(kinds, fg='red')} ({first.level})"
        if kinds == "company":
            from rckp.conformance.crash.company import company_of  # Linux only

            yield click.formatting.wrap_text(company_of(call)[0].tells, 79, "  ", "  ")
        for difference in first.differences or [f"a known failure that passes: {first.reason}"]:
            yield click.formatting.wrap_text(
                escape(_PATH.sub(r"\1", difference), 400), 79, "  - ", "    "
            )
        for line in first.stderr.splitlines()[-3:]:
            yield f"  | {escape(line, 74)}"
        named = [each for each in texts if any(each in text for text in first.differences)]
        for requirement in named or first.requirements[:1]:
            if requirement in texts and requirement not in told:
                told.add(requirement)
                text = f"{requirement}: {' '.join(texts[requirement].split())}"
                cut = text if len(text) <= 300 else text[:300].rstrip() + " …"
                yield click.formatting.wrap_text(escape(cut), 79, "  ", "    ")
        yield ""
    if len(groups) > _MAX_GROUPS:
        yield f"… and {len(groups) - _MAX_GROUPS} more calls; --results has all of them"
    for id_, reason in run.stale.items():
        yield f"{escape(id_)}: a known failure ({escape(reason, 60)}) that is no check of this run"
