"""`rckp conformance run --one-shot`: a program that is started for each case."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.tests.corpus import corpus
from conformance.tests.suite.conformance_run import run
from rckp.conformance.results_file import load


def test_one_shot() -> None:
    program = [sys.executable, "-c", "from rckp.cli import main; main()"]
    options = ("--one-shot", "--id", "reader/flag/*", "--id", "reader/example")
    done = run(*options, adapter=[*program, "decode", "{}"])
    assert done.status == 0, done.text
    # It says what is wrong only to people: the verdict is all that agrees.
    assert run(*options, "--grade", "code", adapter=[*program, "decode", "{}"]).status == 1
    done = run(*options, adapter=[*program, "decode"])
    assert done.status == 2
    assert "COMMAND must contain {}" in done.err
    done = run("--one-shot", adapter=[sys.executable, "-c", "print('hello')", "{}"])
    assert done.status == 2
    assert "The adapter fails every smoke case" in done.err
    assert "ended with status 0 and printed no JSON object" in done.err


ONE_SHOT = """
import json, sys, rckp, os
from rckp.format.record_json import to_json
data = open(sys.argv[1], "rb").read()
if len(data) == 3:
    os.abort()
try:
    print(json.dumps({**to_json(rckp.decode(data)), "random_seed": rckp.decode(data).random_seed}))
except rckp.DecodeError as e:
    print(json.dumps({"error": vars(e)}))
    sys.exit(1)
"""


def test_one_shot_at_grade_location(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(ONE_SHOT)
    options = ("--one-shot", "--grade", "location", "--results", tmp_path / "r.jsonl")
    ids = ("--id", "reader/example", "--id", "reader/truncated/magic/*")
    adapter = [sys.executable, str(tmp_path / "one.py"), "{}"]
    assert run(*options, *ids, adapter=adapter).status == 1
    outcomes = {each.id: each.outcome for each in load(tmp_path / "r.jsonl").results}
    assert set(outcomes.values()) == {"pass", "crash"}
    assert [corpus()[id_].data for id_ in outcomes if outcomes[id_] == "crash"] == [b"RCK"]
