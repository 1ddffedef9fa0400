"""Owner, group and permissions of a file that replaces another, one call at a time."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rckp.files.ownership import set_group, set_mode_and_owner

AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change owners"
)
REFUSED = ["EPERM", "EACCES", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]


def status(mode: int, owner: int, group: int) -> os.stat_result:
    return os.stat_result((0o100000 | mode, 1, 1, 1, owner, group, 0, 0, 0, 0))


@pytest.fixture
def descriptor(tmp_path: Path):  # type: ignore[no-untyped-def]
    opened = os.open(tmp_path / "new", os.O_WRONLY | os.O_CREAT, 0o600)
    yield opened
    os.close(opened)


@AS_ROOT
def test_group_permissions_and_owner_are_set(descriptor: int) -> None:
    before = status(0o751, 1000, 2000)
    assert set_group(descriptor, before) == 0o751
    assert set_mode_and_owner(descriptor, 0o751, before) is True
    after = os.fstat(descriptor)
    assert (after.st_uid, after.st_gid, after.st_mode & 0o7777) == (1000, 2000, 0o751)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_narrows_the_permissions(
    descriptor: int, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(getattr(errno, name), "-")

    monkeypatch.setattr(os, "fchown", refuse)
    own = os.fstat(descriptor)
    before = status(0o4754, own.st_uid + 1, own.st_gid + 1)
    mode = set_group(descriptor, before)
    assert mode == 0o744
    assert set_mode_and_owner(descriptor, mode, before) is False
    assert os.fstat(descriptor).st_mode & 0o7777 == 0o744
    same_group = status(0o754, own.st_uid + 1, own.st_gid)
    assert set_group(descriptor, same_group) == 0o754
    assert set_mode_and_owner(descriptor, 0o754, same_group) is False
    same_owner = status(0o754, own.st_uid, own.st_gid + 1)
    assert set_mode_and_owner(descriptor, 0o744, same_owner) is False
    assert set_mode_and_owner(descriptor, 0o744, status(0o744, own.st_uid, own.st_gid)) is True


def test_other_errors_are_raised(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: int) -> None:
        raise OSError(errno.EIO, "-")

    monkeypatch.setattr(os, "fchown", fail)
    own = os.fstat(descriptor)
    with pytest.raises(OSError, match="-"):
        set_group(descriptor, status(0o600, own.st_uid, own.st_gid + 1))
    with pytest.raises(OSError, match="-"):
        set_mode_and_owner(descriptor, 0o600, status(0o600, own.st_uid + 1, own.st_gid))


def test_a_system_without_owners(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fchown")
    monkeypatch.delattr(os, "fchmod")
    own = os.fstat(descriptor)
    before = status(0o640, own.st_uid + 1, own.st_gid + 1)
    assert set_group(descriptor, before) == 0o600
    assert set_mode_and_owner(descriptor, 0o600, before) is False
