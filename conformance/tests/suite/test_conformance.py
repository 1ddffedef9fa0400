"""`rckp conformance`: the reference passes, reports come out whole, and the same each time."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import ROOT, corpus, listed
from conformance.tests.suite.conformance_run import CHECKS, MISBEHAVING, REFERENCE, run
from rckp.conformance import runner
from rckp.conformance.adapter import Adapter
from rckp.conformance.checks import CLASSES
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite


def test_a_run_gives_the_same_each_time(tmp_path: Path) -> None:
    def once(name: str) -> tuple[bytes, bytes]:
        file = tmp_path / name
        done = run(
            *("--results", file, "--id", "store/*", "--id", "reader/flag/*"),
            adapter=[*MISBEHAVING, "dying_at", "-ff"],
        )
        assert done.status == 1
        return done.out, file.read_bytes()

    assert once("a") == once("b")


def test_a_failure_is_told_with_everything() -> None:
    done = run("--id", "reader/utf8/lead-f5", adapter=[*MISBEHAVING, "malformed"])
    assert done.status == 1
    case = corpus()["reader/utf8/lead-f5"]
    offset = int(case.expect["error"]["offset"])
    for part in (
        "reader/utf8/lead-f5 fail (reader, decode, must)",
        "expected the error invalid-utf8, got a record",
        "65[f5]80",  # the bytes
        f"{offset:08x} ^ invalid-utf8",
        "DEC-4: invalid-utf8: when a content part is complete but not well-formed",
        "1 check at grade verdict: 1 failed.",
    ):
        assert part in done.text
    assert len(done.text.splitlines()) < 40


def test_many_failures_are_told_in_short() -> None:
    done = run(
        "--id", "reader/[m-u]*", "--grade", "code", adapter=[*MISBEHAVING, "grade", "verdict"]
    )
    failed = [line for line in done.text.splitlines() if " fail: " in line]
    chosen = [check for check in CHECKS if fnmatchcase(check.id, "reader/[m-u]*")]
    number = sum("error" in check.expected() for check in chosen)
    assert f" {number:,} failed" in done.text
    assert 0 < len(failed) <= number
    assert done.text.count("\n") < len(failed) + 160


SELECTIONS: list[tuple[list[str], Any]] = [
    (["--id", "reader/example"], lambda c: c.case.id == "reader/example"),
    (["--id", "reader/example:encode"], lambda c: c.id == "reader/example:encode"),
    (["--class", "identity"], lambda c: c.class_ == "identity"),
    (["--level", "should"], lambda c: c.level == "should"),
    (["--requirement", "SEL-10"], lambda c: "SEL-10" in c.requirements),
    (["--tag", "smoke", "--class", "store"], lambda c: "smoke" in c.tags and c.class_ == "store"),
]


@pytest.mark.parametrize(
    ("options", "wanted"), SELECTIONS, ids=[" ".join(options) for options, _ in SELECTIONS]
)
def test_selection(options: list[str], wanted: Any, tmp_path: Path) -> None:
    done = run(*options, "--results", tmp_path / "r.jsonl")
    assert done.status == 0
    found = load(tmp_path / "r.jsonl")
    expected = [check.id for check in CHECKS if wanted(check)]
    assert expected
    assert [each.id for each in found.results] == expected
    assert not found.whole


def test_a_selection_of_nothing_is_an_error() -> None:
    for options in (["--id", "reader/exampel"], ["--requirement", "DEC-99"]):
        done = run(*options)
        assert (done.status, done.text) == (2, "")
        assert done.err.startswith("Error: There is no case for ")
    done = run("--class", "store", adapter=[*MISBEHAVING, "staying"])
    assert done.status == 2
    assert "None of the selected cases is of a class that the adapter claims." in done.err


def test_an_exported_suite_runs(tmp_path: Path) -> None:
    directory = tmp_path / "suite"
    done = rckp("conformance", "export", directory)
    assert done.status == 0
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert done.text == f"{len(files):,} files written to {directory}\n"
    assert (directory / "protocol.md").read_bytes() == (ROOT / "docs/protocol.md").read_bytes()
    assert "fixtures/cases" in (directory / "README.md").read_text()
    options = ("--suite", directory, "--id", "*/example*", "--id", "store/files/*")
    done = run(*options)
    assert done.status == 0
    here = ("run", "--suite", ".", *options[2:], "--", *REFERENCE)
    assert rckp("conformance", *here, cwd=directory).text == done.text
    refused = rckp("conformance", "export", directory)
    wanted = f"error: {directory}: cannot be written: it exists, and is not an empty directory\n"
    assert (refused.status, refused.err) == (2, wanted)
    changed = directory / "fixtures/cases/reader/example.ckpt"
    changed.write_bytes(changed.read_bytes() + b"!")
    done = run(*options)
    assert (done.status, done.text) == (2, "")
    assert "the suite has been changed: cases/reader/example.ckpt is not as its" in done.err
    assert run("--suite", tmp_path).status == 2


def test_the_suite_is_found_and_whole() -> None:
    suite = Suite.locate()
    suite.verify()
    assert {check.case.id for check in CHECKS} == listed()
    assert [check.id for check in suite.checks()] == [check.id for check in CHECKS]
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    # What encodes shows nothing about decoding, nor the other way round.
    for class_, foreign in (("reader", "ENC-"), ("writer", "DEC-")):
        own = [check.requirements for check in CHECKS if check.class_ == class_]
        assert all(own)
        assert not [each for bound in own for each in bound if each.startswith(foreign)]
    smoke = {check.class_ for check in CHECKS if "smoke" in check.tags}
    assert smoke == set(CLASSES)
    for class_ in CLASSES:
        assert sum(c.class_ == class_ and "smoke" in c.tags for c in CHECKS) >= 2


def test_a_person_sees_progress_and_a_pipe_does_not() -> None:
    screen, terminal = pty.openpty()
    program = [sys.executable, "-c", "from rckp.cli import main; main()"]
    options = ["conformance", "run", "--id", "reader/utf8/*", "--"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [*program, *options, *REFERENCE],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment,
    ) as process:
        os.close(terminal)
        shown = b""
        while piece := _read(screen):
            shown += piece
        printed = process.communicate()[0]
    os.close(screen)
    assert process.returncode == 0
    assert b"running" in shown
    assert b"running" not in printed
    assert run("--id", "reader/utf8/*").err == ""


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # how a terminal ends on Linux
        return b""


def test_a_case_with_files_of_other_users_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    [check] = [each for each in CHECKS if each.case.id == "store/write/owner/640"]
    monkeypatch.setattr(runner, "_is_root", lambda: False)
    with runner.SuiteRunner(lambda: Adapter(REFERENCE), "location", {}) as run:
        [result] = run.results([check])
    assert (result.outcome, result.grade) == ("unsupported", "none")
    assert "as root" in result.differences[0]
