"""No command takes memory or disk for a file before it knows that the file is valid."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.corpus import FIXTURES
from conformance.tests.store.examples import record
from conformance.tests.tools import require
from rckp import encode
from rckp.format.scan import ByteReader
from rckp.validation.inspect import inspect

GOOD = FIXTURES / "cases/reader/full.ckpt"
HUGE = 200 << 30  # bytes

# Runs a command in a child process and reports the most memory that it had. The counters of
# the process are those of one child only.
MEASURED = """
import resource, subprocess, sys
source = None if sys.argv[1] == "-" else open(sys.argv[1], "rb")
code = "from rckp.cli import main; main()"
stdin = source or subprocess.PIPE
first, rest = map(bytes.fromhex, sys.argv[2:4])
child = subprocess.Popen([sys.executable, "-c", code, *sys.argv[4:]], stdin=stdin)
if source is None:
    try:
        child.stdin.write(first)
        while True:
            child.stdin.write(rest * 4096)
    except BrokenPipeError:
        pass
    try:
        child.stdin.close()
    except BrokenPipeError:
        pass
status = child.wait()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""
ALLOWED = 24 << 10  # KiB above what the same command takes for a small file


def measured(
    *arguments: str | Path, stdin: str = os.devnull, first: bytes = b"", rest: bytes = b""
) -> tuple[int, str, int]:
    """The exit status, all that is printed, and the peak of memory in KiB.

    Standard input is a file, or for `-` a pipe that gives `first` and then `rest` for ever.
    """
    require(sys.platform == "linux", "ru_maxrss is in KiB on Linux: run the tests there")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, stdin, first.hex(), rest.hex(), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    *said, peak = done.stderr.splitlines()
    text = done.stdout + "\n".join(said)
    assert "Traceback" not in text, text
    return done.returncode, text, int(peak)


@pytest.fixture(scope="module")
def usual() -> int:
    return measured("inspect", "-x", FIXTURES / "cases/reader/magic/zip.ckpt")[2]


def sparse(path: Path, size: int, beginning: bytes = b"") -> Path:
    """A file of zero bytes that takes no room on the disk."""
    with path.open("wb") as file:
        file.write(beginning)
        try:
            file.truncate(size)
        except OSError:
            require(False, f"{size} bytes sparse: set TMPDIR to a file system that takes them")
    return path


ON_A_FILE = [
    ["decode"],
    ["decode", "--partial"],
    ["diff", str(GOOD)],
    ["inspect"],
    ["inspect", "-x"],
    ["inspect", "--format", "json"],
    ["validate"],
]


@pytest.mark.parametrize("arguments", ON_A_FILE, ids=" ".join)
def test_zeros(arguments: list[str], tmp_path: Path, usual: int) -> None:
    """200 GiB of zeros: the verdict comes with the first bytes."""
    status, text, peak = measured(*arguments, sparse(tmp_path / "z.ckpt", HUGE))
    assert status == 1
    assert "bad-magic" in text
    assert peak < usual + ALLOWED


def test_resume_like_and_encode(tmp_path: Path, usual: int) -> None:
    zeros = sparse(tmp_path / "z.ckpt", HUGE)
    status, text, peak = measured("resume", "--like", zeros, tmp_path)
    assert (status, peak < usual + ALLOWED) == (2, True)
    assert "bad-magic" in text
    status, text, peak = measured("encode", "-o", tmp_path / "out", zeros)
    assert (status, peak < usual + ALLOWED) == (1, True)
    assert "it begins with byte 0x00" in text
    begun = sparse(tmp_path / "begun.json", HUGE, b'{"run_id": "')
    status, text, peak = measured("encode", "-o", tmp_path / "out", begun)
    assert (status, peak < usual + ALLOWED) == (1, True)
    assert "the control character U+0000" in text


def test_recover(tmp_path: Path, usual: int) -> None:
    """A payload of 3 GiB that is not whole, and a good file before 3 GiB of zeros."""
    good = GOOD.read_bytes()
    at = good.index(b"iter=") - 4
    long = sparse(tmp_path / "long.ckpt", 3 << 30, good[:at] + (3 << 30).to_bytes(4, "little"))
    status, text, peak = measured("recover", long, "-o", tmp_path / "new")
    assert (status, peak < usual + ALLOWED) == (1, True)
    assert "the payload would be incomplete" in text
    trailing = sparse(tmp_path / "trailing.ckpt", 3 << 30, good)
    status, text, peak = measured("recover", trailing, "-o", tmp_path / "new")
    assert (status, peak < usual + ALLOWED) == (0, True)


