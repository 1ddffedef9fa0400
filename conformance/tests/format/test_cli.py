"""The command, run as people run it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.tests.command import CONTROL, rckp
from conformance.tests.corpus import FIXTURES, corpus, invalid_files, label
from rckp._codes import CODES
from rckp.conformance.cases import Case

REAL = FIXTURES / "files" / "real"
GOOD = FIXTURES / "cases/reader/full.ckpt"
CUT = FIXTURES / "cases/reader/truncated/step_state_payload/content-some.ckpt"
FOREIGN = FIXTURES / "cases/reader/magic/zip.ckpt"


def test_the_real_files() -> None:
    """37 whole ones; 31 empty ones, said to be empty and why that happens."""
    result = rckp("validate", "--format", "json", REAL)
    assert result.status == 1
    document = json.loads(result.out)
    assert document["version"] == 1
    assert document["summary"] | {"with_warnings": 0} == {
        "total": 68,
        "valid": 37,
        "invalid": 31,
        "unreadable": 0,
        "with_warnings": 0,
        "skipped": 0,
        "directories_without_checkpoint": [],
    }
    invalid = [f for file in document["files"] if not file["valid"] for f in file["findings"]]
    assert {(f["code"], f["field"], f["offset"]) for f in invalid} == {("truncated", "magic", 0)}
    assert all("killed before its first byte" in f["hint"] for f in invalid)
    assert len(invalid) == 31


def test_text_for_people() -> None:
    result = rckp("validate", GOOD, CUT, FOREIGN, "nowhere")
    assert result.status == 2
    lines = result.text.splitlines()
    assert lines[0] == f"{GOOD}: valid"
    assert lines[1] == f"{CUT}: invalid"
    assert lines[2].startswith("  byte 161, step_state_payload: ends too early: 60 bytes needed")
    assert "nowhere: unreadable" in lines
    assert "ZIP archive" in result.text
    assert lines[-1] == "4 files: 1 valid, 2 invalid, 1 unreadable"
    assert "\x1b" not in result.text


def test_exit_statuses(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no checkpoint")
    assert rckp("validate", GOOD).status == 0
    assert rckp("validate", GOOD, CUT).status == 1
    assert rckp("validate", GOOD, CUT, tmp_path / "missing").status == 2
    without = rckp("validate", tmp_path)
    assert without.status == 2
    assert "no checkpoint in it" in without.text
    assert rckp("validate").status == 2
    assert rckp("validate", "--format", "yaml", GOOD).status == 2
    assert rckp("no-such-command").status == 2
    assert rckp("--version").text.startswith("rckp ")
    assert rckp("validate", "-", stdin=GOOD.read_bytes()).status == 0
    assert rckp("validate", "-", stdin=CUT.read_bytes()).status == 1


def test_strict() -> None:
    odd = FIXTURES / "cases/reader/meaning/hashes-lie.ckpt"
    assert rckp("validate", odd).status == 0
    assert rckp("validate", "--strict", odd).status == 1
    assert rckp("validate", "--strict", GOOD).status == 0


def test_a_directory_with_everything_in_it(tmp_path: Path) -> None:
    """Other kinds of files are skipped, counted, and never opened."""
    deep = tmp_path / "a" / "b.ckpt" / "c"
    deep.mkdir(parents=True)
    (deep / ".hidden.ckpt").write_bytes(GOOD.read_bytes())
    (tmp_path / "..ckpt").write_bytes(b"")
    (tmp_path / ".ckpt").write_bytes(b"")
    (tmp_path / "x.CKPT").write_bytes(b"")
    (tmp_path / "loop.ckpt").symlink_to(tmp_path)
    (tmp_path / "link.ckpt").symlink_to(GOOD)
    os.mkfifo(tmp_path / "pipe.ckpt")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[31m.ckpt")).write_bytes(b"RCKP")
    result = rckp("validate", "--format", "json", tmp_path)
    assert result.status == 1
    document = json.loads(result.out)
    assert document["summary"]["total"] == 3
    assert document["summary"]["skipped"] == 5
    names = [Path(file["path"]).name for file in document["files"]]
    assert names == ["..ckpt", ".hidden.ckpt", "\\xff\\x1b[31m.ckpt"]
    assert bytes.fromhex(document["files"][2]["path_bytes"]).endswith(b"/\xff\x1b[31m.ckpt")
    text = rckp("validate", "-v", tmp_path)
    assert not CONTROL.search(text.text)
    assert "5 other files skipped" in text.text
    for style in ("jsonl", "junit"):
        assert rckp("validate", "--format", style, tmp_path).status == 1


AS_NOBODY = """
import os, pkgutil, sys
import rckp.cli, rckp.store, rckp.validation
from importlib import import_module
for package in (rckp.cli, rckp.store, rckp.validation):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        import_module(module.name)
if os.geteuid() == 0:  # may read everything, so the one who tries must be somebody else
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
rckp.cli.main()
"""


def test_a_directory_that_cannot_be_read(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    tmp_path.chmod(0o755)
    for name in ("good.ckpt", "secret.ckpt"):
        (tmp_path / name).write_bytes(GOOD.read_bytes())
    (tmp_path / "secret.ckpt").chmod(0)
    locked.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, "validate", "--format", "json", "."],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    locked.chmod(0o755)
    assert done.returncode == 2, done.stderr
    files = {Path(f["path"]).name: f for f in json.loads(done.stdout)["files"]}
    assert files["good.ckpt"]["valid"] is True
    for name in ("locked", "secret.ckpt"):
        assert files[name]["valid"] is None
        assert files[name]["findings"][0]["code"] == "unreadable"
        assert "Permission denied" in files[name]["findings"][0]["message"]


def test_the_same_run_twice(tmp_path: Path) -> None:
    for name in ("a.ckpt", "b.ckpt"):
        (tmp_path / name).write_bytes(GOOD.read_bytes())
    result = rckp("validate", "--format", "json", tmp_path)
    assert result.status == 0
    first, second = json.loads(result.out)["files"]
    assert first["findings"] == []
    [twice] = second["findings"]
    assert twice["code"] == "same-run-twice"
    assert str(tmp_path / "a.ckpt") in twice["message"]
    marked = GOOD.read_bytes()[twice["offset"] : twice["offset"] + twice["length"]]
    assert marked.startswith(b"SimulatedAnnealing-")


def test_json_lines_and_junit() -> None:
    result = rckp("validate", "--format", "jsonl", GOOD, CUT)
    lines = [json.loads(line) for line in result.text.splitlines()]
    assert [line.get("valid") for line in lines] == [True, False, None]
    assert lines[-1]["summary"]["total"] == 2
    assert set(lines[1]["findings"][0]) == {
        *("code", "severity", "field", "offset", "length", "message", "requirement", "hint")
    }
    junit = ET.fromstring(rckp("validate", "--format", "junit", GOOD, CUT, "nowhere").text)  # noqa: S314
    assert junit.attrib["tests"] == "3"
    assert [[child.tag for child in case] for case in junit] == [[], ["failure"], ["error"]]


@pytest.mark.parametrize("case", invalid_files()[::7], ids=label)
def test_inspect_shows_everything_before_the_break(case: Case) -> None:
    path = case.path.parent / case.document["input"]["file"]
    shown = rckp("inspect", path)
    assert shown.status == 1
    assert not CONTROL.search(shown.text)
    assert all(len(line) <= 80 for line in shown.text.splitlines()[1:] if "byte" not in line)
    assert case.expect["error"]["code"] in shown.text
    document = json.loads(rckp("inspect", "--format", "json", path).out)
    assert document["error"]["code"] == case.expect["error"]["code"]
    broken = document["fields"][-1]
    assert broken["complete"] is False
    assert broken["name"] == case.expect["error"]["field"]
    stops = [field["stop"] for field in document["fields"]]
    starts = [field["start"] for field in document["fields"]]
    assert starts == [0, *stops[:-1]]
    saved = json.loads(rckp("decode", "--partial", path).out)
    assert saved["complete"] is False
    assert saved["error"]["offset"] == int(case.expect["error"]["offset"])
    base = corpus()[case.document["input"]["base"]].expect["record"]
    if "/precedence/" not in case.id:
        assert saved["record"].items() <= base.items()


def test_standard_input_is_one_path() -> None:
    for options in ([], ["-j", "2"]):
        result = rckp("validate", "-", GOOD, "-", *options, stdin=GOOD.read_bytes())
        assert (result.status, result.out) == (2, b"")
        assert "Only one PATH can be standard input." in result.err


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
def test_inspect_says_how_much_it_has_read_of_a_file_that_tells_no_size(tmp_path: Path) -> None:
    size = len(Path("/proc/version").read_bytes())
    assert rckp("inspect", "/proc/version").text.startswith(f"/proc/version: {size} bytes, invalid")
    assert json.loads(rckp("inspect", "--format", "json", "/proc/version").out)["size"] == size
    empty = tmp_path / "empty"
    empty.touch()
    assert rckp("inspect", empty).text.startswith(f"{empty}: 0 bytes, invalid")


def test_inspect_a_good_file() -> None:
    shown = rckp("inspect", "--hex", GOOD)
    assert shown.status == 0
    assert "2026-01-01T00:01:01.234Z" in shown.text
    assert "9e34b5420a9a4b4a" in shown.text
    assert all(len(line) <= 80 for line in shown.text.splitlines()[1:])
    assert (
        rckp("inspect", "-", stdin=GOOD.read_bytes()).text.splitlines()[2:]
        == (rckp("inspect", GOOD).text.splitlines()[2:])
    )
    full = rckp("inspect", "--hex", "--full", GOOD).text
    rows = full.split("\n\n")[-1].splitlines()
    shown_bytes = "".join(line[8:34].replace("[", " ").replace("]", " ") for line in rows)
    assert bytes.fromhex(shown_bytes) == GOOD.read_bytes()


def test_nothing_in_a_file_commands_the_terminal() -> None:
    nasty = FIXTURES / "cases/reader/meaning/run-id-is-a-command.ckpt"
    for arguments in (["validate", "-v"], ["inspect"], ["inspect", "-x", "--full"], ["decode"]):
        result = rckp(*arguments, nasty)
        assert not CONTROL.search(result.text), arguments
    assert "\\x1b]0;owned\\x07" in rckp("inspect", nasty).text


def test_explain() -> None:
    for code in CODES:
        result = rckp("explain", code) if code in ("truncated", "missing") else None
        if result is not None:
            assert CODES[code].meaning.split()[0] in result.text
    listed = rckp("explain").text
    assert all(code in listed for code in CODES)
    assert all(len(line) < 80 for line in listed.splitlines())
    assert "DEC-2" in rckp("explain", "dec-2").text
    wrong = rckp("explain", "truncate")
    assert wrong.status == 2
    assert "Did you mean truncated?" in wrong.err


def test_colours_only_for_a_terminal() -> None:
    plain = rckp("validate", CUT).text
    assert "\x1b" not in plain
    master, slave = pty.openpty()
    code = "from rckp.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "validate", CUT], stdout=slave, stderr=slave
    )
    process.wait(30)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert b"\x1b[31minvalid" in shown


def test_a_terminal_that_knows_no_unicode() -> None:
    planes = FIXTURES / "cases/reader/string/step_state_payload/planes.ckpt"
    result = rckp("inspect", planes, environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert result.status == 0


def test_a_reader_that_goes_away() -> None:
    """`rckp … | head` is not a reason for a traceback."""
    code = "from rckp.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "validate", "-v", "--format", "jsonl", REAL],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(30) in (1, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse names that are not UTF-8")
def test_a_directory_without_a_checkpoint_is_named_exactly(tmp_path: Path) -> None:
    directory = os.fsencode(tmp_path) + b"/a\xff"
    os.mkdir(directory)
    out = rckp("validate", "--format", "json", os.fsdecode(directory))
    [found] = json.loads(out.out)["summary"]["directories_without_checkpoint"]
    assert bytes.fromhex(found["path_bytes"]) == directory
