"""Many results side by side: implementations by classes, by requirements and by checks.

The page is one file without scripts, and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from rckp.conformance.markup import append, element, html, policy
from rckp.conformance.results import BAD, Result, Results, common_grade
from rckp.display import escape

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
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #cf222e; --odd: #8a5a00 }
:root { --quiet: #5a6066; --link: #1a56c4; background: Canvas; color: CanvasText }
@media (prefers-color-scheme: dark) {
  :root { --good: #3fb950; --bad: #f85149; --odd: #d29922; --quiet: #b4bac6; --link: #8ab4f8 }
}
body { background: Canvas; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { border: 1px solid var(--line); padding: .15rem .6rem; text-align: left }
thead th:first-child { overflow-wrap: normal }
thead th { position: sticky; top: 0; background: Canvas }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 } .odd { color: var(--odd) }
.none { color: var(--quiet) } code { font: .9em ui-monospace, monospace }
summary { cursor: pointer } a { color: var(--link) } th, code { overflow-wrap: anywhere }
@media (max-width: 1240px) {
  table, tbody, td, th { display: block } thead { position: absolute; clip-path: inset(50%) }
  tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .3rem 0; border-top: 1px solid }
  tbody th { flex: 100% } th, td { border: 0; padding: 0 } td:empty { display: none }
  td::before { content: attr(data-label) " "; color: var(--quiet); font-weight: 400 }
}
"""
Link = Callable[[str], str]  # the address of a requirement or a check, by its id; "" for none


def _no_link(_id: str) -> str:
    return ""


def page(
    runs: Sequence[Results],
    requirements: Mapping[str, str],
    *,
    link: Link = _no_link,
    home: str = "",
) -> str:
    """Return the HTML page.

    `requirements` are the texts of the requirements, by id. `link` returns the address of a
    requirement or a check, and `home` is that of the page that this one belongs to.
    """
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
        element("p", element("a", "Implementations", href=home)) if home else None,
        element("h1", "RCKP conformance"),
        about,
        element("h2", "Implementations"),
        _implementations(runs),
        element("h2", "Requirements"),
        _requirements(runs, requirements, link),
        element("h2", "Checks"),
        *_checks(runs, link),
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
    return _table(["implementation", *classes], rows)


def _requirements(
    runs: Sequence[Results], requirements: Mapping[str, str], link: Link
) -> ET.Element:
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
            element("th", _named(each, link), scope="row", title=requirements[each]),
            *(_tally(found.get(each, ())) for found in by_requirement),
        )
        for each in known
    ]
    return _table(["requirement", *_names(runs)], rows)


def _checks(runs: Sequence[Results], link: Link) -> Iterator[ET.Element]:
    by_id = [{result.id: result for result in run.results} for run in runs]
    ids = sorted({id_ for found in by_id for id_ in found})
    for group, each in groupby(ids, key=lambda id_: "/".join(id_.split("/")[:2])):
        listed = list(each)
        rows = [
            element(
                "tr",
                element("th", _named(id_, link), scope="row"),
                *(_cell(found.get(id_)) for found in by_id),
            )
            for id_ in listed
        ]
        bad = sum(found[i].outcome in BAD for found in by_id for i in listed if i in found)
        title = element("summary", element("code", group), f" ({len(listed)}")
        if bad:
            append(title, ", ", element("span", f"{bad} failed", class_="bad"))
        append(title, ")")
        yield element("details", title, _table(["check", *_names(runs)], rows))


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
    if passed == len(supported) and not skipped:
        return element("td", f"✓ {passed}{suffix}", class_="good")
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


def _named(id_: str, link: Link) -> ET.Element:
    code = element("code", id_)
    address = link(id_)
    return element("a", code, href=address) if address else code


def _names(runs: Iterable[Results]) -> list[str]:
    return [run.implementation.name for run in runs]


def _table(heads: Sequence[str], rows: Iterable[ET.Element]) -> ET.Element:
    """Return a table. On a narrow screen it is stacked, and the cells show their titles."""
    head = [element("th", each, scope="col", role="columnheader") for each in heads]
    body = element("tbody", *rows, role="rowgroup")
    for row in body:
        row.tail = "\n"
        row.set("role", "row")
        for cell, title in zip(row, heads, strict=True):
            cell.set("role", "rowheader" if cell.tag == "th" else "cell")
            if cell.tag == "td":
                cell.set("data-label", escape(title))
    top = element("thead", element("tr", *head, role="row"), role="rowgroup")
    return element("table", top, body, role="table")