def test_diff_of_long_payloads(tmp_path: Path, usual: int) -> None:
    """Two valid files whose payloads of 1 GiB differ in their last byte."""
    good, size = GOOD.read_bytes(), 1 << 30
    at = good.index(b"iter=") - 4
    tail = good[at + 4 + int.from_bytes(good[at : at + 4], "little") :]
    paths = []
    for name, last in (("a", b"\0"), ("b", b"x")):
        head = good[:at] + size.to_bytes(4, "little")
        path = sparse(tmp_path / name, len(head) + size - 1, head)
        with path.open("ab") as file:
            file.write(last + tail)
        paths.append(path)
    status, text, peak = measured("diff", *paths)
    assert (status, peak < usual + ALLOWED) == (1, True)
    assert "from byte 1,073,741,823 on" in text


@pytest.mark.parametrize("arguments", ON_A_FILE, ids=" ".join)
def test_zeros_after_a_good_file(arguments: list[str], tmp_path: Path, usual: int) -> None:
    path = sparse(tmp_path / "long.ckpt", 3 << 30, GOOD.read_bytes())
    status, text, peak = measured(*arguments, path)
    assert status == 1
    assert "trailing-bytes" in text
    assert len(text) < 10_000
    assert peak < usual + ALLOWED


@pytest.mark.parametrize("arguments", ON_A_FILE, ids=" ".join)
@pytest.mark.parametrize(
    ("first", "rest", "code"),
    [
        (b"", b"y\n", "bad-magic"),
        (b"", b"\0", "bad-magic"),
        (GOOD.read_bytes(), b"\0", "trailing-bytes"),
    ],
    ids=["yes", "zeros", "zeros-after-a-good-file"],
)
def test_endless_standard_input(
    arguments: list[str], first: bytes, rest: bytes, code: str, usual: int
) -> None:
    status, text, peak = measured(*arguments, "-", stdin="-", first=first, rest=rest)
    assert status == 1
    assert code in text
    assert len(text) < 10_000
    assert peak < usual + ALLOWED


def test_endless_json(usual: int, tmp_path: Path) -> None:
    status, text, peak = measured("encode", "-o", tmp_path / "x", stdin="-", rest=b"y\n")
    assert (status, peak < usual + ALLOWED) == (1, True)
    assert "it begins with y" in text
    assert not list(tmp_path.iterdir())


def test_devices_as_standard_input(usual: int) -> None:
    for arguments in ON_A_FILE:
        status, text, peak = measured(*arguments, "-", stdin="/dev/zero")
        assert (status, peak < usual + ALLOWED) == (1, True)
        assert "bad-magic" in text


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from rckp.cli import main
main()
"""


@pytest.fixture(scope="module")
def valid_and_huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid file with a payload of 1.5 GiB of U+0000, which takes no room on the disk."""
    size = 3 << 29
    data = encode(record("x-1", ""))
    seen = inspect(ByteReader.from_bytes(data))
    at = next(each.start for each in seen.fields if each.field.name == "step_state_payload")
    path = tmp_path_factory.mktemp("huge") / "huge.ckpt"
    with path.open("wb") as file:
        file.write(data[:at] + size.to_bytes(4, "little"))
        try:
            file.seek(size, os.SEEK_CUR)
        except OSError:
            require(False, "a sparse file: set TMPDIR to a file system that takes them")
        file.write(data[at + 4 :])
    return path


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["inspect"], 0, "valid"),
        (["inspect", "-x"], 0, "more bytes"),
        (["inspect", "--format", "json"], 0, '"valid": true'),
        (["validate"], 0, "valid"),
        (["decode"], 2, "[too-large, LIM-4]"),
        (["decode", "--partial"], 2, "not enough memory"),
        (["inspect", "--full"], 2, "not enough memory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_valid_file_that_does_not_fit(
    arguments: list[str], status: int, said: str, valid_and_huge: Path
) -> None:
    """Verdicts need no memory; what needs it ends with one sentence."""
    require(sys.platform == "linux", "RLIMIT_AS: run the tests on Linux")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments, valid_and_huge],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done.stderr
    assert len(done.stdout + done.stderr) < 20_000
