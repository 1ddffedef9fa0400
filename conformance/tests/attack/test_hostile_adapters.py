"""Nothing that an adapter does hangs the runner, outlives it, or costs more than is stated."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.tests.command import Result, rckp
from rckp.conformance.results import Results
from rckp.conformance.results_file import load
from rckp.conformance.shape import quote

ADAPTERS = Path(__file__).with_name("adapters.py")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
REFERENCE = [sys.executable, "-P", "-m", "rckp.conformance.reference"]


def adapter(name: str, *words: str | Path) -> list[str]:
    return [sys.executable, "-P", str(ADAPTERS), name, *map(str, words)]


def run(*options: str | Path, command: list[str], tmp: Path, timeout: str = "30") -> Result:
    """Run the suite with a temporary directory of its own, which must be empty afterwards."""
    directory = tmp / "tmp"
    directory.mkdir(exist_ok=True)
    environment = {"TMPDIR": str(directory)}
    words = ("conformance", "run", "--timeout", timeout, *options, "--", *command)
    done = rckp(*words, environment=environment)
    assert list(directory.iterdir()) == []
    return done


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def all_gone(pids: Path, number: int) -> None:
    found = [int(line) for line in pids.read_text().split()]
    assert len(found) >= number
    assert [pid for pid in found if alive(pid)] == []


def results(done: Result, file: Path) -> Results:
    assert done.status in (0, 1), done.err
    return load(file)


@LINUX
def test_one_that_fills_its_own_standard_input_does_not_block_bye(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    command = adapter("filling", pids)
    done = run("--id", "reader/example", command=command, tmp=tmp_path)
    assert done.status == 0, done.err
    assert "did not end within 2 seconds of bye, and was killed" in done.err
    all_gone(pids, 1)


@LINUX
def test_children_in_sessions_of_their_own_are_ended(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    done = run("--id", "reader/example", command=adapter("sessions", pids), tmp=tmp_path)
    assert done.status == 0, done.err
    all_gone(pids, 4)


@LINUX
def test_one_that_ends_while_its_child_holds_the_pipe_has_crashed(tmp_path: Path) -> None:
    pids, file = tmp_path / "pids", tmp_path / "r.jsonl"
    done = run(
        *("--id", "reader/flag/*-02", "--results", file),
        command=adapter("holding", pids),
        tmp=tmp_path,
        timeout="50",  # as long as the test may take
    )
    found = results(done, file)
    assert {each.outcome for each in found.results} == {"crash"}
    assert {tuple(each.differences) for each in found.results} == {
        ("the adapter ended with exit status 3",)
    }
    all_gone(pids, len(found.results))


def test_what_is_kept_of_large_answers_is_small(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    words = [sys.executable, "-P", "-m", "rckp", "conformance", "run", "--id", "reader/flag/*"]
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=2); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--results", file, "--", *adapter("large")],
        capture_output=True,
        check=True,
        text=True,
    )
    assert int(done.stdout) < 256 << 10  # KiB, the runner and the adapter each
    assert file.stat().st_size < 1 << 20
    found = load(file)
    assert {each.outcome for each in found.results} == {"fail"}
    assert len(found.results) > 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nested", "has more than 24 arrays and objects within each other: '{"),
        ("digits", "has a number with too many digits: '{"),
    ],
)
def test_objects_that_are_no_responses(tmp_path: Path, name: str, problem: str) -> None:
    done = run(command=adapter(name), tmp=tmp_path)
    assert (done.status, done.out) == (2, b"")
    assert problem in done.err


def test_quoted_text_is_escaped_once() -> None:
    assert quote(b"a\tb\x1b") == r"'a\tb\x1b'"
    assert quote("it's") == '"it\'s"'
    assert quote("\udcff") == r"'\xff'"
    assert quote({"a": "\n"}) == r"""'{"a": "\n"}'"""


def test_surrogates_can_be_kept_and_read(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    done = run(
        *("--id", "reader/flag/*", "--results", file, "--junit", tmp_path / "j.xml"),
        *("--grade", "location"),
        command=adapter("surrogates"),
        tmp=tmp_path,
    )
    found = results(done, file)
    assert {each.outcome for each in found.results} == {"fail"}


def test_one_that_buffers_is_told_to_flush(tmp_path: Path) -> None:
    done = run(command=adapter("buffering"), tmp=tmp_path, timeout="1")
    assert done.status == 2
    assert "The adapter must flush its output after each response." in done.err


def test_a_mistyped_program_cannot_be_started(tmp_path: Path) -> None:
    for word, options in (
        ("no-such-program", ["--one-shot"]),
        (str(tmp_path), ["--one-shot", "--id", "reader/example"]),
    ):
        done = run(*options, command=[word, "{}"], tmp=tmp_path)
        assert (done.status, done.out) == (2, b"")
        assert done.err.startswith(f"Error: Cannot start {word}: ")


@LINUX
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
@pytest.mark.parametrize("verb", ["run", "single-edit"])
def test_a_signal_leaves_nothing(name: str, verb: str, tmp_path: Path) -> None:
    directory, pids = tmp_path / "tmp", tmp_path / "pids"
    directory.mkdir()
    words = [sys.executable, "-P", "-m", "rckp", "conformance", verb, "--timeout", "500", "--"]
    process = subprocess.Popen(
        [*words, *adapter("deaf_to_signals", pids)],
        env=os.environ | {"TMPDIR": str(directory)},
        cwd=tmp_path,
        preexec_fn=unlimited_signals,  # noqa: PLW1509
    )
    try:
        while not pids.exists() or len(pids.read_text().splitlines()) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        number = getattr(signal, name)
        process.send_signal(number)
        assert process.wait(60) == -number
    finally:
        process.kill()
        process.wait()
    all_gone(pids, 2)
    assert list(directory.iterdir()) == []


def unlimited_signals() -> None:
    """No core files, and signals that a parent may have ignored end processes again."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(each, signal.SIG_DFL)


