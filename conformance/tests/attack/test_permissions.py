"""Permissions, owner and group of a checkpoint that is written again."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rckp
from conformance.tests.attack.writing import AS_ROOT, NEW, OLD, before, permissions
from conformance.tests.tools import need, with_tests_importable
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base")


@AS_ROOT
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_owner_and_group_are_kept(store: rckp.CheckpointStore, mode: int) -> None:
    path = store.write(OLD)
    os.chown(path, 1000, 2000)
    path.chmod(mode)
    store.write(NEW)
    status = path.stat()
    assert (status.st_uid, status.st_gid, permissions(path)) == (1000, 2000, mode)
    assert store.read(path) == NEW


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o600, 0o400])
def test_a_group_can_do_nothing_before_it_is_the_right_one(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    store.write(OLD).chmod(mode)
    seen = []

    def look(write: PendingWrite) -> None:
        seen.append(permissions(Path(write.directory.join(write.temporary))))

    monkeypatch.setattr(atomic_write, "PROTOCOL", before("write_content", look))
    assert permissions(store.write(NEW)) == mode
    assert seen == [mode & 0o700 | 0o200]


def test_what_replaces_a_link_has_the_permissions_of_a_new_file(
    store: rckp.CheckpointStore,
) -> None:
    path = store.write(OLD)
    mode = permissions(path)
    path.unlink()
    path.symlink_to("nowhere")
    store.write(OLD)
    assert (path.is_symlink(), permissions(path)) == (False, mode)


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_what_is_quarantined_lends_no_permissions(store: rckp.CheckpointStore, mode: int) -> None:
    path = store.write(OLD)
    usual = permissions(path)
    path.write_bytes(b"something else")
    path.chmod(mode)
    store.write(OLD)
    kept = [each for each in path.parent.iterdir() if each != path]
    assert [permissions(each) for each in (path, *kept)] == [usual, mode]
    assert store.read(path) == OLD


PRIVILEGES = """
import sys, rckp
from conformance.tests.store.examples import record
rckp.CheckpointStore(sys.argv[1]).write(record("HC-1-1-5", payload="new"))
"""


@AS_ROOT
@pytest.mark.parametrize("privilege", ["+chown", "+fowner", "+chown,+fowner"])
def test_permissions_are_kept_with_few_privileges(
    store: rckp.CheckpointStore, privilege: str
) -> None:
    need("setpriv", how="`apt-get install util-linux`")
    path = store.write(OLD)
    for each in (path.parent, path.parent.parent, store.base_dir):
        each.chmod(0o777)
    os.chown(path, 1000, 2000)
    path.chmod(0o644)
    privileges = [f"--{kind}-caps=-all,+dac_override,{privilege}" for kind in ("inh", "ambient")]
    command = ["setpriv", "--reuid=1001", "--regid=1001", "--clear-groups", *privileges]
    done = subprocess.run(
        [*command, sys.executable, "-c", PRIVILEGES, store.base_dir],
        capture_output=True,
        text=True,
        env=with_tests_importable(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, owners = path.stat(), (1001, 1001)
    if "chown" in privilege:
        owners = (1000, 2000)
    assert (status.st_uid, status.st_gid, permissions(path)) == (*owners, 0o644)


@AS_ROOT
@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        (0o640, 0o600),
        (0o664, 0o644),
        (0o666, 0o666),
        (0o604, 0o600),
        (0o646, 0o644),
        (0o751, 0o711),
    ],
)
def test_without_the_group_no_permission_widens(
    store: rckp.CheckpointStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    mode: int,
    kept: int,
) -> None:
    path = store.write(OLD)
    os.chown(path, 1000, 2000)
    path.chmod(mode)

    def refuse(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    with caplog.at_level(logging.WARNING, "rckp.store"):
        store.write(NEW)
    assert (path.stat().st_gid, permissions(path)) == (os.getegid(), kept)
    assert "could not be kept" in caplog.text


@AS_ROOT
def test_an_owner_that_cannot_be_kept_is_logged(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = store.write(OLD)
    os.chown(path, 1000, -1)

    def refuse(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    with caplog.at_level(logging.WARNING, "rckp.store"):
        store.write(NEW)
    assert "could not be kept" in caplog.text


@AS_ROOT
def test_an_error_of_changing_the_group_fails_the_write(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    os.chown(path, -1, 2000)

    def fail(*_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fchown", fail)
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert (caught.value.code, store.read(path)) == ("not-written", OLD)
