"""Failures by requirement at the end of a run, and the table of several results."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from conformance.tests.attack.test_results_files import ATTACK, results
from conformance.tests.command import CONTROL, rckp
from conformance.tests.corpus import ROOT
from rckp.cli.conformance_table import comparison, failures_by_requirement
from rckp.conformance.results_file import dump, load

RESULTS = ROOT / "conformance/implementations/results"
FILES = sorted(RESULTS.glob("*.jsonl"))
MINIMAL = [sys.executable, str(ROOT / "docs/examples/minimal_adapter.py")]


def test_a_run_ends_with_the_failures_by_requirement() -> None:
    result = rckp("conformance", "run", "--grade", "code", "--id", "reader/magic/*", "--", *MINIMAL)
    assert result.status == 1
    lines = result.text.splitlines()
    assert lines[-1] == "13 checks at grade code: 13 failed."
    start = lines.index("Failures by requirement:")
    found = [line.split(maxsplit=4) for line in lines[start + 1 : -1]]
    assert found[0] == ["DEC-10", "13", "of", "13", "Error details"]
    assert ["DEC-3", "13", "of", "13", "Wrong magic number"] in found
    assert [int(each[1]) for each in found] == sorted((int(e[1]) for e in found), reverse=True)
    assert all(len(line) <= 80 for line in lines)


def test_a_run_without_failures_has_no_such_list() -> None:
    result = rckp("conformance", "run", "--id", "reader/magic/*", "--", *MINIMAL)
    assert result.status == 0
    assert "Failures by requirement" not in result.text


def test_requirements_are_ranked_and_counted() -> None:
    run = results(outcome="fail")
    first, second = run.results
    rows = [
        first._replace(requirements=["DEC-1", "DEC-2", "DEC-1"]),
        second._replace(requirements=["DEC-2"]),
        first._replace(requirements=[]),
        first._replace(requirements=["DEC-2"], outcome="pass"),
    ]
    lines = list(failures_by_requirement(run._replace(results=rows), {"DEC-2": "A title"}))
    assert [click.unstyle(line).split() for line in lines[1:]] == [
        ["DEC-2", "2", "of", "3", "A", "title"],
        ["(none)", "1", "of", "1"],
        ["DEC-1", "1", "of", "1"],
    ]
    many = [first._replace(requirements=[f"X-{number}"]) for number in range(40)]
    lines = list(failures_by_requirement(run._replace(results=many), {}))
    assert len(lines) == 27
    assert lines[-1].strip() == "… and 15 more requirements"


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_of_several_results(columns: str) -> None:
    result = rckp("conformance", "report", *FILES, environment={"COLUMNS": columns})
    assert result.status == 0
    lines = result.text.splitlines()
    assert all(len(line) <= int(columns) for line in lines)
    assert lines[0].split()[0] == "implementation"
    assert ("language" in lines[0]) is (columns == "120")
    rows = lines[2 : 2 + len(FILES)]
    assert [line.split()[0] for line in rows] == [load(path).implementation.name for path in FILES]
    ends = {line.index("/443") for line in rows}
    assert len(ends) == 1  # columns are aligned
    assert "suite 1.0.0 for RCKP 1.0" in lines
    assert any(line.startswith("roma_lib 0.1.2: ") and "known failures" in line for line in lines)


def test_one_result_is_shown_by_class() -> None:
    assert "  reader       443 of 443" in rckp("conformance", "report", FILES[0]).text


def test_what_results_say_is_escaped(tmp_path: Path) -> None:
    paths = []
    for number, outcome in enumerate(("fail", "unexpected-pass")):
        path = tmp_path / f"{number}.jsonl"
        path.write_text(dump(results(ATTACK, outcome)), "utf-8")
        paths.append(path)
    shown = rckp("conformance", "report", *paths)
    assert not CONTROL.search(shown.text)
    assert "2 failed" in shown.text
    assert "2 known failures passed" in shown.text


def test_different_suites_are_named() -> None:
    lines = list(comparison([results(suite="1.0.0"), results(suite="1.1.0")], 80))
    assert sum("suite 1.0.0" in line for line in lines) == 1
    assert sum("suite 1.1.0" in line for line in lines) == 1
