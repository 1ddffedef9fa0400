"""Deleting and purging: only the validated file is removed, and an error does not end a purge."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rckp
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.examples import names, record
from conformance.tests.tools import need, require, with_tests_importable
from rckp.files.directory import Directory, Locked
from rckp.store import purging


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


def swapped(monkeypatch: pytest.MonkeyPatch, action: Callable[[Path], object]) -> None:
    """Does something between the validation of a file and the lock for its removal."""
    judge = purging.expired_file

    def judged(directory: Directory, name: str, before: int) -> purging.FileFingerprint | None:
        verdict = judge(directory, name, before)
        if verdict is not None:
            action(Path(directory.join(name)))
        return verdict

    monkeypatch.setattr(purging, "expired_file", judged)


def test_a_fresh_checkpoint_in_the_place_of_the_judged_one_stays(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(record(at=1))
    fresh = record(payload="fresh", at=5000)
    swapped(monkeypatch, lambda _: rckp.CheckpointStore(store.base_dir).write(fresh))
    assert store.purge_older_than(1000) == 0
    assert store.read(path) == fresh


def test_a_checkpoint_written_in_place_meanwhile_stays(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the original writes: the same file, the same size, another content."""
    path = store.write(record(at=1))
    fresh = rckp.encode(record(at=5000))

    def overwrite(there: Path) -> None:
        time.sleep(0.02)  # the clock of a file system is coarse
        there.write_bytes(fresh)

    swapped(monkeypatch, overwrite)
    assert store.purge_older_than(1000) == 0
    assert path.read_bytes() == fresh


