"""Adapters that break, crash, hang or waste, and what `rckp conformance run` makes of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conformance.tests.command import Result, rckp
from conformance.tests.corpus import corpus
from rckp.conformance.results import Results
from rckp.conformance.results_file import load
from rckp.conformance.session import GIVE_UP_AFTER

MISBEHAVING = Path(__file__).with_name("misbehaving.py")


def run(name: str, *options: str, argument: str = "") -> Result:
    command = [sys.executable, str(MISBEHAVING), name, *([argument] if argument else [])]
    return rckp("conformance", "run", "--timeout", "5", *options, "--", *command)


def results(tmp_path: Path, name: str, *options: str, argument: str = "") -> Results:
    """The results of a run that ends, well or not."""
    file = tmp_path / "results.jsonl"
    done = run(name, "--results", str(file), *options, argument=argument)
    assert done.status in (0, 1), done.err
    found = load(file)
    assert found.results
    assert found.status == done.status
    return found


SENTENCES = {
    "garbage": "The response to hello is not a JSON object: 'Usage: adapter",
    "death": "The adapter ended with exit status 1 before its response to hello; the last line of "
    "its standard error was 'no such shared library'.",
    "deaf": "The adapter closed its standard output before its response to hello.",
    "endless": "The response to hello is longer than 64 KiB; it begins with 'xxx",
    "endless_later": "The response to the case reader/example is longer than 4096 KiB; it begins "
    "with 'xxx",
    "wrong_type": "The response to hello has the type 'ok', not hello.",
    "wrong_hello": "The response to hello claims the class 'decoder'; the classes are reader, ",
    "nameless": "The response to hello has no 'name', which must be a string.",
    "classless": "The response to hello has no 'classes', which must be a non-empty list.",
    "out_of_order": "The response to the case reader/",
    "one_too_many": "The adapter wrote another line before the request for the case reader/",
    "chatty": "The response to the case reader/example is not a JSON object: "
    "'decoding reader/example'.",
    "incomplete": "The response to the case reader/example (decode) is invalid: the member "
    "'record' is missing.",
    "numbers": "The response to the case reader/example (decode) is invalid: the record has a "
    "'random_seed' that is neither a string nor null.",
    "unreasoned": "The response to the case reader/example is unsupported, without a reason",
    "unsupported": "The adapter does not support any of the ",
    "refusing": "The adapter fails every smoke case, reader/example (expected a record, got an "
    "error), reader/full",
    "dying": "The adapter fails every smoke case, reader/example (the adapter was killed by "
    "SIGSEGV)",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_broken_adapter_gets_one_sentence(name: str) -> None:
    done = run(name)
    assert done.status == 2
    assert done.out == b""
    assert done.err.startswith(f"Error: {SENTENCES[name]}")
    assert done.err.count("\n") == 1, done.err


def test_silence() -> None:
    done = rckp(
        "conformance", "run", "--timeout", "0.5", "--", sys.executable, str(MISBEHAVING), "silence"
    )
    assert (done.status, done.out) == (2, b"")
    assert done.err == (
        "Error: The adapter did not respond within 0.5 s before its response to hello. "
        "The adapter must flush its output after each response.\n"
    )


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    done = rckp("conformance", "run", "--", str(tmp_path / "adapter"))
    assert (done.status, done.out) == (2, b"")
    assert done.err.startswith("Error: Cannot start ")
    assert done.err.endswith("adapter: No such file or directory.\n")


def test_the_runner_does_not_keep_what_it_will_not_read() -> None:
    """An endless line is given up at 4 MiB; the command as a whole stays below 256 MiB."""
    code = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    import subprocess

    command = [sys.executable, "-c", "from rckp.cli import main; main()", "conformance", "run"]
    adapter = [sys.executable, str(MISBEHAVING), "endless_later"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--", *adapter],
        capture_output=True,
        text=True,
        check=True,
    )
    assert 20_000 < int(done.stdout) < 256 << 10


def test_one_that_says_another_hello_later() -> None:
    done = run("changing", "--id", "reader/[a-f]*", argument="reader/flag/")
    assert done.status == 2
    assert done.err == (
        "Error: The adapter sent another response to hello when it was started again.\n"
    )


def test_ten_crashes_in_a_row_are_enough() -> None:
    assert GIVE_UP_AFTER == 10
    done = run("dying_at", "--id", "reader/utf8/*", argument="reader/utf8")
    assert done.status == 2
    assert done.err.startswith(
        "Error: The adapter crashed or timed out 10 times in a row, the last "
    )


def test_crashes_that_are_known_are_not_counted(tmp_path: Path) -> None:
    known = {case: "?" for case in corpus() if case.startswith("reader/utf8/")}
    assert len(known) > GIVE_UP_AFTER
    listed = tmp_path / "known.json"
    listed.write_text(json.dumps(known))
    options = ["--known-failures", str(listed), "--id", "reader/utf8/*"]
    found = results(tmp_path, "dying_at", *options, argument="reader/utf8")
    assert {each.outcome for each in found.results} == {"expected-fail"}


def test_a_crash_is_survived(tmp_path: Path) -> None:
    found = results(tmp_path, "dying_at", "--id", "reader/flag/*", argument="-02")
    crashed = [each for each in found.results if each.outcome == "crash"]
    assert crashed
    assert crashed == [each for each in found.results if "-02" in each.id]
    assert {each.outcome for each in found.results} == {"pass", "crash"}
    for each in crashed:
        assert each.differences == ["the adapter was killed by SIGABRT"]
        assert each.stderr == "panic: index out of range\n"


def test_a_hang_is_survived(tmp_path: Path) -> None:
    hanging = "error_message-02"
    found = results(
        tmp_path, "hanging_at", "--id", "reader/flag/*", "--timeout", "1", argument=hanging
    )
    hung = [each.id for each in found.results if each.outcome == "timeout"]
    assert hung == [f"reader/flag/{hanging}"]
    assert all(each.outcome == "pass" for each in found.results if each.id not in hung)
    assert len(found.results) > 4


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is watched on Linux")
@pytest.mark.parametrize(
    ("name", "what"),
    [("greedy", "its address space grew by more than 512 MiB"), ("wasteful", "its resident memo")],
)
def test_a_hostile_case_over_budget(tmp_path: Path, name: str, what: str) -> None:
    found = results(tmp_path, name, "--id", "reader/hostile/run_id/*")
    over = [each for each in found.results if each.outcome == "over-budget"]
    assert len(over) >= 2
    assert all(each.differences[0].startswith(what) for each in over)
    # Whoever asks for little is not suspected.
    assert all(each.outcome == "pass" for each in found.results if each not in over)


def test_megabytes_on_standard_error_do_no_harm(tmp_path: Path) -> None:
    found = results(tmp_path, "endless_errors", "--id", "reader/flag/*")
    assert {each.outcome for each in found.results} == {"pass"}


def test_one_that_does_not_end_is_killed() -> None:
    done = run("staying", "--id", "reader/example")
    assert done.status == 0
    assert done.err == ("Note: it did not end within 2 seconds of bye, and was killed.\n")


@pytest.mark.parametrize("told", ["verdict", "code", "location"])
@pytest.mark.parametrize("wanted", ["verdict", "code", "location"])
def test_grades(tmp_path: Path, told: str, wanted: str) -> None:
    grades = ["verdict", "code", "location"]
    found = results(tmp_path, "grade", "--grade", wanted, "--id", "reader/flag/*", argument=told)
    assert {each.grade for each in found.results} == {told}
    good = grades.index(told) >= grades.index(wanted)
    assert {each.outcome for each in found.results} == {"pass" if good else "fail"}


def test_malformed_text_that_is_handed_on_is_a_failure_and_no_garbage(tmp_path: Path) -> None:
    found = results(tmp_path, "malformed", "--id", "reader/utf8/lead-f*")
    assert {each.outcome for each in found.results} == {"fail"}
    assert "expected the error invalid-utf8, got a record" in found.results[0].differences


def test_paths_begin_with_the_base_as_it_was_given(tmp_path: Path) -> None:
    """Only where the base is a link does it show who resolves it."""
    found = results(tmp_path, "resolving", "--class", "store", "--class", "selection")
    assert {each.id for each in found.results if each.outcome != "pass"} == {
        "store/files/link/base",
        "store/write/base-is-link",
        "store/write/base-below-link",
        "selection/list/base-is-link",
        "selection/select/base-is-link",
    }
    written = next(each for each in found.results if each.id == "store/write/base-is-link")
    assert written.outcome == "fail"
    assert written.differences[0].startswith('path: expected "base/alg-HC-')
    assert 'got "/real/alg-HC-' in written.differences[0]


def test_known_failures_go_stale(tmp_path: Path) -> None:
    listed = tmp_path / "known.json"
    options = ["--known-failures", str(listed), "--id", "reader/flag/*"]

    def known(document: object) -> Results:
        listed.write_text(json.dumps(document))
        return results(tmp_path, "dying_at", *options, argument="error_message-02")

    one = {"reader/flag/error_message-02": "dies of it"}
    good = known(one)
    assert good.status == 0
    assert [each.id for each in good.results if each.outcome == "expected-fail"] == list(one)
    passing = known(one | {"reader/flag/seed_payload-02": "once upon a time"})
    assert [each.id for each in passing.bad] == ["reader/flag/seed_payload-02"]
    assert passing.bad[0].outcome == "unexpected-pass"
    gone = known(one | {"reader/flag/gone": "?", "writer/types/a": "not of its classes"})
    assert list(gone.stale) == ["reader/flag/gone", "writer/types/a"]
    done = run("dying_at", *options, argument="error_message-02")
    assert "reader/flag/gone: a known failure (?), but no check that this" in done.text
    listed.write_text('{"reader/example": 1}')
    assert run("dying_at", *options, argument="x").status == 2
