"""The single-edit table: its tables, its compare, and the command."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from conformance.tests.adapter import one_edit_away
from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES
from conformance.tools.casegen import single_edit as author
from rckp.conformance.single_edit import Table, compare, inputs, read, tables, write
from rckp.format._codec import decode
from rckp.format.record_json import to_json

TABLES = tables(FIXTURES)
SMALLEST = one_edit_away("reader/smallest")
SMALL = next(each for each in TABLES if each.base == "reader/smallest")
OF = [sys.executable, "-m", "rckp.conformance.reference"]

BROKEN = """
import json, sys
from rckp.conformance import reference
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "hello":
        response = reference._HELLO
    elif request["type"] == "bye":
        break
    else:
        response = reference.respond(request)
        if response.get("code") == "invalid-status":
            response = {"type": "error", "id": request["id"], "code": "truncated"}
    print(json.dumps(response), flush=True)
"""


def test_the_tables_are_there() -> None:
    assert [each.base for each in TABLES] == [
        "reader/example",
        "reader/option/seed_payload/present",
        "reader/smallest",
    ]
    for each in TABLES:
        size = len(each.data)
        edits = Counter(one.operation for one, _ in each.inputs())
        assert edits == {
            "substitute": 256 * size,
            "insert": 256 * (size + 1),
            "delete": size,
            "truncate": size,
        }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.base)
def test_the_author_would_still_write_it(table: Table) -> None:
    """Every 7th input here; every one of them is asked by `rckp conformance single-edit`."""
    chosen = list(table.inputs())[::7]
    assert len(chosen) == -(-one_edit_away(table.base) // 7)
    assert [(one.label, told) for one, told in chosen if author.outcome(one.data) != told] == []


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = FIXTURES / "single-edit/reader/smallest.txt"
    text = path.read_text("utf-8")
    [sha] = [line.split()[1] for line in text.splitlines() if line.startswith("sha256")]
    assert write(SMALL.base, sha, SMALL.outcomes) == text
    for old, new in (
        ("substitute 69: 00-03 ok,", "substitute 69: 00-02 ok,"),
        ("delete 0-3:", "delete 0-2:"),
        ("delete 0-3:", "delete 0-4:"),
        ("bad-magic@0(magic)", "bad-magic"),
        (f"sha256 {sha}", f"sha256 {sha[::-1]}"),
    ):
        assert old in text
        wrong = tmp_path / "wrong.txt"
        wrong.write_text(text.replace(old, new), "utf-8")
        with pytest.raises(ValueError, match=r"wrong|no outcome|no range"):
            read(wrong, FIXTURES)


def test_it_is_not_written_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert author.main("reader/smallest") == 1
    assert "stays as it is" in capsys.readouterr().err


def test_the_judge() -> None:
    data = SMALL.data
    right = {"type": "ok", "record": to_json(decode(data))}
    assert compare("ok", data, right).grade == "location"
    other = right | {"record": to_json(decode(data)._replace(random_seed=1))}
    assert compare("ok", data, other).grade == "none"
    assert compare("ok", data, {"type": "error", "code": "bad-magic"}).grade == "none"
    assert compare("ok", data, {"type": "ok"}).grade == "none"
    cut = data[:30]
    error = {"code": "truncated", "field": "algorithm_parameters", "offset": "28"}
    outcome = "truncated@28(algorithm_parameters length)"
    assert compare(outcome, cut, right).grade == "none"
    assert compare(outcome, cut, {"type": "error"}).grade == "verdict"
    assert compare(outcome, cut, {"type": "error"} | error).grade == "code"
    all_of_it = error | {"wanted": "4", "available": "2"}
    assert compare(outcome, cut, {"type": "error"} | all_of_it).grade == "location"
    lying = data[:12] + b"\xff\0\0\0" + data[16:]
    content = {"code": "truncated", "field": "run_id", "offset": "16", "wanted": "255"}
    response = {"type": "error", **content, "available": str(len(data) - 16)}
    assert compare("truncated@16(run_id content)", lying, response).grade == "location"


def test_inputs_are_one_edit_away() -> None:
    assert [each.data for each in inputs(b"")] == [bytes([byte]) for byte in range(256)]
    labels = [each.label for each in inputs(b"ab")]
    assert len(labels) == 256 * 5 + 4
    assert labels[-4:] == ["delete 0", "delete 1", "truncate 0", "truncate 1"]


def test_the_command() -> None:
    done = rckp(
        "conformance",
        "single-edit",
        "--grade",
        "location",
        "--base",
        "reader/smallest",
        "--",
        *OF,
    )
    assert (done.status, done.text) == (
        0,
        f"reader/smallest: {SMALLEST:,} inputs; agreement: {SMALLEST:,} location\n",
    )


def test_a_difference_is_told_and_may_be_known(tmp_path: Path) -> None:
    broken = [sys.executable, "-c", BROKEN]
    command = ["conformance", "single-edit", "--base", "reader/smallest", "--grade", "code"]
    known = tmp_path / "known.json"
    known.write_text('{"invalid-status, answered bad-magic": "a reason"}', "utf-8")
    done = rckp(*command, "--known-failures", known, "--", *broken)
    assert done.status == 1
    assert "invalid-status, answered truncated: " in done.text
    assert "the first substitute 69 04" in done.text
    assert "did not occur: invalid-status, answered bad-magic" in done.text
    known.write_text('{"invalid-status, answered truncated": "a reason"}', "utf-8")
    done = rckp(*command, "--known-failures", known, "--", *broken)
    assert (done.status, "(known: a reason)" in done.text) == (0, True)


FRAGILE = """
import json, os, sys
from rckp.conformance import reference
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "bye":
        break
    if request["type"] == "hello":
        response = reference._HELLO
    elif {condition}:
        os._exit(3)
    else:
        response = reference.respond(request)
    print(json.dumps(response), flush=True)
