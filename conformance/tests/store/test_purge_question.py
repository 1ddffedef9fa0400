"""`rckp purge` on a terminal: it asks, and removes what it has shown and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.tests.april import april_file
from conformance.tests.attack.test_json_output import loaded
from conformance.tests.command import CONTROL, rckp
from conformance.tests.store.examples import record
from rckp import CheckpointStore, DecodeError, decode, encode
from rckp.cli import purge_selection
from rckp.cli.purge_selection import Purge

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A run, two truncated files at rest, and a truncated file that was just written."""
    store = CheckpointStore(tmp_path / "base", durability="none")
    directory = store.write(record("x-1")).parent
    then = time.time() - 120
    for name in ("empty.ckpt", "\udcffcut.ckpt"):
        (directory / name).write_bytes(b"RCKP" * (name != "empty.ckpt"))
        os.utime(directory / name, (then, then))
    (directory / "young.ckpt").write_bytes(b"RC")
    return store.base_dir


def names(base: Path) -> set[str]:
    return {path.name for path in base.rglob("*.ckpt")}


def ask(base: Path, answer: bytes, *arguments: str) -> tuple[int, str, str]:
    """The status, standard output and standard error, with a terminal as standard input."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "rckp", "purge", "--truncated", *arguments, base],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    os.close(theirs)
    os.write(ours, answer)
    out, err = child.communicate(timeout=60)
    os.close(ours)
    assert b"Traceback" not in err
    assert not CONTROL.search(out.decode() + err.decode())
    return child.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04", b"maybe\n", b"yesterday\n"])
def test_anything_but_yes_removes_nothing(base: Path, answer: bytes) -> None:
    before = names(base)
    status, out, err = ask(base, answer)
    assert (status, out) == (0, "")
    assert f"Remove 2 files in {base}? [y/N]" in err
    assert "\\xffcut.ckpt" in err
    assert "x-1" not in err
    assert names(base) == before


@pytest.mark.parametrize("answer", [b"y\n", b"YES\n"])
def test_yes_removes_what_was_shown(base: Path, answer: bytes) -> None:
    status, out, err = ask(base, answer)
    assert status == 0
    assert out.count("removed /") == 2
    assert "1 truncated file was left: it was modified less than a minute ago" in out
    assert names(base) == {"run-x-1.ckpt", "young.ckpt"}
    status, out, err = ask(base, b"")
    assert (status, err) == (0, "")  # nothing to ask about
    assert "0 files removed" in out


def test_interrupt_at_the_question(base: Path) -> None:
    before = names(base)
    code = (
        "import sys, rckp.cli.purge as p\n"
        "class Stdin:\n"
        "    def isatty(self): return True\n"
        "    def readline(self): raise KeyboardInterrupt\n"
        "import rckp.cli, rckp.cli.streams; rckp.cli.streams.prepare = lambda: None\n"
        "sys.stdin = Stdin(); sys.argv = ['rckp', 'purge', '--truncated', sys.argv[1]]\n"
        "rckp.cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, base], capture_output=True, text=True, check=False
    )
    assert done.returncode == 130, done.stderr
    assert names(base) == before


@pytest.mark.parametrize("options", [["--yes"], ["-y", "--format", "json"], ["--dry-run"]])
def test_no_question(base: Path, options: list[str]) -> None:
    status, out, err = ask(base, b"", *options)
    assert (status, err) == (0, "")
    assert len(names(base)) == (4 if options == ["--dry-run"] else 2)
    assert "young" not in out or "json" in options


def test_a_question_before_json(base: Path) -> None:
    status, out, err = ask(base, b"y\n", "--format", "json")
    document = loaded("purge", out)
    assert status == 0
    assert "Remove 2 files" in err
    assert len(document["removed"]) == 2
    assert [Path(each["path"]).name for each in document["recent"]] == ["young.ckpt"]


def test_without_a_terminal_nothing_is_asked(base: Path) -> None:
    result = rckp("purge", "--truncated", "--format", "json", base)
    assert result.err == ""
    assert len(json.loads(result.out)["removed"]) == 2


def test_what_came_after_the_question_stays(base: Path) -> None:
    store = CheckpointStore(base)
    shown = Purge(store, None, True)
    shown.run(dry_run=True, on_removal=lambda _: None)
    late = base / "late.ckpt"
    late.touch()
    os.utime(late, (1, 1))
    (base / shown.files[0]).write_bytes(b"RCKPnew")  # modified: it may be being written
    purge = Purge(store, None, True, among=shown.fingerprints)
    purge.run(dry_run=False, on_removal=lambda _: None)
    assert purge.files == [shown.files[1]]
    assert late.exists()
    assert shown.files[0].exists()


def test_a_file_that_was_replaced_after_the_question_stays(tmp_path: Path) -> None:
    """Also by an old checkpoint, such as one that was restored from a backup."""
    store = CheckpointStore(tmp_path)
    path = store.write(record("x-1", at=1))
    shown = Purge(store, 1, False)
    shown.run(dry_run=True, on_removal=lambda _: None)
    assert shown.files == [path]
    path.unlink()
    (tmp_path / "restored").write_bytes(encode(record("x-1", "another", at=2)))
    os.replace(tmp_path / "restored", path)
    purge = Purge(store, 1, False, among=shown.fingerprints)
    purge.run(dry_run=False, on_removal=lambda _: None)
    assert purge.files == []
    assert path.exists()


def test_a_complete_file_of_another_layout_stays(tmp_path: Path) -> None:
    """In the first layout of April 2026, and with a long name of the algorithm, it is truncated."""
    data = april_file(0, elapsed=None, text="GeneticAlgorithm")
    path = tmp_path / "april.ckpt"
    path.write_bytes(data)
    with pytest.raises(DecodeError) as caught:
        decode(data)
    assert caught.value.code == "truncated"
    os.utime(path, (1, 1))
    (tmp_path / "cut.ckpt").write_bytes(data[:-1])
    os.utime(tmp_path / "cut.ckpt", (1, 1))
    purge = Purge(CheckpointStore(tmp_path), None, True)
    purge.run(dry_run=False, on_removal=lambda _: None)
    assert [each.name for each in purge.files] == ["cut.ckpt"]


def test_the_counted_files_are_truncated(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (base / "foreign.ckpt").write_bytes(b"PK\x03\x04")
    purge = Purge(CheckpointStore(base), None, True)
    purge.run(dry_run=True, on_removal=lambda _: None)
    assert [path.name for path in purge.recent] == ["young.ckpt"]
    monkeypatch.setattr(purge_selection, "AT_REST", -3600.0)
    purge = Purge(CheckpointStore(base), None, True)
    purge.run(dry_run=True, on_removal=lambda _: None)
    assert (len(purge.files), purge.recent) == (3, [])
