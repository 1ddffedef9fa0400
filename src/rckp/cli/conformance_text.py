"""What `rckp conformance` prints for people: little when all is well, else all there is."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click

from rckp.cli.common_options import terminal_columns
from rckp.cli.conformance_table import failures_by_requirement
from rckp.cli.hexview import WIDTH, rows
from rckp.conformance.checks import GRADES, Check
from rckp.conformance.results import BAD, Result, Results, common_grade
from rckp.conformance.single_edit import TableResult
from rckp.conformance.suite import Suite
from rckp.display import escape, pluralise
from rckp.format.scan import ByteReader
from rckp.validation.inspect import Inspection, inspect

_IN_FULL = 5  # failures that are described in full
_IN_SHORT = 200  # further ones, a line each
_MAX_REQUIREMENT = 400  # characters
_ROWS = 8  # of bytes, where a value is wrong
_ROWS_BEFORE = 2  # of bytes, before an error


def summary(
    run: Results, titles: Mapping[str, str] | None = None, drafts: Sequence[Check] = ()
) -> Iterator[str]:
    """A line for the implementation, one for each class, and one for the whole.

    With the titles of the requirements, the failures by requirement are before the last line.
    `drafts` are the checks of the draft layout, if the implementation does not claim their class.
    """
    name, version, language, _ = run.implementation
    title = click.style(escape(f"{name} {version}".strip(), 60), bold=True)
    yield (
        f"{title} ({escape(language or 'unknown language', 30)}), "
        f"suite {escape(run.suite_name, 40)} for RCKP {escape(run.specification, 20)}"
    )
    for class_, results in run.classes().items():
        passed = sum(each.outcome == "pass" for each in results)
        notes = [
            f"{sum(each.outcome == outcome for each in results)} {outcome}"
            for outcome in (*BAD, "expected-fail", "unsupported")
            if any(each.outcome == outcome for each in results)
        ]
        grade = common_grade(results)
        notes.insert(0, "" if grade == "none" else f"grade {grade}")
        if GRADES.index("none") < GRADES.index(grade) < GRADES.index("location"):
            better = sum(each.grade == "location" for each in results)
            notes[0] += f" (location in {better})"
        joined = ", ".join(note for note in notes if note)
        yield f"  {class_:10} {f'{passed} of {len(results)}':>12}  {joined}"
    for class_, number in Counter(each.class_ for each in drafts).items():
        cases = pluralise(number, "case")
        yield f"  {class_:10} {'not claimed':>10}  {cases} of the draft layout"
    if titles is not None:
        yield from failures_by_requirement(run, titles)
    yield _verdict(run)


def _verdict(run: Results) -> str:
    checks = pluralise(len(run.results), "check")
    if not run.status:
        expected, unsupported = (run.outcomes()[each] for each in ("expected-fail", "unsupported"))
        known = f", {pluralise(expected, 'known failure')} among them" if expected else ""
        verdict = (
            f"nothing failed, {unsupported:,} unsupported" if unsupported else "all as expected"
        )
        return click.style(f"{checks} at grade {run.required_grade}, {verdict}{known}.", fg="green")
    parts = []
    if failed := sum(each.outcome != "unexpected-pass" for each in run.bad):
        parts.append(f"{failed} failed")
    if surprising := len(run.bad) - failed:
        parts.append(f"{pluralise(surprising, 'known failure')} passed")
    if run.stale:
        ids = len(run.stale)
        parts.append(
            f"{pluralise(ids, 'known failure')} {'is' if ids == 1 else 'are'} no check here"
        )
    return click.style(f"{checks} at grade {run.required_grade}: {', '.join(parts)}.", fg="red")


def details(run: Results, suite: Suite) -> Iterator[str]:
    """Everything on the first failures, less on the others, and the stale known failures."""
    every = (*suite.checks(), *suite.draft_checks()) if run.bad else ()
    checks = {check.id: check for check in every}
    requirements = suite.requirement_texts() if run.bad else {}
    explained: set[str] = set()
    for result in run.bad[:_IN_FULL]:
        yield from _failure(result, checks.get(result.id), requirements, explained)
        yield ""
    rest = run.bad[_IN_FULL:]
    columns = terminal_columns(0)
    for result in rest[:_IN_SHORT]:
        head = _head(result)
        room = max(20, columns - len(click.unstyle(head)) - 4)
        yield f"{head}: {escape(_short(result), room)}"
    if len(rest) > _IN_SHORT:
        yield f"… and {len(rest) - _IN_SHORT} more"
    if rest:
        yield f"Everything on one of them: rckp conformance run --id {escape(rest[0].id, 200)} -- …"
        yield ""
    for id_, reason in run.stale.items():
        yield (
            f"{escape(id_)}: a known failure ({escape(reason, 60)}), but no check that this "
            "implementation is asked: take it off the list"
        )
    if run.stale:
        yield ""


def _head(result: Result) -> str:
    outcome = click.style(result.outcome, fg="red")
    return f"{click.style(escape(result.id, 200), bold=True)} {outcome}"


def _short(result: Result) -> str:
    if result.outcome == "unexpected-pass":
        return f"passes; take it off the known failures ({escape(result.reason, 80)})"
    return escape("; ".join(result.differences), 160)


def _failure(
    result: Result, check: Check | None, requirements: dict[str, str], explained: set[str]
) -> Iterator[str]:
    yield f"{_head(result)} ({result.class_}, {result.op}, {result.level})"
    if result.outcome == "unexpected-pass":
        yield f"  {_short(result)}"
        return
    if check is not None:
        yield _paragraph(check.case.document["why"])
    for difference in result.differences:
        yield click.formatting.wrap_text(escape(difference, 400), 79, "  - ", "    ")
    for line in result.stderr.splitlines()[-5:]:
        yield f"  | {escape(line, 74)}"
    if check is not None:
        for row in _bytes(check, result):
            yield f"  {row}"
    new = [each for each in result.requirements if each in requirements and each not in explained]
    explained.update(new)
    for requirement in new:
        text = requirements[requirement]
        cut = text if len(text) <= _MAX_REQUIREMENT else text[:_MAX_REQUIREMENT].rstrip() + " …"
        yield _paragraph(f"{requirement}: {cut}")
    old = [each for each in result.requirements if each not in new]
    if old:
        yield _paragraph(f"{', '.join(old)}: see above")


def _paragraph(text: str) -> str:
    return click.formatting.wrap_text(escape(" ".join(text.split())), 79, "  ", "    ")


def _bytes(check: Check, result: Result) -> Iterator[str]:
    """Return the relevant bytes: around the error, or of the fields with differences."""
    if check.case.op != "decode":
        return
    data = check.case.data
    inspection = inspect(ByteReader.from_bytes(data))
    if inspection.error is None:
        wrong = {each.partition(":")[0].removeprefix("record.") for each in result.differences}
        fields = tuple(each for each in inspection.fields if each.field.name in wrong)
        inspection = Inspection(fields, None)
    lines = list(
        rows(io.BytesIO(data), inspection, whole=False, around_error=inspection.error is not None)
    )
    if inspection.error is None:
        yield from lines[:_ROWS]
        return
    *lines, pointer = lines
    marked = len(lines) - 1
    for at, line in enumerate(lines):
        if "[" in click.unstyle(line)[: len("00000000 ") + 3 * WIDTH]:
            marked = at
    yield from lines[max(0, marked - _ROWS_BEFORE) : marked + 2]
    yield pointer


def single_edit_text(tally: TableResult, known: Mapping[str, str]) -> Iterator[str]:
    """The result of the single-edit table of one file."""
    grades = ", ".join(f"{tally.grades[g]:,} {g}" for g in GRADES[::-1] if tally.grades[g])
    yield f"{tally.base}: {tally.inputs:,} inputs; agreement: {grades}"
    for kind, number in sorted(tally.kinds.items()):
        note = f" (known: {escape(known[kind], 120)})" if kind in known else ""
        yield f"  {escape(kind, 120)}: {number:,}, the first {tally.first[kind]}{note}"
