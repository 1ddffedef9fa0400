"""Compact results: no lines for passes, restored from the same suite, refused with another."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.command import Result as CommandResult
from conformance.tests.command import rckp
from conformance.tests.corpus import checks
from rckp.conformance.compact_results import implied_pass
from rckp.conformance.hello import Hello
from rckp.conformance.results import Results
from rckp.conformance.results_file import dump, load
from rckp.conformance.suite import Suite

SUITE = Suite.locate()
CHECKS = [each for each in checks() if each.class_ == "identity"]
IDENTITY_ADAPTER = """
import json, sys
from rckp.conformance.reference import respond
hello = {"type": "hello", "name": "x", "version": "1", "language": "y", "classes": ["identity"]}
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "bye":
        break
    response = hello if request["type"] == "hello" else respond(request)
    if request.get("id") in sys.argv[1:]:
        response = {"type": "error", "id": request["id"], "code": "wrong"}
    print(json.dumps(response), flush=True)
"""


def results() -> Results:
    """A whole run of a class: a failure, a pass at a lower grade, and else plain passes."""
    rows = [implied_pass(check) for check in CHECKS]
    rows[3] = rows[3]._replace(outcome="fail", grade="none", differences=["an error"])
    rows[5] = rows[5]._replace(grade="verdict", differences=["code: expected a, got b"])
    hello = Hello("some", "1", "C", ("identity",))
    return Results(hello, SUITE.sha256, "verdict", True, rows, {"gone/case": "a reason"})


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in dump(results(), compact=True).splitlines()]


def seal(every: list[dict[str, Any]]) -> str:
    """The lines as a file, with the number and digest of its lines put right."""
    text = "".join(json.dumps(each) + "\n" for each in every[:-1])
    sealed = {"lines": len(every) - 1, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return text + json.dumps(every[-1] | sealed) + "\n"


def test_a_compact_file_has_lines_for_exceptions_only(tmp_path: Path) -> None:
    run = results()
    file = tmp_path / "r.jsonl"
    file.write_text(dump(run, compact=True))
    listed = [each["id"] for each in rows() if each["type"] == "result"]
    assert listed == [CHECKS[3].id, CHECKS[5].id]
    assert load(file) == run
    assert rows()[-1]["results"] == len(CHECKS)


def test_reports_of_both_forms_are_equal(tmp_path: Path) -> None:
    outputs = []
    for name, compact in (("full", False), ("compact", True)):
        directory = tmp_path / name
        directory.mkdir()
        (directory / "r.jsonl").write_text(dump(results(), compact=compact))
        options = [
            word
            for option in ("html", "badge", "junit", "claim")
            for word in (f"--{option}", directory / option)
        ]
        done = rckp("conformance", "report", directory / "r.jsonl", *options)
        assert done.status == 0
        written = [each.read_bytes() for each in sorted(directory.glob("[!r]*"))]
        assert len(written) == 4
        outputs.append((done.text, written))
    assert outputs[0] == outputs[1]


def test_a_compact_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    whole = dump(results(), compact=True)
    file = tmp_path / "r.jsonl"
    for end in range(len(whole)):
        file.write_text(whole[:end])
        with pytest.raises(ValueError, match=r"^line \d+: "):
            load(file)
    lines = whole.splitlines(keepends=True)
    for at in range(len(lines)):
        file.write_text("".join(lines[:at] + lines[at + 1 :]))
        with pytest.raises(ValueError, match=r"^line \d+: "):
            load(file)


def without_the_failure(every: list[dict[str, Any]]) -> None:
    del every[1]


def of_some_checks(every: list[dict[str, Any]]) -> None:
    every[0]["whole"] = False


def of_more_classes(every: list[dict[str, Any]]) -> None:
    every[0]["classes"] = ["identity", "selection"]


def not_compact(every: list[dict[str, Any]]) -> None:
    every[0]["compact"] = False


def without_results(every: list[dict[str, Any]]) -> None:
    del every[-1]["results"]


def without_digest(every: list[dict[str, Any]]) -> None:
    del every[-1]["results_sha256"]


def with_another_id(every: list[dict[str, Any]]) -> None:
    every[1]["id"] = "identity/of/nowhere"


def with_another_level(every: list[dict[str, Any]]) -> None:
    every[1]["level"] = {"must": "should", "should": "must", "may": "must"}[every[1]["level"]]


NOT_THE_END = "the number or the digest of all results is not that of the end"
WRONG: list[tuple[Callable[[list[dict[str, Any]]], None], str]] = [
    (without_the_failure, NOT_THE_END),
    (of_more_classes, NOT_THE_END),
    (without_results, NOT_THE_END),
    (without_digest, NOT_THE_END),
    (of_some_checks, "a compact file must have the results of all checks"),
    (not_compact, "the end is that of a compact file"),
    (with_another_id, "a result is listed of a check that the suite does not have so"),
    (with_another_level, "a result is listed of a check that the suite does not have so"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG, ids=[each.__name__ for each, _ in WRONG])
def test_a_sealed_file_that_does_not_fit_the_suite_is_refused(
    change: Callable[[list[dict[str, Any]]], None], sentence: str, tmp_path: Path
) -> None:
    every = rows()
    (tmp_path / "right.jsonl").write_text(seal(every))
    assert load(tmp_path / "right.jsonl") == results()
    change(every)
    (tmp_path / "wrong.jsonl").write_text(seal(every))
    with pytest.raises(ValueError, match=rf"^line \d+: {sentence}$"):
        load(tmp_path / "wrong.jsonl")


def test_results_of_another_suite_need_that_suite(tmp_path: Path) -> None:
    directory = tmp_path / "suite"
    assert rckp("conformance", "export", directory).status == 0
    manifest = directory / "fixtures/manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b"\n")
    digest = Suite.locate(directory).sha256
    file = tmp_path / "r.jsonl"
    file.write_text(dump(results()._replace(suite_sha256=digest, suite=""), compact=True))
    done = rckp("conformance", "report", file)
    assert (done.status, done.out) == (2, b"")
    assert (
        f"digest {digest[:12]}, not {SUITE.sha256[:12]}: run the suite again, or name" in done.err
    )
    assert done.err.count("\n") == 1
    done = rckp("conformance", "report", file, "--suite", directory)
    assert done.status == 0
    assert f"suite with the digest {digest[:12]}" in done.text
    assert f"{len(CHECKS):,} checks at grade verdict: 1 failed" in done.text


def run(directory: Path, *options: str | Path, wrong: str = "") -> CommandResult:
    program = directory / "identity_adapter.py"
    program.write_text(IDENTITY_ADAPTER)
    words = ["conformance", "run", *options, "--", sys.executable, str(program), wrong]
    return rckp(*words)


def test_a_run_writes_compact_results(tmp_path: Path) -> None:
    full, compact = tmp_path / "full.jsonl", tmp_path / "compact.jsonl"
    wrong = CHECKS[0].id
    first = run(tmp_path, "--results", full, wrong=wrong)
    second = run(tmp_path, "--results", compact, "--compact", wrong=wrong)
    assert first.status == second.status == 1
    assert first.text == second.text
    assert load(compact) == load(full)
    assert compact.read_text().count("\n") == 3
    assert full.read_text().count("\n") == len(CHECKS) + 2


@pytest.mark.parametrize(
    "options", [(), ("--results", "r", "--id", "*"), ("--results", "r", "--class", "identity")]
)
def test_compact_results_need_a_whole_run(options: tuple[str, ...], tmp_path: Path) -> None:
    given = [tmp_path / word if word == "r" else word for word in options]
    done = run(tmp_path, "--compact", *given)
    assert (done.status, done.out) == (2, b"")
    assert "--compact needs --results and a run of all cases." in done.err
    assert not (tmp_path / "r").exists()
