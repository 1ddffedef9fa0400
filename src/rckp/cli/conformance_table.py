"""Tables of `rckp conformance`: failures by requirement, and several implementations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click

from rckp.conformance.checks import CLASSES
from rckp.conformance.results import Result, Results, common_grade
from rckp.display import escape, pluralise

_MAX_REQUIREMENTS = 25
_NONE = "(none)"
_NAME = 22  # columns
_LANGUAGE = 12  # columns
_WIDE = 100  # columns from which on there is room for the language


def failures_by_requirement(run: Results, titles: Mapping[str, str]) -> Iterator[str]:
    """A line for each requirement with failures: how many of its checks failed, and its title."""
    failed = _by_requirement(run.bad)
    if not failed:
        return
    checks = _by_requirement(run.results)
    yield "Failures by requirement:"
    ranked = sorted(failed.items(), key=lambda item: (-item[1], item[0]))
    width = max(len(escape(each, 12)) for each, _ in ranked[:_MAX_REQUIREMENTS])
    for requirement, number in ranked[:_MAX_REQUIREMENTS]:
        share = f"{number:,} of {checks[requirement]:,}"
        name = click.style(f"{escape(requirement, 12):{width}}", bold=True)
        title = escape(titles.get(requirement, ""), 40)
        yield f"  {name} {click.style(f'{share:>14}', fg='red')}  {title}".rstrip()
    if len(ranked) > _MAX_REQUIREMENTS:
        yield f"  … and {pluralise(len(ranked) - _MAX_REQUIREMENTS, 'more requirement')}"


def _by_requirement(results: Sequence[Result]) -> Counter[str]:
    """How many results each requirement has. One result can have several."""
    found: Counter[str] = Counter()
    for result in results:
        found.update(set(result.requirements) or {_NONE})
    return found


def comparison(runs: Sequence[Results], width: int) -> Iterator[str]:
    """A table with a row for each implementation, a column for each class, and notes below it."""
    classes = [class_ for class_ in CLASSES if any(class_ in run.classes() for run in runs)]
    wide = width >= _WIDE
    titles = ["implementation", *(["language"] if wide else []), *classes, "grade"]
    rows = [_row(run, classes, wide=wide) for run in runs]
    left = 2 if wide else 1  # columns of text; the others are of numbers
    widths = [
        max(len(title), *(len(click.unstyle(row[at])) for row in rows))
        for at, title in enumerate(titles)
    ]
    yield _line([click.style(title, bold=True) for title in titles], widths, left)
    yield _line(["─" * each for each in widths], widths, left)
    for row in rows:
        yield _line(row, widths, left)
    yield ""
    same = {(run.suite_name, run.specification) for run in runs}
    if len(same) == 1:
        yield _suite(runs[0])
    for run in runs:
        notes = _notes(run)
        if len(same) > 1:
            notes.append(_suite(run))
        if notes:
            yield click.formatting.wrap_text(f"{_name(run)}: {', '.join(notes)}", 79, "", "  ")


def _row(run: Results, classes: Sequence[str], *, wide: bool) -> list[str]:
    found = run.classes()
    cells = [_name(run)]
    if wide:
        cells.append(escape(run.implementation.language or "–", _LANGUAGE))
    for class_ in classes:
        results = found.get(class_)
        if results is None:
            cells.append("–")
            continue
        passed = sum(each.outcome == "pass" for each in results)
        bad = any(each in run.bad for each in results if each.outcome != "pass")
        colour = "green" if passed == len(results) else "red" if bad else "yellow"
        cells.append(click.style(f"{passed}/{len(results)}", fg=colour))
    grade = common_grade(run.results)
    cells.append("–" if grade == "none" else grade)
    return cells


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    parts = []
    for at, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        padding = " " * (width - len(click.unstyle(cell)))
        parts.append(cell + padding if at < left or at == len(cells) - 1 else padding + cell)
    return "  ".join(parts).rstrip()


def _name(run: Results) -> str:
    name, version, _, _ = run.implementation
    return escape(f"{name} {version}".strip(), _NAME - 1)


def _suite(run: Results) -> str:
    return f"suite {escape(run.suite_name, 40)} for RCKP {escape(run.specification, 20)}"


def _notes(run: Results) -> list[str]:
    outcomes = run.outcomes()
    notes = []
    if failed := len(run.bad) - outcomes["unexpected-pass"]:
        notes.append(click.style(f"{failed:,} failed", fg="red"))
    if passed := outcomes["unexpected-pass"]:
        notes.append(click.style(f"{pluralise(passed, 'known failure')} passed", fg="red"))
    if run.stale:
        notes.append(click.style(f"{pluralise(len(run.stale), 'known failure')} gone", fg="red"))
    if known := outcomes["expected-fail"]:
        notes.append(pluralise(known, "known failure"))
    if unsupported := outcomes["unsupported"]:
        notes.append(f"{unsupported:,} unsupported")
    if not run.whole:
        notes.append("not the whole suite")
    return notes
