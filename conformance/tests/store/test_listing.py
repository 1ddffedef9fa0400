"""Listing that cannot be hung, looped or fooled."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import rckp
from conformance.tests.descriptors import open_below
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.examples import IDENTITY, SCOPE, record
from conformance.tests.tools import need, require
from rckp.files.directory import Directory
from rckp.store import listing, record_reader, resumable

Told = list[tuple[str, str]]


def told(notes: Told, base: Path) -> Callable[[Path, rckp.RckpError], None]:
    return lambda path, error: notes.append((str(path.relative_to(base)), error.code))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "base"
    rckp.CheckpointStore(base, durability="none").write(record("x-1"))
    return base


def test_what_is_left_out_is_logged(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    (base / "empty.ckpt").touch()
    with caplog.at_level(logging.WARNING, "rckp.store"):
        entries = rckp.CheckpointStore(base).list_resumable(IDENTITY)
    assert [entry.record.run_id for entry in entries] == ["x-1"]
    [message] = [each.getMessage() for each in caplog.records]
    assert "empty.ckpt" in message
    assert "[truncated, DEC-2]" in message


@pytest.mark.parametrize("given", [".", "base", "base/", "base/..", "base//.", "/"])
@pytest.mark.parametrize("name", ["a.ckpt", "ä b.ckpt", ".x.ckpt", "..ckpt", "\udcff.ckpt"])
def test_a_joined_path_is_that_of_pathlib(given: str, name: str) -> None:
    joined = resumable._joining(Path(given))(name)
    wanted = Path(given) / name
    assert (joined, str(joined), hash(joined)) == (wanted, str(wanted), hash(wanted))
    assert (joined.parts, joined.name, joined.parent) == (wanted.parts, wanted.name, wanted.parent)


def test_sockets_and_devices_are_passed_over(base: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(base, os.O_RDONLY)
        try:
            server.bind(f"/proc/self/fd/{here}/s.ckpt")  # the path itself may be too long
        finally:
            os.close(here)
        notes: Told = []
        found = list(rckp.CheckpointStore(base).files(on_error=told(notes, base)))
    assert [path.name for path in found] == ["run-x-1.ckpt"]
    assert notes == []


def test_an_unreadable_directory_is_reported_and_the_rest_listed(base: Path) -> None:
    (base / "b/c").mkdir(parents=True)
    rckp_file = base / SCOPE / "run-x-1.ckpt"
    shutil.copy(rckp_file, base / "z.ckpt")
    script = """
import os, sys, rckp
from pathlib import Path
base = Path(sys.argv[1])
store, identity = rckp.CheckpointStore(base), rckp.Identity("HC", "p=1", "TSP", "n=4")
say = lambda path, error: print(path.relative_to(base), error.code)
def look():
    print([str(path.relative_to(base)) for path in store.files(on_error=say)])
    print(len(store.list_resumable(identity, on_error=say)))
