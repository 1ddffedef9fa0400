"""The system accepts fewer bytes than requested, at every length."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import rckp
from conformance.tests.crash.oracle import violations
from conformance.tests.crash.protocols import VARIANTS
from conformance.tests.crash.scenarios import NEW, OLD, PATH, snapshot
from conformance.tests.crash.tracing import Bench, Injection, Task
from rckp.store import atomic_write

SIZE = len(rckp.encode(NEW))
Writev = Callable[[int, Sequence[bytes]], int]


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    made = rckp.CheckpointStore(tmp_path / "base", durability="none")
    made.write(OLD)
    return made


@contextmanager
def longest_file(size: int) -> Iterator[None]:
    """The system limits the size of a file: a short write, then EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def first(size: int) -> Writev:
    """Takes that many bytes at first, and then all."""
    left = [size]

    def writev(descriptor: int, parts: Sequence[bytes]) -> int:
        data = b"".join(parts)
        return os.write(descriptor, data[: left.pop()] if left else data)

    return writev


def at_most(size: int) -> Writev:
    return lambda descriptor, parts: os.write(descriptor, b"".join(parts)[:size])


@pytest.mark.parametrize("short", [first, at_most])
def test_what_was_not_taken_is_written_again(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, short: Callable[[int], Writev]
) -> None:
    for size in range(1, SIZE + 1):
        store.write(OLD)
        with monkeypatch.context() as patched:
            patched.setattr(os, "writev", short(size))
            store.write(NEW)
        assert snapshot(store.base_dir) == ({PATH: rckp.encode(NEW)}, [])


def test_a_file_that_cannot_become_as_long(store: rckp.CheckpointStore) -> None:
    for size in range(SIZE):
        with longest_file(size), pytest.raises(rckp.StoreError, match="File too large") as raised:
            store.write(NEW)
        assert raised.value.code == "not-written"
        assert snapshot(store.base_dir) == ({PATH: rckp.encode(OLD)}, [])
    with longest_file(SIZE):
        store.write(NEW)
    assert snapshot(store.base_dir) == ({PATH: rckp.encode(NEW)}, [])


def test_a_system_that_claims_to_have_taken_bytes(bench: Bench) -> None:
    """The call writes nothing and reports success: the size of the file shows it."""
    sizes = [1, SIZE // 2, SIZE - 1, SIZE]
    endings = bench.each(
        lambda actor, size: actor.run(Task("overwrite"), Injection(f"retval={size}", "writev", 1)),
        sizes,
    )
    assert violations(endings) == []
    assert all(ending.injected for ending in endings)
    assert [ending.result["code"] for ending in endings] == ["not-written"] * len(sizes)


def test_one_call_to_write_is_caught(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic_write, "PROTOCOL", atomic_write.PROTOCOL)  # so that it is put back
    VARIANTS["one call to write, unchecked"](store)
    torn = 0
    for size in range(SIZE):
        shutil.rmtree(store.base_dir)
        store.write(OLD)
        with longest_file(size), suppress(rckp.StoreError):
            store.write(NEW)
        torn += snapshot(store.base_dir)[0] != {PATH: rckp.encode(OLD)}
    assert torn == SIZE - 1  # but for size 0, where the only call fails
