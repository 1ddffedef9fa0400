"""Writing where other users put links, and where other writers do not lock."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

import rckp
from conformance.tests.attack.writing import NEW, OLD, STEPS, before, permissions
from conformance.tests.store.examples import names
from rckp.files.directory import Directory
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base")


@pytest.mark.parametrize("step", STEPS[1 : STEPS.index("publish") + 1])
@pytest.mark.parametrize("first", [True, False], ids=["first write", "overwrite"])
def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(
    store: rckp.CheckpointStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    first: bool,
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("secret")
    victim.chmod(0o600)
    if not first:
        store.write(OLD).chmod(0o644)

    def swap(write: PendingWrite) -> None:
        path = Path(write.directory.join(write.temporary))
        path.unlink()
        path.symlink_to(victim)

    monkeypatch.setattr(atomic_write, "PROTOCOL", before(step, swap))
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert caught.value.code == "not-written"
    assert (permissions(victim), victim.read_text()) == (0o600, "secret")
    left = [path for path in store.base_dir.rglob("*") if not path.is_dir()]
    assert len(left) == (0 if first else 1)
    assert [each.record for each in store.entries()] == ([] if first else [OLD])


@pytest.mark.parametrize("locked", [True, False])
def test_a_link_that_was_published_is_reported_and_removed(
    store: rckp.CheckpointStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("secret")
    path = store.write(OLD)
    rename = Directory.rename

    def swap_first(directory: Directory, old: str, new: str) -> None:
        temporary = Path(directory.join(old))
        temporary.unlink()
        temporary.symlink_to(victim)
        rename(directory, old, new)

    monkeypatch.setattr(Directory, "rename", swap_first)
    monkeypatch.setattr(Directory, "locked", lambda *_, **__: nullcontext(locked))
    with pytest.raises(rckp.DurabilityUncertain):
        store.write(NEW)
    assert (victim.read_text(), names(path.parent)) == ("secret", [])


def just_after_publishing(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], None], *, locked: bool = False
) -> None:
    """Let another program act before the published name is checked."""
    rename = Directory.rename

    def then_act(directory: Directory, old: str, new: str) -> None:
        rename(directory, old, new)
        monkeypatch.setattr(Directory, "rename", rename)
        act(Path(directory.join(new)))

    monkeypatch.setattr(Directory, "rename", then_act)
    monkeypatch.setattr(Directory, "locked", lambda *_, **__: nullcontext(locked))


def replace_by(data: bytes) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        path.write_bytes(data)

    return replace


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


FASTER = replace_by(rckp.encode(NEW._replace(created_at_ms=99)))
AFTERWARDS: dict[str, tuple[Callable[[Path], None], bool, bool]] = {
    # What another program does, and whether this is an error with the lock, and without it.
    "removed": (Path.unlink, True, False),
    "replaced by this run": (FASTER, False, False),
    "no checkpoint": (replace_by(b"something else"), True, True),
    "another run": (replace_by(rckp.encode(NEW._replace(run_id="HC-2-1-5"))), True, True),
    "a directory": (make_directory, True, True),
}


@pytest.mark.parametrize("case", AFTERWARDS)
@pytest.mark.parametrize("locked", [True, False])
def test_what_another_program_does_after_the_publication(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, case: str, *, locked: bool
) -> None:
    """It is never not-written, which would mean that nothing has changed."""
    act, with_lock, without = AFTERWARDS[case]
    path = store.write(OLD)
    just_after_publishing(monkeypatch, act, locked=locked)
    if with_lock if locked else without:
        with pytest.raises(rckp.DurabilityUncertain) as caught:
            store.write(NEW)
        assert str(caught.value.path) == str(path)
        assert "another program has" in str(caught.value)
    else:
        assert store.write(NEW) == path
    assert [name for name in names(path.parent) if name != path.name] == []


def test_a_disk_that_is_full_at_close_keeps_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = rckp.CheckpointStore(tmp_path / "base", durability="none")
    path = store.write(OLD)
    close = os.close

    def full(descriptor: int) -> None:
        name = os.readlink(f"/proc/self/fd/{descriptor}") if sys.platform == "linux" else ""
        close(descriptor)
        if name.endswith(".tmp"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "close", full)
    if sys.platform != "linux":
        pytest.skip("this test finds a descriptor's name in /proc, which only Linux has")
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert (caught.value.code, store.read(path)) == ("not-written", OLD)
    assert names(path.parent) == [path.name]