look()  # as root, which also imports what nobody else may be able to read
os.setgroups([]); os.setgid(65534); os.setuid(65534)
look()
"""
    require(os.geteuid() == 0, "run as root: only root can become somebody else")
    for directory in (*base.parents, base):
        if directory.stat().st_uid == 0 and directory != Path("/"):
            directory.chmod(directory.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    (base / "b").chmod(0o700)
    (base / "z.ckpt").chmod(0o600)
    out = subprocess.run(
        [sys.executable, "-c", script, base], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    files = f"['{SCOPE}/run-x-1.ckpt', 'z.ckpt']"
    assert out[:2] == [files, "2"]
    assert out[2:4] == ["b unreadable", files]
    assert sorted(out[4:6]) == ["b unreadable", "z.ckpt unreadable"]
    assert out[6:] == ["1"]


def test_directories_that_are_nested_too_deep_are_reported(base: Path) -> None:
    deep = base / "/".join("d" * listing.DEPTH)
    deep.mkdir(parents=True)
    shutil.copy(base / SCOPE / "run-x-1.ckpt", deep / "in.ckpt")
    (deep / "e").mkdir()
    shutil.copy(base / SCOPE / "run-x-1.ckpt", deep / "e" / "out.ckpt")
    notes: Told = []
    found = list(rckp.CheckpointStore(base).files(on_error=told(notes, base)))
    assert [path.name for path in found] == ["run-x-1.ckpt", "in.ckpt"]
    assert notes == [(str((deep / "e").relative_to(base)), "unreadable")]


def test_a_directory_that_becomes_a_link_is_not_followed(tmp_path: Path, base: Path) -> None:
    """Between finding a directory and entering it, somebody puts a link in its place."""
    (tmp_path / "outside").mkdir()
    shutil.copy(base / SCOPE / "run-x-1.ckpt", tmp_path / "outside/secret.ckpt")
    (base / "a").mkdir()
    (base / "b").mkdir()
    (base / "a/first.ckpt").touch()
    notes: Told = []
    found = []
    for path in rckp.CheckpointStore(base).files(on_error=told(notes, base)):
        found.append(path.name)
        if path.name == "first.ckpt":
            (base / "b").rmdir()
            (base / "b").symlink_to(tmp_path / "outside")
    assert found == ["first.ckpt", "run-x-1.ckpt"]
    assert notes == [("b", "not-a-directory")]


def test_a_file_that_becomes_a_pipe_is_not_waited_for(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = base / SCOPE / "run-x-1.ckpt"
    opened = os.open

    def swap(name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if name == path.name:
            path.unlink()
            os.mkfifo(path)
        return opened(name, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swap)
    notes: Told = []
    assert rckp.CheckpointStore(base).list_resumable(IDENTITY, on_error=told(notes, base)) == []
    assert [code for _, code in notes] == ["unreadable"]


def test_an_abandoned_listing_closes_what_it_opened(base: Path) -> None:
    for _ in range(3):
        for _path in rckp.CheckpointStore(base).files():
            assert open_below(base), "what is open is not seen"
            break
        next(iter(rckp.CheckpointStore(base).entries()))
    assert open_below(base) == []


def test_a_header_that_does_not_match_ends_the_reading(base: Path) -> None:
    """Of a sparse file of 8 GiB with another identity hardly anything is read."""
    foreign = rckp.encode(EXAMPLE._replace(algorithm_name="SA", step_state_payload="x" * 5000))
    with (base / "large.ckpt").open("wb") as file:
        file.write(foreign[:4500])
        file.truncate(8 << 30)
    tracemalloc.start()
    found = rckp.CheckpointStore(base).list_resumable(IDENTITY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [entry.record.run_id for entry in found] == ["x-1"]
    assert peak < 2 << 20


def test_a_large_file_is_judged_before_it_is_taken_into_memory(base: Path) -> None:
    """The identity matches, but what follows the record makes the file 8 GiB long."""
    large = rckp.encode(record("x-2", "y" * 5000))
    with (base / "large.ckpt").open("wb") as file:
        file.write(large)
        file.truncate(8 << 30)
    notes: Told = []
    tracemalloc.start()
    found = rckp.CheckpointStore(base).list_resumable(IDENTITY, on_error=told(notes, base))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [entry.record.run_id for entry in found] == ["x-1"]
    assert notes == [("large.ckpt", "trailing-bytes")]
    assert peak < 4 << 20


def test_memory_is_flat_in_the_files_that_do_not_match(tmp_path: Path) -> None:
    def peak(number: int) -> int:
        base = tmp_path / str(number)
        store = rckp.CheckpointStore(base, durability="none")
        store.write(record("x-1"))
        other = rckp.encode(EXAMPLE._replace(algorithm_name="SA"))
        directory = base / "alg-SA"
        directory.mkdir()
        for at in range(number):
            (directory / f"{at:06}.ckpt").write_bytes(other)
        store.list_resumable(IDENTITY)
        tracemalloc.start()
        assert len(store.list_resumable(IDENTITY)) == 1
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(4000) < peak(40) + 50_000


def test_system_calls(tmp_path: Path) -> None:
    """At most 3.1 a file plus 3 a directory (STORE-22); docs/reliability.md has 100,000 files."""
    need("strace", how="apt-get install strace")
    base = tmp_path / "base"
    for scope in range(4):
        directory = base / f"alg-x/prob-{scope}"
        directory.mkdir(parents=True)
        for at in range(500):
            (directory / f"run-{at}.ckpt").write_bytes(
                rckp.encode(record(f"x-{at}", "y" * (8000 if at % 2 else 10)))
                if at % 10 == 0
                else rckp.encode(
                    EXAMPLE._replace(algorithm_name="SA", step_state_payload="z" * 6000)
                )
            )
    script = """
