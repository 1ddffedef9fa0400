"""No operation of a store leaves a descriptor open, whatever fails on the way."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.examples import IDENTITY, SCOPE, record
from conformance.tests.tools import require

HERE = "/proc/self/fd"
Operation = Callable[[rckp.CheckpointStore], object]


def held(base: Path) -> list[str]:
    """What this process has open at or below a directory; other tests' files do not count."""
    found = []
    for number in os.listdir(HERE):
        try:
            target = os.readlink(f"{HERE}/{number}")
        except OSError:
            continue
        if target.startswith(str(base)):
            found.append(target)
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[rckp.CheckpointStore]:
    """A base with every kind of file; nothing is closed by the garbage collector."""
    require(os.path.isdir(HERE), "needs /proc: run on Linux")
    base = tmp_path.resolve() / "base"
    store = rckp.CheckpointStore(base, durability="none")
    store.write(record("x-1"))
    store.write(record("x-2", "y" * 9000))
    store = rckp.CheckpointStore(base, durability="full")
    foreign = rckp.encode(EXAMPLE._replace(algorithm_name="SA", step_state_payload="z" * 9000))
    whole = rckp.encode(record("x-3", "y" * 9000))
    contents = {
        "empty": b"",
        "foreign": foreign,
        "magic": b"PK" * 3000,
        "small-cut": whole[:50],
        "cut": whole[:-1],
        "text": whole.replace(b"yyyy", b"yyy\xff", 1),
        "trailing": whole + b"x",
    }
    for directory in ("a/b", "z"):
        (base / directory).mkdir(parents=True)
        for name, content in contents.items():
            (base / directory / f"{name}.ckpt").write_bytes(content)
    (base / SCOPE / "run-odd.ckpt").write_bytes(b"odd")
    (base / SCOPE / "run-a_b.ckpt").write_bytes(rckp.encode(record("a:b", "y" * 9000)))
    (base / SCOPE / "run-cut.ckpt").write_bytes(rckp.encode(record("cut", "y" * 9000))[:-1])
    (base / SCOPE / "run-directory.ckpt").mkdir()
    (base / "link.ckpt").symlink_to("a")
    gc.disable()
    yield store
    gc.enable()


def read_all(store: rckp.CheckpointStore) -> None:
    for path in [*store.base_dir.rglob("*.ckpt")]:
        try:
            store.read(path)
        except rckp.RckpError:
            assert held(store.base_dir) == []


OPERATIONS: dict[str, Operation] = {
    "files": lambda store: list(store.files(on_error=ignored)),
    "entries": lambda store: list(store.entries(on_error=ignored)),
    "list": lambda store: store.list_resumable(IDENTITY, on_error=ignored),
    "select": lambda store: store.select_resume(IDENTITY, choose=lambda entries: entries[0]),
    "purge": lambda store: store.purge_older_than(1 << 63),
    "purge-none": lambda store: store.purge_older_than(1),
    "purge-broken": lambda store: store.purge_truncated(unchanged_for_ms=0),
    "purge-fresh": lambda store: store.purge_truncated(unchanged_for_ms=1 << 40),
    "read": read_all,
    "write-new": lambda store: store.write(record("x-9")),
    "write-over": lambda store: store.write(record("x-2", "z" * 70000)),
    "write-aside": lambda store: store.write(record("odd")),
    "write-over-cut": lambda store: store.write(record("cut")),
    "write-collision": lambda store: store.write(record("a_b")),
    "write-directory": lambda store: store.write(record("directory")),
    "delete": lambda store: store.delete_on_success(store.base_dir / SCOPE / "run-x-1.ckpt"),
    "delete-none": lambda store: store.delete_on_success(store.base_dir / "a/none.ckpt"),
    "delete-directory": lambda store: store.delete_on_success(
        store.base_dir / SCOPE / "run-directory.ckpt"
    ),
    "delete-below-file": lambda store: store.delete_on_success(
        store.base_dir / "a/b/cut.ckpt/x.ckpt"
    ),
}
CALLS = [
    "open",
    "stat",
    "fstat",
    "scandir",
    "fsync",
    "writev",
    "link",
    "replace",
    "unlink",
    "pread",
]


def ignored(_path: Path, _error: Exception) -> None:
    """Ignore a reported error."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_stays_open(store: rckp.CheckpointStore, name: str) -> None:
    errors = []  # kept, so that their frames keep what they hold
    for _ in range(2):
        try:
            OPERATIONS[name](store)
        except rckp.RckpError as error:
            errors.append(error)
    assert held(store.base_dir) == []
    refused = ("write-collision", "write-directory", "delete-directory", "delete-below-file")
    assert len(errors) == 2 * (name in refused)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", [n for n in OPERATIONS if n not in ("read", "purge-fresh")])
def test_nothing_stays_open_when_a_call_fails(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, name: str, call: str
) -> None:
    """Each of the first calls fails once; `pread` is known to the modules by another name."""
    places: list[tuple[Any, str]] = [(os, call)]
    if call == "pread":
        modules = [m for n, m in [*sys.modules.items()] if n.startswith("rckp.store.")]
        places = [(module, "read_at") for module in modules if hasattr(module, "read_at")]
    errors = []
    for failing in range(6):
        real: Callable[..., Any] = getattr(os, call)
        calls = 0

        def fails(
            *args: Any, real: Callable[..., Any] = real, failing: int = failing, **kwargs: Any
        ) -> Any:
            nonlocal calls
            calls += 1
            if calls == failing + 1:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(*args, **kwargs)

        with monkeypatch.context() as patch:
            for module, attribute in places:
                patch.setattr(module, attribute, fails)
            try:
                OPERATIONS[name](store)
            except rckp.RckpError as error:
                errors.append(error)
        assert held(store.base_dir) == [], f"call {failing + 1} of {call}"
        if calls <= failing:
            break


@pytest.mark.parametrize("number", range(1, 12))
def test_nothing_stays_open_of_what_is_abandoned(store: rckp.CheckpointStore, number: int) -> None:
    for found in (store.files(), store.entries(on_error=ignored)):
        kept = iter(found)
        for _ in range(number):
            next(kept, None)
        kept.close()  # type: ignore[attr-defined]
        assert held(store.base_dir) == []


@pytest.mark.parametrize("wide", [True, False])
def test_a_directory_is_let_go_before_the_next(store: rckp.CheckpointStore, wide: bool) -> None:
    base = store.base_dir / "many"
    base.mkdir()
    for number in range(40):
        (base / f"{number}/in").mkdir(parents=True)
        (base / f"{number}/in/x.ckpt").write_bytes(rckp.encode(record()))
        if wide:
            (base / f"{number}/y.ckpt").write_bytes(b"")
    most = 0
    number = 0
    for _ in rckp.CheckpointStore(base).files():
        number += 1
        most = max(most, len(held(store.base_dir)))
    assert number == (80 if wide else 40)
    assert most <= 6
    assert held(store.base_dir) == []


def test_a_base_that_cannot_be_listed_is_told(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "scandir", failing)
    for ask in (lambda: list(store.files()), lambda: store.list_resumable(IDENTITY)):
        with pytest.raises(rckp.StoreError) as caught:
            ask()
        assert (caught.value.code, caught.value.path) == ("unreadable", str(store.base_dir))
    assert held(store.base_dir) == []
