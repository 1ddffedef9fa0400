"""Many results side by side: implementations by classes, by requirements and by checks.

The page is one file without scripts, and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from rckp.conformance.markup import append, element, html, policy
from rckp.conformance.results import BAD, Result, Results, common_grade

_MARKS = {
    "pass": "✓",
    "fail": "✗",
    "crash": "✗ crash",
    "timeout": "✗ timeout",
    "over-budget": "✗ over-budget",
    "unexpected-pass": "! passes",
    "expected-fail": "known",
    "unsupported": "–",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #cf222e; --odd: #9a6700 }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #f85149; --odd: #d29922 } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { border: 1px solid var(--line); padding: .15rem .6rem; text-align: left }
thead th { position: sticky; top: 0; background: Canvas }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 } .odd { color: var(--odd) }
.none { color: GrayText } code { font: .9em ui-monospace, monospace } summary { cursor: pointer }
"""


def page(runs: Sequence[Results], requirements: Mapping[str, str]) -> str:
    """The HTML page. `requirements` are the texts of the requirements, by id."""
    suites = sorted({(run.suite, run.suite_sha256) for run in runs})
    about = element("p", "Suite ")
    for at, (version, digest) in enumerate(suites):
        start = ", " if at else ""
        append(about, f"{start}{version or 'of unknown version'} (")
        append(about, element("code", digest[:12]), ")")
    editions = ", ".join(sorted({run.specification for run in runs}))
    append(
        about,
        f" for edition {editions} of the specification. ✓ alone: agrees at grade location; "
        "otherwise the grade that is reached follows. A word after ✗ is the kind of failure; ",
        element("i", "known"),
        ": a failure that is listed; –: the implementation does not support it; empty: not of "
        "its classes.",
    )
    style = element("style")
    style.text = _STYLE  # the one text that HTML does not let us escape; nothing is put into it
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(_STYLE)),
        element("meta", name="viewport", content="width=device-width"),
        element("title", "RCKP conformance"),
        style,
    )
    body = element(
        "body",
        element("h1", "RCKP conformance"),
        about,
        element("h2", "Implementations"),
        _implementations(runs),
        element("h2", "Requirements"),
        _requirements(runs, requirements),
        element("h2", "Checks"),
        *_checks(runs),
    )
    return html(element("html", head, body, lang="en"))


def _implementations(runs: Sequence[Results]) -> ET.Element:
    classes = list(dict.fromkeys(class_ for run in runs for class_ in run.classes()))
    rows = []
    for run in runs:
        name, version, language, _ = run.implementation
        more = element("span", f"{version} {language}", class_="none")
        found = run.classes()
        cells = [_tally(found.get(class_, ())) for class_ in classes]
        rows.append(element("tr", element("th", f"{name} ", more, scope="row"), *cells))
    return _table(["", *classes], rows)


def _requirements(runs: Sequence[Results], requirements: Mapping[str, str]) -> ET.Element:
    by_requirement: list[dict[str, list[Result]]] = []
    for run in runs:
        found: dict[str, list[Result]] = {}
        for result in run.results:
            for requirement in result.requirements:
                found.setdefault(requirement, []).append(result)
        by_requirement.append(found)
    known = [each for each in requirements if any(each in found for found in by_requirement)]
    rows = [
        element(
            "tr",
            element("th", element("code", each), scope="row", title=requirements[each]),
            *(_tally(found.get(each, ())) for found in by_requirement),
        )
        for each in known
    ]
    return _table(["", *_names(runs)], rows)


def _checks(runs: Sequence[Results]) -> Iterator[ET.Element]:
    by_id = [{result.id: result for result in run.results} for run in runs]
    ids = sorted({id_ for found in by_id for id_ in found})
    for group, each in groupby(ids, key=lambda id_: "/".join(id_.split("/")[:2])):
        listed = list(each)
        rows = [
            element(
                "tr",
                element("th", element("code", id_), scope="row"),
                *(_cell(found.get(id_)) for found in by_id),
            )
            for id_ in listed
        ]
        bad = sum(found[i].outcome in BAD for found in by_id for i in listed if i in found)
        title = element("summary", element("code", group), f" ({len(listed)}")
        if bad:
            append(title, ", ", element("span", f"{bad} failed", class_="bad"))
        append(title, ")")
        yield element("details", title, _table(["", *_names(runs)], rows))


def _tally(results: Sequence[Result]) -> ET.Element:
    if not results:
        return element("td")
    supported = [each for each in results if each.outcome != "unsupported"]
    if not supported:
        return element("td", "–", class_="none")
    passed = sum(each.outcome == "pass" for each in supported)
    grade = common_grade(supported)
    suffix = "" if grade in ("none", "location") else f" {grade}"
    skipped = f", {len(results) - len(supported)} –" if len(supported) < len(results) else ""
    if passed == len(supported):
        return element("td", f"✓ {passed}{suffix}{skipped}", class_="good")
    kind = "bad" if any(each.outcome in BAD for each in supported) else "odd"
    return element("td", f"{passed} of {len(supported)}{suffix}{skipped}", class_=kind)


def _cell(result: Result | None) -> ET.Element:
    if result is None:
        return element("td")
    kind = {"pass": "good", "expected-fail": "odd", "unsupported": "none"}.get(
        result.outcome, "bad"
    )
    mark = _MARKS[result.outcome]
    if result.outcome == "pass" and result.grade != "location":
        mark += f" {result.grade}"
    note = "; ".join([result.reason, *result.differences] if result.reason else result.differences)
    title = {"title": note} if note else {}
    return element("td", mark, class_=kind, **title)


def _names(runs: Iterable[Results]) -> list[str]:
    return [run.implementation.name for run in runs]


def _table(heads: Iterable[str], rows: Iterable[ET.Element]) -> ET.Element:
    head = [element("th", each, scope="col") if each else element("td") for each in heads]
    body = element("tbody", *rows)
    for row in body:
        row.tail = "\n"
    return element("table", element("thead", element("tr", *head)), body)