"""


def test_an_adapter_that_crashes_is_started_again(tmp_path: Path) -> None:
    cut = 'request["id"].endswith(("#truncate 7", "#truncate 9"))'
    fragile = [sys.executable, "-c", FRAGILE.replace("{condition}", cut)]
    command = ["conformance", "single-edit", "--base", "reader/smallest", "--grade", "location"]
    file = tmp_path / "results.json"
    done = rckp(*command, "--results", file, "--", *fragile)
    assert (done.status, done.err) == (1, "")
    assert done.text == (
        f"reader/smallest: {SMALLEST:,} inputs; agreement: {SMALLEST - 2:,} location, 2 none\n"
        "  truncated, answered crash: 2, the first truncate 7\n"
    )
    found = json.loads(file.read_text("utf-8"))
    assert (found["type"], found["language"], found["grade"]) == (
        "single-edit",
        "Python",
        "location",
    )
    assert found["tables"] == [
        {
            "base": "reader/smallest",
            "asked": SMALLEST,
            "agreement": {"location": SMALLEST - 2, "none": 2},
            "differences": {"truncated, answered crash": {"number": 2, "first": "truncate 7"}},
        }
    ]


def test_an_adapter_that_always_crashes_is_given_up() -> None:
    fragile = [sys.executable, "-c", FRAGILE.replace("{condition}", "True")]
    done = rckp("conformance", "single-edit", "--", *fragile)
    assert (done.status, done.out) == (2, b"")
    assert done.err.startswith(
        "Error: The adapter crashed or timed out 10 times in a row, the last"
    )


def test_what_cannot_be_asked() -> None:
    done = rckp("conformance", "single-edit", "--base", "no/such", "--", *OF)
    assert (done.status, "no table" in done.err) == (2, True)
    done = rckp("conformance", "single-edit", "--", sys.executable, "-c", "pass")
    assert (done.status, "hello" in done.err) == (2, True)
