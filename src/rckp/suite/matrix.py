"""Many results side by side: implementations by classes, by requirements and by checks.

The page is one file without scripts, and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape as html
from itertools import groupby

from rckp.display import escape
from rckp.suite import SPECIFICATION, SUITE_VERSION
from rckp.suite.results import BAD, Result, Results, common_grade

_MARKS = {
    "pass": "✓",
    "fail": "✗",
    "crash": "✗ crash",
    "timeout": "✗ timeout",
    "over budget": "✗ over budget",
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


def page(runs: Sequence[Results], clauses: Mapping[str, str]) -> str:
    """The HTML page. `clauses` are the texts of the requirements, by id."""
    digests = sorted({run.suite_sha256 for run in runs})
    suites = ", ".join(f"<code>{digest[:12]}</code>" for digest in digests)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>RCKP conformance</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>RCKP conformance</h1>\n<p>Suite {SUITE_VERSION} ({suites}) for edition "
        f"{SPECIFICATION} of the specification. ✓ alone: agrees at grade location; otherwise "
        "the grade that is reached stands beside it. A word after ✗ says how it failed; "
        "<i>known</i>: a failure that is listed; –: the implementation cannot be asked that; "
        "empty: not of its classes.</p>\n"
        f"<h2>Implementations</h2>\n{_implementations(runs)}"
        f"<h2>Requirements</h2>\n{_requirements(runs, clauses)}"
        f"<h2>Checks</h2>\n{_checks(runs)}</body>\n</html>\n"
    )


def _implementations(runs: Sequence[Results]) -> str:
    classes = list(dict.fromkeys(class_ for run in runs for class_ in run.classes()))
    rows = []
    for run in runs:
        name, version, language, _ = run.implementation
        title = f"{_text(name)} <span class='none'>{_text(version)} {_text(language)}</span>"
        found = run.classes()
        cells = [_tally(found.get(class_, ())) for class_ in classes]
        rows.append(f"<tr><th scope='row'>{title}</th>{''.join(cells)}</tr>")
    return _table(["", *classes], rows)


def _requirements(runs: Sequence[Results], clauses: Mapping[str, str]) -> str:
    by_requirement: list[dict[str, list[Result]]] = []
    for run in runs:
        found: dict[str, list[Result]] = {}
        for result in run.results:
            for requirement in result.requirements:
                found.setdefault(requirement, []).append(result)
        by_requirement.append(found)
    known = [each for each in clauses if any(each in found for found in by_requirement)]
    rows = [
        f"<tr><th scope='row' title='{_text(clauses[each])}'><code>{each}</code></th>"
        + "".join(_tally(found.get(each, ())) for found in by_requirement)
        + "</tr>"
        for each in known
    ]
    return _table(["", *_names(runs)], rows)


def _checks(runs: Sequence[Results]) -> str:
    by_id = [{result.id: result for result in run.results} for run in runs]
    ids = sorted({id_ for found in by_id for id_ in found})
    parts = []
    for group, members in groupby(ids, key=lambda id_: "/".join(id_.split("/")[:2])):
        listed = list(members)
        rows = [
            f"<tr><th scope='row'><code>{_text(id_)}</code></th>"
            + "".join(_cell(found.get(id_)) for found in by_id)
            + "</tr>"
            for id_ in listed
        ]
        bad = sum(found[i].outcome in BAD for found in by_id for i in listed if i in found)
        note = f", <span class='bad'>{bad} failed</span>" if bad else ""
        parts.append(
            f"<details><summary><code>{_text(group)}</code> ({len(listed)}{note})</summary>\n"
            f"{_table(['', *_names(runs)], rows)}</details>\n"
        )
    return "".join(parts)


def _tally(results: Sequence[Result]) -> str:
    if not results:
        return "<td></td>"
    asked = [each for each in results if each.outcome != "unsupported"]
    if not asked:
        return "<td class='none'>–</td>"
    passed = sum(each.outcome == "pass" for each in asked)
    grade = common_grade(asked)
    suffix = "" if grade in ("none", "location") else f" {grade}"
    left_out = f", {len(results) - len(asked)} –" if len(asked) < len(results) else ""
    if passed == len(asked):
        return f"<td class='good'>✓ {passed}{suffix}{left_out}</td>"
    kind = "bad" if any(each.outcome in BAD for each in asked) else "odd"
    return f"<td class='{kind}'>{passed} of {len(asked)}{suffix}{left_out}</td>"


def _cell(result: Result | None) -> str:
    if result is None:
        return "<td></td>"
    kind = {"pass": "good", "expected-fail": "odd", "unsupported": "none"}.get(
        result.outcome, "bad"
    )
    mark = _MARKS[result.outcome]
    if result.outcome == "pass" and result.grade != "location":
        mark += f" {result.grade}"
    told = "; ".join([result.reason, *result.differences] if result.reason else result.differences)
    title = f" title='{_text(told)}'" if told else ""
    return f"<td class='{kind}'{title}>{mark}</td>"


def _names(runs: Iterable[Results]) -> list[str]:
    return [run.implementation.name for run in runs]


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th scope='col'>{_text(each)}</th>" if each else "<td></td>" for each in heads)
    lines = "\n".join(rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody></table>\n"


_text: Callable[[str], str] = lambda text: html(escape(text), quote=True)  # noqa: E731
