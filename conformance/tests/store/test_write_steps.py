"""What a write does on its way: what it flushes, how it divides, what it sweeps, whom it spares."""

from __future__ import annotations

import errno
import logging
import os
import stat
import time
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.examples import SCOPE, names, record, temporaries


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base", durability="none")


@pytest.mark.parametrize(
    ("durability", "kinds"), [("none", []), ("file", ["file"]), ("full", ["file", "directory"])]
)
def test_what_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durability: str, kinds: list[str]
) -> None:
    store = rckp.CheckpointStore(tmp_path / "base", durability=durability)
    store.write(record("x-1"))
    flushed: list[str] = []

    def fsync(descriptor: int) -> None:
        directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        flushed.append("directory" if directory else "file")

    monkeypatch.setattr(os, "fsync", fsync)
    store.write(record("x-1", "new"))
    assert flushed == kinds
    flushed.clear()
    store.write(record("x-2", "another"))
    assert flushed == kinds
    flushed.clear()
    path = store.base_dir / SCOPE / "run-x-1.ckpt"
    path.write_bytes(b"odd")
    store.write(record("x-1"))
    # The name of what is kept aside is flushed before its old name goes.
    aside = [] if durability == "none" else ["directory"]
    assert flushed == kinds[:1] + aside + kinds[1:]


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 65535, 65536, 65537, 3 << 20])
@pytest.mark.parametrize("most", [1000, 70000, 1 << 30])
def test_every_size_arrives(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, size: int, most: int
) -> None:
    def some(descriptor: int, parts: list[memoryview]) -> int:
        assert all(parts), "an empty part is not written"
        assert any(bytes(part[:4]) == b"RCKP" for part in parts) is (
            os.lseek(descriptor, 0, 1) == 0
        )
        return os.write(descriptor, b"".join(part[:most] for part in parts[:8])[:most])

    short = len(rckp.encode(record("x-1", "")))
    data = record("x-1", "y" * max(0, size - short))
    monkeypatch.setattr(os, "writev", some)
    for _ in range(2):
        assert store.write(data).read_bytes() == rckp.encode(data)
    assert temporaries(store.base_dir) == []


@pytest.mark.parametrize("size", [0, 4000, 9000])
def test_the_same_run_is_replaced_whatever_else_differs(
    store: rckp.CheckpointStore, size: int
) -> None:
    first = record("x-1", "y" * size)
    for changed in (
        first._replace(created_at_ms=(1 << 64) - 1),
        first._replace(random_seed=0),
        first._replace(algorithm_parameters="other" * 2000),
        first._replace(status=rckp.CheckpointRunStatus.FAILED, error_message="no"),
        first._replace(seed_payload="s", step_state_payload=""),
    ):
        store.write(first)
        path = store.write(changed)
        assert store.read(path) == changed
        assert names(path.parent) == [path.name]


@pytest.mark.parametrize("size", [0, 9000])
@pytest.mark.parametrize("cut", [None, -1])
@pytest.mark.parametrize("other", ["a_b", "a:b:", "::a:b", "a;b", "_a:b" + "_" * 6000])
def test_another_run_of_the_same_file_name_is_spared(
    store: rckp.CheckpointStore, size: int, cut: int | None, other: str
) -> None:
    path = store.write(record("a:b"))
    theirs = rckp.encode(record(other, "y" * size))[:cut]
    path.write_bytes(theirs)
    with pytest.raises(rckp.RunIdCollision) as caught:
        store.write(record("a:b"))
    assert caught.value.details["run_id"] == "a:b"
    assert caught.value.details["other"] == (other if len(other) <= 3 else "(a longer one)")
    assert path.read_bytes() == theirs
    assert names(path.parent) == [path.name]


NOT_OURS = [
    ".rckp-" + "a" * 15 + ".tmp",
    ".rckp-" + "a" * 17 + ".tmp",
    ".rckp-" + "A" * 16 + ".tmp",
    ".rckp-" + "a" * 15 + "g.tmp",
    ".rckp_" + "a" * 16 + ".tmp",
    ".rckp-" + "a" * 16 + ".tmq",
    "rckp-" + "a" * 17 + ".tmp",
    ".rckp-" + "a" * 16,
    ".rckp-" + "a" * 17 + "tmp",
]


