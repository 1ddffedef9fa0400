"""What `rckp conformance crash` prints for people: the failures by call, and the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from rckp.conformance.crash.faults import ERRORS
from rckp.conformance.crash.scenarios import Scenario
from rckp.conformance.crash.trace import Trace
from rckp.conformance.results import BAD, Result, Results
from rckp.conformance.suite import Suite
from rckp.display import escape, pluralise

_MAX_GROUPS = 30
_MAX_PLACES = 8
_KINDS = {
    "order": "order of steps",
    "kill": "killed before a call",
    "short": "short writes",
    "lost": "short writes",
    "company": "under company",
}
_ID = re.compile(r"\b[A-Z]+-[0-9]+\b")
_CHANCE = re.compile(r"[0-9a-f]+")
_PATH = re.compile(r"b'(?:[^']*/)?([^'/]+)'")


def summary(run: Results) -> Iterator[str]:
    """A line for the implementation, one for each kind of check, and one for the whole."""
    name, version, language, _ = run.implementation
    title = click.style(escape(f"{name} {version}".strip(), 60), bold=True)
    yield f"{title} ({escape(language or 'unknown language', 30)}), suite {run.suite_name}"
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
        yield click.style(
            f"{checks} at grade {run.required_grade}, all as expected{known}.", fg="green"
        )
    else:
        failed = pluralise(len(run.bad) + len(run.stale), "violation")
        yield click.style(f"{checks} at grade {run.required_grade}: {failed}.", fg="red")


def traces(found: Iterable[tuple[Scenario, Trace]]) -> Iterator[str]:
    """The calls of the request of each scenario. Those with a number concern its directory."""
    for scenario, trace in found:
        yield click.style(f"{scenario.name}:", bold=True)
        yield from (f"  {escape(line, 200)}" for line in trace.describe())
        yield ""


def _shortened(kinds: list[str]) -> list[str]:
    """Kinds of checks, with one word for all errors."""
    every = set(ERRORS)
    missing = every - set(kinds)
    if missing and missing != {"EINTR"}:
        return kinds
    errors = "any error but EINTR" if missing else "any error"
    return [*(each for each in kinds if each not in every), errors]


def _places(results: list[Result]) -> str:
    """The calls or rules of some failures, each with the kinds of checks that failed there."""
    kinds: dict[str, list[str]] = {}
    for result in results:
        _, _, kind, place = result.id.split("/", 3)
        kinds.setdefault(place, []).append(kind)
    parts = []
    for place, found in list(kinds.items())[:_MAX_PLACES]:
        shown = click.style(", ".join(_shortened(found)), fg="red")
        parts.append(f"{escape(place, 80)} {shown}")
    more = len(kinds) - _MAX_PLACES
    return "; ".join(parts) + (f"; and at {pluralise(more, 'call')}" if more > 0 else "")


def details(run: Results, suite: Suite) -> Iterator[str]:
    """The failures, those of one scenario and one kind of consequence together."""
    by_scenario: dict[tuple[str, str], list[Result]] = {}
    for result in run.bad:
        # Random names must not make two failures of one.
        same = _CHANCE.sub("", "; ".join(result.differences))
        by_scenario.setdefault((result.id.split("/")[1], same), []).append(result)
    groups: dict[tuple[str, str], tuple[list[str], Result]] = {}
    for (scenario, same), results in by_scenario.items():
        groups.setdefault((_places(results), same), ([], results[0]))[0].append(scenario)
    texts = suite.requirement_texts() if groups else {}
    explained: set[str] = set()
    for (places, _), (scenarios, first) in list(groups.items())[:_MAX_GROUPS]:
        head = click.style(f"{', '.join(scenarios)}:", bold=True)
        yield click.formatting.wrap_text(f"{head} {places} ({first.level})", 79, "", "  ")
        _, _, kind, rest = first.id.split("/", 3)
        if kind == "company":
            from rckp.conformance.crash.company import company_of  # Linux only

            yield click.formatting.wrap_text(company_of(rest)[0].description, 79, "  ", "  ")
        for difference in first.differences or [f"a known failure that passes: {first.reason}"]:
            yield click.formatting.wrap_text(
                escape(_PATH.sub(r"\1", difference), 400), 79, "  - ", "    "
            )
        for line in first.stderr.splitlines()[-3:]:
            yield f"  | {escape(line, 74)}"
        named = {word for text in first.differences for word in _ID.findall(text)}
        for requirement in sorted(named & texts.keys()) or first.requirements[:1]:
            if requirement in texts and requirement not in explained:
                explained.add(requirement)
                text = f"{requirement}: {' '.join(texts[requirement].split())}"
                cut = text if len(text) <= 300 else text[:300].rstrip() + " …"
                yield click.formatting.wrap_text(escape(cut), 79, "  ", "    ")
        yield ""
    if len(groups) > _MAX_GROUPS:
        yield f"… and {len(groups) - _MAX_GROUPS} more; --results has all of them"
    for id_, reason in run.stale.items():
        yield f"{escape(id_)}: a known failure ({escape(reason, 60)}) that is no check of this run"
