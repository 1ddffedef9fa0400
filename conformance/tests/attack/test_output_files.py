"""Options that name an output file: it is complete or not written, and keeps its kind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES
from conformance.tests.tools import require
from rckp.files.output_file import OutputFile, write_tree

GOOD = FIXTURES / "cases/reader/full.ckpt"
RESULTS = Path(__file__).with_name("results.jsonl")
RUN = "from rckp.cli import main; main()"
NOBODY = 65534


@pytest.fixture(scope="module")
def record() -> bytes:
    return rckp("decode", GOOD).out


def test_a_link_is_followed_and_permissions_are_kept(tmp_path: Path, record: bytes) -> None:
    real = tmp_path / "real.ckpt"
    real.write_bytes(b"before")
    real.chmod(0o600)
    (tmp_path / "link").symlink_to("real.ckpt")
    (tmp_path / "dangling").symlink_to("new.ckpt")
    for name, written in (("link", real), ("dangling", tmp_path / "new.ckpt")):
        assert rckp("encode", "-o", tmp_path / name, stdin=record).status == 0
        assert (tmp_path / name).is_symlink()
        assert written.read_bytes() == GOOD.read_bytes()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {
        *("real.ckpt", "link", "dangling", "new.ckpt")
    }


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_honours_the_umask(tmp_path: Path, umask: int) -> None:
    code = f"import os, sys; os.umask({umask})\n" + (
        "from rckp.files.output_file import OutputFile; OutputFile(sys.argv[1]).write(b'x')"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "x"], check=True)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666 & ~umask


def test_the_owner_is_kept(tmp_path: Path) -> None:
    require(os.geteuid() == 0, "only root may give files away: run the tests as root")
    path = tmp_path / "x"
    path.write_bytes(b"before")
    os.chown(path, 1000, 2000)
    path.chmod(0o640)
    OutputFile(str(path)).write(b"after")
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (1000, 2000, 0o640)


def test_permissions_never_widen_for_another_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"before")
    path.chmod(0o660)
    real = os.fstat

    def of_another_group(descriptor: int) -> os.stat_result:
        values = list(real(descriptor))
        values[5] += 1
        return os.stat_result(values)

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fstat", of_another_group)
    monkeypatch.setattr(os, "fchown", refused)
    OutputFile(str(path)).write(b"after")
    monkeypatch.undo()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_access_list_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"before")
    path.chmod(0o600)
    # Version 2: owner rw-, user 1234 r--, group ---, mask r--, others ---.
    entries = b"\x02\0\0\0" + b"".join(
        tag.to_bytes(2, "little") + bits.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, bits, who in (
            *((1, 6, 0xFFFFFFFF), (2, 4, 1234), (4, 0, 0xFFFFFFFF)),
            *((16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)),
        )
    )
    try:
        os.setxattr(path, "system.posix_acl_access", entries)
    except (OSError, AttributeError):
        require(False, "no access control lists here: use a file system that has them")
    OutputFile(str(path)).write(b"after")
    assert path.read_bytes() == b"after"
    assert os.getxattr(path, "system.posix_acl_access") == entries


def test_devices_and_fifos_are_written_to(tmp_path: Path, record: bytes) -> None:
    before = os.stat(os.devnull)
    assert rckp("encode", "-o", os.devnull, stdin=record).status == 0
    after = os.stat(os.devnull)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    assert rckp("encode", "-o", fifo, stdin=record).status == 0
    reader.join(60)
    assert got == [GOOD.read_bytes()]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    full = rckp("encode", "-o", "/dev/full", stdin=record)
    assert full.status == 2
    assert full.err == "error: /dev/full: cannot be written: No space left on device\n"


def test_a_dash_is_standard_output(tmp_path: Path, record: bytes) -> None:
    for name in ("-", "/dev/stdout"):
        assert rckp("encode", "-o", name, stdin=record, cwd=tmp_path).out == GOOD.read_bytes()
    assert os.listdir(tmp_path) == []


def test_targets_are_checked_before_the_work(tmp_path: Path) -> None:
    """The input is missing as well; only the target is reported."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    for name, reason in (
        ("no/x", "the directory does not exist"),
        ("directory", "Is a directory"),
        ("new/", "Is a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("n" * 300, "File name too long"),
        ("", "the name is empty"),
    ):
        result = rckp("encode", "missing.json", "-o", name, cwd=tmp_path)
        assert result.status == 2
        assert "cannot be written" in result.err
        assert reason in result.err
        assert "missing.json" not in result.err
    for option in ("--html", "--badge", "--junit", "--claim"):
        result = rckp("conformance", "report", option, tmp_path / "no/x", RESULTS)
        assert (result.status, result.out) == (2, b"")
        assert "the directory does not exist" in result.err


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from rckp.cli import main
main()
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("encode", "-o", "{}"),
        ("conformance", "report", "--html", "{}", str(RESULTS)),
        ("conformance", "report", "--badge", "{}", str(RESULTS)),
        ("conformance", "report", "--junit", "{}", str(RESULTS)),
        ("conformance", "report", "--claim", "{}", str(RESULTS)),
        ("conformance", "export", "{}.tar.bz2"),
        ("conformance", "export", "{}"),
        ("conformance", "export", "{}/a/b"),
    ],
    ids=" ".join,
)
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, record: bytes, arguments: tuple[str, ...]
) -> None:
    words = [word.replace("{}", str(tmp_path / "out")) for word in arguments]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], input=record, capture_output=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert b"File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
    assert os.listdir(tmp_path) == []