@pytest.mark.parametrize("what", ["link", "directory", "pipe"])
def test_what_came_in_the_place_of_the_judged_one_stays(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = store.write(record(at=1))
    other = store.base_dir / "other"
    other.write_bytes(rckp.encode(record(at=1)))

    def replace(there: Path) -> None:
        there.unlink()
        if what == "link":
            there.symlink_to(other)
        elif what == "directory":
            there.mkdir()
        else:
            os.mkfifo(there)

    swapped(monkeypatch, replace)
    assert store.purge_older_than(1000) == 0
    assert os.path.lexists(path)
    assert other.exists()


def test_what_somebody_else_removed_is_neither_counted_nor_an_error(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        store.write(record(f"x-{number}", at=1))
    swapped(monkeypatch, lambda there: there.unlink() if there.name == "run-x-1.ckpt" else None)
    assert store.purge_older_than(1000) == 2
    assert list(store.files()) == []


def test_the_age_goes_by_the_clock(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ms in (0, 499, 500, 501, 1000):
        store.write(record(f"x-{ms}", at=ms))
    monkeypatch.setattr(time, "time_ns", lambda: 1_000 * 1_000_000)
    assert store.purge_older_than_age(1001) == 0
    assert store.purge_older_than_age(1000) == 0
    assert store.purge_older_than_age(500) == 2
    assert [path.name for path in store.files()] == [
        "run-x-1000.ckpt",
        "run-x-500.ckpt",
        "run-x-501.ckpt",
    ]


def test_broken_files_are_purged_only_when_they_are_truncated_and_at_rest(
    store: rckp.CheckpointStore,
) -> None:
    directory = store.write(record()).parent
    data = rckp.encode(EXAMPLE)
    later_layout = data.replace(b"iter=10;eval=11", b"\x01\xff" + b"0" * 13)
    contents = {
        "empty": b"",
        "torn": data[:-1],
        "large-torn": rckp.encode(record(payload="x" * 9000))[:-1],
        "one-byte": b"R",
        "valid": data,
        "foreign": b"PK\x03\x04",
        "longer": data + b"x",
        "later": later_layout,
    }
    for name, content in contents.items():
        (directory / f"{name}.ckpt").write_bytes(content)
    assert store.purge_truncated() == 0, "all of them were written this moment"
    old = time.time() - 100
    for name in contents:
        os.utime(directory / f"{name}.ckpt", (old, old))
    (directory / "just-now.ckpt").touch()
    assert store.purge_truncated() == 4
    assert {"valid", "foreign", "longer", "later", "just-now"} == {
        name.removesuffix(".ckpt") for name in names(directory) if not name.startswith("run-")
    }


IN_A_NAMESPACE = """
import os, sys, rckp
from pathlib import Path
from conformance.tests.store.examples import record
base = Path(sys.argv[1])
store = rckp.CheckpointStore(base, durability="none")
paths = [store.write(record(f"x-{n}", at=1)) for n in range(3)]
other = store.write(record("y")._replace(algorithm_name="other", created_at_ms=1))
os.system(f"mount --bind {other.parent} {other.parent}")
os.system(f"mount -o remount,ro,bind {other.parent}")
try:
    store.purge_older_than(1000)
except rckp.PurgeIncomplete as error:
    print(error.removed, [(Path(e.path).name, e.code) for e in error.failures])
    print(error.code, "Read-only" in str(error), sorted(p.name for p in store.files()))
try:
    store.delete_on_success(other)
except rckp.StoreError as error:
    print(error.code)
"""


def test_what_cannot_be_removed_is_told_at_the_end(tmp_path: Path) -> None:
    need("unshare", "mount", how="apt-get install util-linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = f'mount -t tmpfs none {disk} && exec "$@"'
    probe = ["unshare", "-rm", "sh", "-c", command, "sh", "true"]
    require(
        subprocess.run(probe, capture_output=True, check=False).returncode == 0,
        "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)",
    )
    out = subprocess.run(
        [*probe[:-1], sys.executable, "-c", IN_A_NAMESPACE, str(disk)],
        capture_output=True,
        text=True,
        check=False,
        env=with_tests_importable(),
    )
    assert out.stderr == ""
    assert out.stdout.splitlines() == [
        "3 [('run-y.ckpt', 'not-removed')]",
        "purge-incomplete True ['run-y.ckpt']",
        "not-removed",
    ]


def test_deleting_through_a_base_that_is_a_link(
    store: rckp.CheckpointStore, tmp_path: Path
) -> None:
    """The path may be spelt through the link, or without it."""
    store.base_dir.mkdir()
    (tmp_path / "link").symlink_to("base")
    linked = rckp.CheckpointStore(tmp_path / "link")
    for spelling in (linked, store):
        path = spelling.write(record())
        assert linked.delete_on_success(path)
    assert not linked.delete_on_success(path)


def test_a_relative_path_is_taken_from_the_current_directory(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(record())
    monkeypatch.chdir(path.parent)
    assert store.delete_on_success(path.name)


@pytest.mark.parametrize("error", [BrokenPipeError(32, "-"), FileNotFoundError(2, "-")])
def test_an_error_of_the_caller_ends_a_purge(store: rckp.CheckpointStore, error: OSError) -> None:
    for number in range(3):
        store.write(record(f"HC-1-{number}-5", at=1))

    def fail(_: Path) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        store.purge_older_than(1000, on_removal=fail)
    assert caught.value is error
    assert len(list(store.files())) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_a_purge_waits_for_each_directory_once(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        locked = store.write(record(f"HC-1-{number}-5", at=1)).parent
    other = Path(store.base_dir, "other")
    other.mkdir()
    (other / "a.ckpt").write_bytes(rckp.encode(record(at=1)))
    waited: list[str] = []

    def time_out(self: Locked) -> bool:
        waited.append(self._directory.path)
        if self._directory.path == str(locked):
            raise rckp.StoreError("lock-timeout", str(locked), {"timeout": 1})
        return True

    monkeypatch.setattr(Locked, "__enter__", time_out)
    with pytest.raises(rckp.PurgeIncomplete) as caught:
        store.purge_older_than(1000)
    assert waited == [str(locked), str(other)]
    assert caught.value.removed == 1
    assert [(each.code, each.path) for each in caught.value.failures] == [
        ("lock-timeout", str(locked))
    ]


def test_a_directory_that_is_removed_meanwhile_is_no_failure(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(record(at=1))
    (store.base_dir / "z").mkdir()
    swapped(monkeypatch, lambda _: (store.base_dir / "z").rmdir())
    assert store.purge_older_than(1000) == 1