def test_only_temporary_files_are_swept(store: rckp.CheckpointStore) -> None:
    directory = store.write(record("x-1")).parent
    for name in NOT_OURS:
        (directory / name).touch()
    (directory / f".rckp-{'b' * 16}.tmp").mkdir()
    (directory / f".rckp-{'c' * 16}.tmp").symlink_to("run-x-1.ckpt")
    for digit in "0123456789def":
        (directory / f".rckp-{digit * 16}.tmp").touch()
    rckp.CheckpointStore(store.base_dir, durability="none").write(record("x-1"))
    stay = [f".rckp-{digit * 16}.tmp" for digit in "bc"]
    assert names(directory) == sorted([*NOT_OURS, *stay, "run-x-1.ckpt"])


@pytest.mark.parametrize(
    ("age", "stays"),
    [(86_400, True), (86_400.5, False), (86_300, True), (86_500, False), (-500, True)],
)
def test_without_locks_the_age_decides(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, age: float, stays: bool
) -> None:
    import fcntl

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    directory = store.write(record("x-1")).parent
    left = directory / f".rckp-{'a' * 16}.tmp"
    left.touch()
    now = float(int(time.time()))
    os.utime(left, (now - age,) * 2)
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    rckp.CheckpointStore(store.base_dir, durability="none").write(record("x-1"))
    assert left.exists() is stays


def test_one_that_cannot_be_swept_does_not_keep_the_others(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    directory = store.write(record("x-1")).parent
    left = [f".rckp-{digit * 16}.tmp" for digit in "abcd"]
    for name in left:
        (directory / name).touch()
    unlink = os.unlink
    codes = {left[1]: errno.EIO, left[2]: errno.ENOENT}

    def failing(name: str, **options: int) -> None:
        if name in codes:
            raise OSError(codes[name], os.strerror(codes[name]))
        unlink(name, **options)

    again = rckp.CheckpointStore(store.base_dir, durability="none")
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "rckp.store"):
        patch.setattr(os, "unlink", failing)
        again.write(record("x-1"))
    assert names(directory) == sorted([left[1], left[2], "run-x-1.ckpt"])
    assert len(caplog.records) == 1
    again.write(record("x-1"))
    assert names(directory) == ["run-x-1.ckpt"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o666, 0o755, 0o4755])
def test_nobody_reads_the_new_bytes_who_could_not_read_the_old(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    path = store.write(record("x-1"))
    path.chmod(mode)
    writev, modes = os.writev, []

    def look(descriptor: int, parts: list[memoryview]) -> int:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return writev(descriptor, parts)

    monkeypatch.setattr(os, "writev", look)
    before = os.umask(0)
    try:
        store.write(record("x-1", "new"))
    finally:
        os.umask(before)
    assert modes == [mode & 0o600 | 0o200]
    assert stat.S_IMODE(path.stat().st_mode) == mode & 0o777


def test_a_name_that_comes_and_goes_is_given_up(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def taken(*_: object, **__: object) -> None:
        attempts.append(1)
        raise FileExistsError(errno.EEXIST, "File exists")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", taken)
        with pytest.raises(rckp.StoreError, match="not-written") as caught:
            store.write(record("x-1"))
    assert "Errno" not in str(caught.value), "a sentence of our own has no number"
    assert 2 <= len(attempts) < 100
    assert list(store.files()) == []
    assert temporaries(store.base_dir) == []


@pytest.mark.parametrize("call", ["link", "replace"])
def test_an_error_of_another_kind_is_no_want_of_links(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = store.write(record("x-1"))
    path.write_bytes(b"odd")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    for run_id in ("x-1", "x-2") if call == "link" else ("x-1",):
        with pytest.raises(rckp.StoreError) as caught:
            store.write(record(run_id))
        assert caught.value.details == {"reason": "No space left on device"}
        assert path.read_bytes() == b"odd"
        assert names(path.parent) == [path.name]


def test_a_system_that_takes_no_more_is_told_in_a_sentence(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "writev", lambda *_: 0)
    with pytest.raises(rckp.StoreError, match="not-written") as caught:
        store.write(record("x-1"))
    assert "Errno" not in str(caught.value)