import sys, rckp
store, identity = rckp.CheckpointStore(sys.argv[1]), rckp.Identity("HC", "p=1", "TSP", "n=5")
for _ in range(int(sys.argv[2])):
    assert store.list_resumable(identity) == []
"""
    calls = []
    for rounds in ("1", "2"):
        trace = tmp_path / f"trace-{rounds}"
        subprocess.run(
            ["strace", "-f", "-o", trace, sys.executable, "-c", script, base, rounds],
            check=True,
        )
        calls.append(len(trace.read_text().splitlines()))
    assert calls[1] - calls[0] <= 3.1 * 2000 + 3 * 6


def test_read_tells_of_a_file_that_changes(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rckp.files.regular_file import OpenFile

    path = base / SCOPE / "run-x-1.ckpt"
    read = OpenFile.read_at
    grown = False

    def grow(self: OpenFile, size: int, offset: int) -> bytes:
        nonlocal grown
        data = read(self, size, offset)
        if not grown:
            grown = True
            with path.open("ab") as file:
                file.write(b"x")
        return data

    monkeypatch.setattr(OpenFile, "read_at", grow)
    with pytest.raises(rckp.StoreError) as caught:
        rckp.CheckpointStore(base).read(path)
    assert caught.value.code == "changed-while-read"


def test_a_file_that_does_not_fit_into_memory_is_reported(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = rckp.CheckpointStore(base, durability="none")
    path = store.write(record(payload="x" * 10_000))
    errors: list[tuple[Path, rckp.RckpError]] = []

    def refuse_large(data: bytes) -> rckp.CheckpointRecord:
        if len(data) > 10_000:
            raise MemoryError
        return rckp.decode(data)

    monkeypatch.setattr(record_reader, "decode", refuse_large)
    list(store.entries(on_error=lambda *error: errors.append(error)))
    found = [error for where, error in errors if where == path]
    assert [error.code for error in found] == ["too-large"]
    assert found[0].details["size"] == path.stat().st_size  # type: ignore[attr-defined]


def test_strings_are_shortened_and_their_lengths_told(base: Path) -> None:
    store = rckp.CheckpointStore(base, durability="none")
    whole = record("x-1", payload="é" * 70_000)._replace(error_message="12345", seed_payload="")
    path = store.write(whole)
    with Directory.open(str(path.parent)) as directory:
        found = listing.read_short(directory, path.name, 5, 139_999, lambda *_: None)
        assert found is not None
        cut, lengths, size = found
        assert size == path.stat().st_size
        shortened = {
            name: value[:5] if isinstance(value, str) and name != "status" else value
            for name, value in whole._asdict().items()
        }
        assert cut._asdict() == shortened
        assert lengths["step_state_payload"] == 140_000
        assert (lengths["error_message"], lengths["seed_payload"]) == (5, 0)
        complete = listing.read_short(directory, path.name, 5, 140_000, lambda *_: None)
        assert complete is not None
        assert complete[0].step_state_payload == whole.step_state_payload
        assert complete[0].algorithm_name == cut.algorithm_name
        (path.parent / "bad.ckpt").write_bytes(b"RCKQ")
        (path.parent / "link.ckpt").symlink_to(path.name)
        errors: list[tuple[str, str]] = []
        for name in ("bad.ckpt", "link.ckpt", "gone.ckpt"):
            assert (
                listing.read_short(
                    directory, name, 5, 0, lambda where, error: errors.append((where, error.code))
                )
                is None
            )
        assert errors == [
            (directory.join("bad.ckpt"), "bad-magic"),
            (directory.join("link.ckpt"), "unreadable"),
            (directory.join("gone.ckpt"), "missing"),
        ]
