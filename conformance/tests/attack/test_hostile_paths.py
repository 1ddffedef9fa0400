"""Odd bases and paths, few descriptors, and names that are logged."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

import rckp
from conformance.tests.attack.writing import OLD
from conformance.tests.store.examples import IDENTITY
from conformance.tests.tools import with_tests_importable


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base")


MANY_LEVELS = "/".join(["d"] * 1500)


@pytest.mark.parametrize("below", ["a\0b", "a\ud800b", MANY_LEVELS, "x" * 300, "n/" * 3000])
def test_odd_bases_end_in_an_error_of_the_store(tmp_path: Path, below: str) -> None:
    store = rckp.CheckpointStore(f"{tmp_path}/{below}", durability="none")
    possible = below == MANY_LEVELS
    for call in (
        lambda: store.write(OLD),
        lambda: list(store.files()),
        lambda: store.list_resumable(IDENTITY),
        lambda: store.select_resume(IDENTITY),
        lambda: store.read(store.base_dir / "a.ckpt"),
        lambda: store.delete_on_success(store.base_dir / "a.ckpt"),
        lambda: store.purge_older_than(1),
        store.purge_truncated,
    ):
        try:
            call()
        except rckp.RckpError as error:
            assert error.code != ("not-written" if possible else "")
    left = list(tmp_path.iterdir())
    if possible:  # pytest cannot remove so many levels
        subprocess.run(["rm", "-rf", *left], check=True)
    else:  # what cannot be a path changes nothing
        assert left == []


@pytest.mark.parametrize("path", ["a\0.ckpt", "a\ud800.ckpt", "", "x" * 300, "y/" * 3000])
def test_odd_paths_end_in_an_error_of_the_store(store: rckp.CheckpointStore, path: str) -> None:
    store.write(OLD)
    for call in (store.read, store.delete_on_success):
        for named in (path, store.base_dir / path):
            try:
                assert call(named) is False
            except rckp.StoreError as error:
                assert error.code


LEFT_WITH = """
import os, resource, sys
import rckp
from conformance.tests.store.examples import record
store = rckp.CheckpointStore(sys.argv[1])
record_ = record("HC-1-1-5")
rckp.encode(record_)
free = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
taken = []
try:
    while True:
        taken.append(os.open("/", os.O_RDONLY))
except OSError:
    pass
for descriptor in taken[:free]:
    os.close(descriptor)
for call in (lambda: store.write(record_), lambda: list(store.files()), store.purge_truncated):
    try:
        call()
    except rckp.StoreError:
        pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_few_free_descriptors_end_in_an_error_of_the_store(tmp_path: Path) -> None:
    for free in range(9):
        done = subprocess.run(
            [sys.executable, "-c", LEFT_WITH, tmp_path / str(free), str(free)],
            capture_output=True,
            text=True,
            env=with_tests_importable(),
            check=False,
        )
        assert (done.returncode, done.stderr[-2000:].count("Traceback")) == (0, 0), done.stderr


HOSTILE = "\x1b[31m\n\u202e\x9b"


def test_what_is_logged_cannot_control_a_terminal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = rckp.CheckpointStore(tmp_path / HOSTILE)
    with caplog.at_level(logging.WARNING, "rckp.store"):
        path = store.write(OLD)
        path.write_bytes(b"RCKQ")
        (path.parent / f"{HOSTILE}.ckpt").write_bytes(b"")
        store.list_resumable(IDENTITY)
        store.write(OLD)  # keeps what is there under another name
    assert len(caplog.records) >= 3
    for each in caplog.records:
        assert each.getMessage().isprintable()


def test_an_error_about_a_field_cannot_control_a_terminal() -> None:
    assert str(rckp.EncodeError("wrong-type", HOSTILE)).isprintable()
    assert len(str(rckp.EncodeError("wrong-type", "x" * 20_000_000))) < 2000