def test_a_child_of_a_one_shot_program_does_not_hold_it(tmp_path: Path) -> None:
    """The output of the program ends when it exits, even if a child could still print."""
    code = (
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        "sys.exit(1)"
    )
    done = run(
        *("--one-shot", "--id", "reader/flag/*-02"),
        command=[sys.executable, "-c", code, "{}"],
        tmp=tmp_path,
        timeout="50",
    )
    assert done.status == 0, done.text


MODULES = ("types", "json", "re", "signal", "tempfile", "subprocess", "enum", "random")


@pytest.mark.parametrize("one_shot", [False, True])
def test_modules_of_the_current_directory_are_not_imported(one_shot: bool, tmp_path: Path) -> None:
    marker = tmp_path / "imported"
    for name in MODULES:
        text = f"open({str(marker)!r}, 'a').write({name!r}); raise SystemExit(7)\n"
        (tmp_path / f"{name}.py").write_text(text)
    words = [sys.executable, "-P", "-m", "rckp", "conformance", "run", "--id", "reader/example"]
    program = [sys.executable, "-P", "-m", "rckp", "decode", "{}"]
    command = ["--one-shot", "--", *program] if one_shot else ["--", *REFERENCE]
    done = subprocess.run([*words, *command], capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not marker.exists()


LOCALES = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "latin-1", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
]


@pytest.mark.parametrize("number", range(len(LOCALES)))
def test_the_locale_does_not_matter(number: int, tmp_path: Path) -> None:
    file, xml = tmp_path / "r.jsonl", tmp_path / "j.xml"
    words = ["--class", "store", "--class", "identity", "--grade", "location"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "rckp", "conformance", "run", *words, "--results", file,
         "--junit", xml, "--", *REFERENCE],
        capture_output=True, check=False, env=os.environ | LOCALES[number],
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert load(file).status == 0
    xml.read_bytes().decode("utf-8")


def test_junit_is_utf_8_in_every_encoding_of_the_stream(tmp_path: Path) -> None:
    file = tmp_path / "é\u20ac\u4e2d.ckpt"
    file.write_bytes(b"x")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "rckp", "validate", "--format", "junit", file],
        capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": "cp1252"},
    )  # fmt: skip
    assert done.returncode == 1
    root = ET.fromstring(done.stdout)  # noqa: S314 - made here
    assert root.find("testcase").get("name") == str(file)  # type: ignore[union-attr]


def test_hostile_arguments_are_escaped(tmp_path: Path) -> None:
    hostile = "a\x1b[31m\u202e\udcff"
    raw = os.fsencode(hostile)
    lines: list[list[str | bytes]] = [
        ["run", "--", raw],
        ["run", "--one-shot", "--", raw, "{}"],
        ["run", "--id", raw, "--", *REFERENCE],
        ["run", "--suite", raw, "--", *REFERENCE],
        ["run", "--requirement", raw, "--", *REFERENCE],
        ["run", "--known-failures", raw, "--", *REFERENCE],
        ["run", "--class", raw, "--", *REFERENCE],
        ["run", "--grade", raw, "--", *REFERENCE],
        ["single-edit", "--base", raw, "--", *REFERENCE],
        ["single-edit", "--suite", raw, "--", *REFERENCE],
        ["report", raw],
        ["report", raw, raw],
        ["export", raw + b"/x.tar.bz2"],
    ]
    for words in lines:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "rckp", "conformance", *words],
            capture_output=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 2, words
        assert b"\x1b" not in done.stderr, words
        assert "\u202e".encode() not in done.stderr, words
        assert done.stderr.isascii() or done.stderr.decode("utf-8"), words
        assert b"Traceback" not in done.stderr