def test_an_existing_file_survives_a_full_disk(tmp_path: Path, record: bytes) -> None:
    (tmp_path / "out").write_bytes(b"before")
    words = ["encode", "-o", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], input=record, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert (tmp_path / "out").read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["out"]


STOPPED = """
import os, sys
real = os.fsync
def fsync(descriptor):
    real(descriptor)
    print("here", flush=True)
    import time
    while True:
        time.sleep(0.01)
os.fsync = fsync
from rckp.files.output_file import OutputFile
OutputFile(sys.argv[1]).write(b"x" * 1000)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_leaves_no_temporary_file(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "out").write_bytes(b"before")
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, tmp_path / "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,  # noqa: PLW1509
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        assert len(os.listdir(tmp_path)) == 2
        process.send_signal(number)
        assert process.wait(60) == -number
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == b"before"


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    code = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "real = os.fsync\n"
        "os.fsync = lambda d: (real(d), os.kill(os.getpid(), signal.SIGHUP))\n"
        "from rckp.files.output_file import OutputFile; OutputFile('out').write(b'x')\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert os.listdir(tmp_path) == ["out"]


def test_handlers_are_restored(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    OutputFile(str(tmp_path / "x")).write(b"x")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_closed_pipe_loses_no_file(tmp_path: Path) -> None:
    command = (
        f"{sys.executable} -c '{RUN}' conformance report --junit junit --claim claim "
        f"--html html --badge badge {RESULTS} | true; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, check=False
    )
    assert done.returncode in (0, 2)
    assert done.stderr == b""
    assert sorted(os.listdir(tmp_path)) == ["badge", "claim", "html", "junit"]
    assert json.loads((tmp_path / "claim").read_bytes())


def test_a_file_without_permission_to_write_is_not_replaced() -> None:
    code = f"""
import os
from rckp.files.output_file import OutputFile
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(*[{NOBODY}] * 3)
    os.setresuid(*[{NOBODY}] * 3)
for name in ("writable", "protected"):
    try:
        OutputFile(name).write(b"after")
    except PermissionError:
        print(name)
"""
    # Not below the directory of pytest, which another user cannot enter.
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        for each, mode in (("writable", 0o666), ("protected", 0o444)):
            path = directory / each
            path.write_bytes(b"before")
            path.chmod(mode)
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, cwd=directory, capture_output=True, check=True)
        assert done.stdout == b"protected\n"
        assert {path.name: path.read_bytes() for path in directory.iterdir()} == {
            "writable": b"after",
            "protected": b"before",
        }


def test_a_tree_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a": b"1", "b/c": b"2"}
    empty = tmp_path / "empty"
    empty.mkdir(mode=0o700)
    inode = empty.stat().st_ino
    for target in (empty, tmp_path / "new", tmp_path / "deep/er"):
        write_tree(str(target), files)
        assert {str(p.relative_to(target)) for p in target.rglob("*")} == {"a", "b", "b/c"}
        with pytest.raises(FileExistsError):
            write_tree(str(target), files)
    assert (empty.stat().st_ino, stat.S_IMODE(empty.stat().st_mode)) == (inode, 0o700)
    other = tmp_path / "other"
    other.mkdir()
    real = os.rename

    def failing(source: str, target: str) -> None:
        if target.endswith("b"):
            raise OSError(5, "Input/output error")
        real(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(OSError, match="Input/output"):
        write_tree(str(other), files)
    assert os.listdir(other) == []
    assert sorted(os.listdir(tmp_path)) == ["deep", "empty", "new", "other"]
