"""`rckp validate` for people with many files: groups, filters, and lists of files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.attack.test_json_output import loaded
from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES
from rckp.cli.finding_filter import FINDING_CODES
from rckp.cli.report_brief import SummaryReporter
from rckp.cli.report_groups import Groups
from rckp.validation.validate import Finding, Report, finding

REAL = FIXTURES / "files/real"
READER = FIXTURES / "cases/reader"
GOOD = READER / "full.ckpt"
CUT = READER / "truncated/step_state_payload/content-some.ckpt"
ODD = READER / "meaning/hashes-lie.ckpt"


def many(tmp_path: Path) -> Path:
    """Empty files in directories, a foreign file, and two copies of a good one."""
    for directory, number in (("a/b", 9), ("a/c", 2), ("a", 1)):
        (tmp_path / directory).mkdir(parents=True, exist_ok=True)
        for each in range(number):
            (tmp_path / directory / f"{each}.ckpt").touch()
    (tmp_path / "a/c/x.ckpt").write_bytes(b"PK\x03\x04")
    for name in ("one.ckpt", "two.ckpt"):
        (tmp_path / "a" / name).write_bytes(GOOD.read_bytes())
    return tmp_path


def test_many_files_are_grouped(tmp_path: Path) -> None:
    result = rckp("validate", many(tmp_path))
    assert result.status == 1
    lines = result.text.splitlines()
    assert lines[0] == "15 files: 2 valid, 13 invalid, 1 with warnings"
    assert lines[1] == f"The paths below start with {tmp_path}/a/"
    [truncated] = [n for n, line in enumerate(lines) if line == "truncated: 12 files"]
    [foreign] = [n for n, line in enumerate(lines) if line == "bad-magic: 1 file"]
    assert "same-run-twice (warning): 1 file" in lines
    assert truncated < foreign
    assert "      9  b/" in lines
    assert "         … and 6 more" in lines
    assert "         c/x.ckpt  byte 0, magic" in lines
    assert lines[-1].startswith("`rckp validate --format concise` lists every file")
    assert all(len(line) <= 80 for line in lines[3:])
    # With a list of names, as a shell makes of *.ckpt, it is the same.
    names = [path for path in sorted(tmp_path.rglob("*.ckpt")) if not path.stat().st_size]
    assert "truncated: 12 files" in rckp("validate", *names).text


def test_a_few_files_and_verbose_are_shown_one_by_one(tmp_path: Path) -> None:
    few = rckp("validate", many(tmp_path) / "a/c")
    assert few.text.count(": invalid\n") == 3
    assert few.text.splitlines()[-1] == "3 files: 0 valid, 3 invalid"
    every = rckp("validate", "-v", tmp_path)
    assert every.text.count(": invalid\n") == 13
    assert every.text.count(": valid\n") == 1
    order = rckp("validate", CUT, GOOD, CUT).text
    assert order.count(": invalid\n") == 2
    assert order.index(f"{CUT}: invalid") < order.index(f"{GOOD}: valid")


def test_the_groups_use_bounded_memory() -> None:
    groups = Groups()
    found = finding("truncated", "magic", 0, 0, {"wanted": 4, "available": 0})
    for number in range(30_000):
        groups.add(Report(f"/base/{number}/x.ckpt", False, (found, found)))
    [group] = groups._groups.values()
    assert group.number == 30_000
    assert len(group.directories) == 10_000
    assert group.other_files == 20_000
    for number in range(1000):
        groups.add(Report(f"/base/0/{number}.ckpt", False, (found,)))
    assert group.directories["/base/0"].number == 1001
    assert len(group.directories["/base/0"].first) <= 4


def test_the_summary_does_not_depend_on_the_hashes_of_strings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    codes = [(code, severity) for code in FINDING_CODES for severity in ("error", "warning")]
    printed = set()
    for order in (codes, codes[::-1]):
        reporter = SummaryReporter(verbose=False)
        for code, severity in order:
            found = Finding(code, severity, None, None, None, "", "", "")
            reporter.file(Report("a", severity != "error", (found,)), named=True)
        reporter.interrupt()
        printed.add(capsys.readouterr().out)
    assert len(printed) == 1


def test_summary_and_quiet(tmp_path: Path) -> None:
    many(tmp_path)
    summary = rckp("validate", "--summary", tmp_path, ODD)
    assert summary.status == 1
    first, second, *others = summary.text.splitlines()
    assert first == "16 files: 3 valid, 13 invalid, 2 with warnings"
    assert second == "       12  truncated"
    assert others == [  # of the same number, in the order of the alphabet
        "        1  bad-magic",
        "        1  hash-mismatch  (warning)",
        "        1  same-run-twice  (warning)",
    ]
    quiet = rckp("validate", "--quiet", tmp_path, "nowhere")
    assert (quiet.status, quiet.out) == (2, b"")
    assert quiet.err == "nowhere: does not exist [missing]\n"
    assert rckp("validate", "-q", GOOD) == (0, b"", "")
    assert rckp("validate", "-q", CUT) == (1, b"", "")
    for words in (["-q", "-v"], ["-q", "--summary"], ["-q", "--format", "json"]):
        assert rckp("validate", *words, GOOD).status == 2


def test_select_and_ignore() -> None:
    ignored = rckp("validate", "--format", "json", "--ignore", "truncated", REAL)
    document = loaded("validate", ignored.out)
    assert ignored.status == 0
    assert (document["summary"]["total"], document["summary"]["ignored"]) == (37, 31)
    assert len(document["files"]) == 37
    text = rckp("validate", "--ignore", "truncated", REAL).text
    assert "37 valid" in text
    assert "31 ignored" in text
    # A warning goes, the file stays.
    odd = json.loads(rckp("validate", "--format", "json", "--ignore", "hash-mismatch", ODD).out)
    assert odd["files"][0] | {"path": ""} == {"path": "", "valid": True, "findings": []}
    assert rckp("validate", "--strict", ODD).status == 1
    assert rckp("validate", "--strict", "--ignore", "hash-mismatch", ODD).status == 0
    assert rckp("validate", "--select", "bad-magic", CUT).status == 0
    assert rckp("validate", "--select", "bad-magic,truncated", CUT).status == 1
    assert rckp("validate", "--select", "truncated", "--ignore", "truncated", CUT).status == 0
    missing = rckp("validate", "--select", "bad-magic", "no-such-file")
    assert (missing.status, "[missing]" in missing.text) == (2, True)
    assert rckp("validate", "--ignore", "missing", "no-such-file").status == 0
    assert rckp("validate", "--ignore", "missing", "nowhere", GOOD).status == 0
    wrong = rckp("validate", "--ignore", "truncate", CUT)
    assert wrong.status == 2
    assert "Did you mean truncated?" in wrong.err
    assert rckp("validate", "--ignore", "not-written", CUT).status == 2  # a code of a store
    # Without the options, JSON is as it was.
    assert "ignored" not in json.loads(rckp("validate", "--format", "json", GOOD).out)["summary"]


def test_files_from(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/a\nb\xff.ckpt"
    Path(os.fsdecode(odd)).write_bytes(GOOD.read_bytes())
    plain = b"\n".join([os.fsencode(GOOD), b"", os.fsencode(CUT)])
    options = ["validate", "--format", "json", "--files-from"]
    for data in (plain, plain + b"\n"):
        result = rckp(*options, "-", stdin=data)
        assert result.status == 1
        assert [each["valid"] for each in json.loads(result.out)["files"]] == [True, False]
    nul = rckp(*options, "-", stdin=odd + b"\0" + os.fsencode(CUT) + b"\0")
    files = json.loads(nul.out)["files"]
    assert bytes.fromhex(files[0]["path_bytes"]) == odd
    listed = tmp_path / "list"
    listed.write_bytes(plain)
    both = rckp(*options, listed, ODD)
    assert len(json.loads(both.out)["files"]) == 3
    assert rckp("validate", "--files-from", listed).text.count(": valid\n") == 0
    assert rckp("validate", "--files-from", "-", stdin=b"").status == 0
    assert rckp("validate", "--files-from", "-", "-").status == 2
    assert rckp("validate", "--files-from", tmp_path / "missing").status == 2
    dash = rckp(*options, "-", stdin=b"-\n")
    assert json.loads(dash.out)["files"][0]["path"] == "./-"
    endless = rckp("validate", "--files-from", "-", stdin=b"x" * (3 << 20))
    assert endless.status == 2
    assert "1 MiB" in endless.err
    parallel = rckp(*options, listed, "-j", "2", ODD)
    assert parallel.out == both.out


def test_files_are_validated_as_soon_as_they_are_named() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "rckp", "validate", "--format", "jsonl", "--files-from", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(os.fsencode(CUT) + b"\n" * 70_000)
    child.stdin.flush()
    child.stdin.close()
    assert b"truncated" in child.stdout.readline()
    assert child.wait(60) == 1
    child.stdout.close()


SLOW_LIST = """
import sys, time
import rckp.cli.validate
from rckp.cli import main
path = sys.argv.pop()
def paths(_):
    yield path
    print("waiting", file=sys.stderr, flush=True)
    time.sleep(600)
rckp.cli.validate.paths_from = paths
sys.argv[1:] = ["validate", "--files-from", "x"]
main()
"""


def test_what_was_found_is_shown_after_an_interrupt() -> None:
    """Files wait to be grouped, but none is lost."""
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW_LIST, CUT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    assert child.stderr.readline() == b"waiting\n"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert b"ends too early" in out
