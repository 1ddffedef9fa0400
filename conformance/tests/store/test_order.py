"""The order of many files, and that none is lost or told twice, however many there are."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.store.examples import IDENTITY, record


def made(base: Path, number: int, seed: int) -> list[Path]:
    """Files in random order of making, some in directories whose names fall among theirs."""
    chosen = random.Random(seed)
    letters = ["a", "B", "z", "-", "_", "0", "é", "\udcff", "\uffff", "😀", "~"]
    names = {"".join(chosen.choices(letters, k=3)) for _ in range(4 * number)}
    picked = chosen.sample(sorted(names), number)
    paths: list[Path] = []
    for at, name in enumerate(picked):
        directory = base / name if at % 25 == 0 else base
        directory.mkdir(parents=True, exist_ok=True)
        for inner in ("m.ckpt", "M.ckpt") if directory is not base else (f"{name}.ckpt",):
            (directory / inner).write_bytes(rckp.encode(record(f"x-{len(paths)}", at=len(paths))))
            paths.append(directory / inner)
        (directory / f"{name}.txt").touch()
    return paths


def run_parallel(paths: list[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: [os.fsencode(part) for part in path.parts])


@pytest.mark.parametrize("number", [1, 63, 64, 65, 130, 200])
def test_many_files_come_in_the_order_of_their_bytes(tmp_path: Path, number: int) -> None:
    base = tmp_path / "base"
    paths = made(base, number, number)
    store = rckp.CheckpointStore(base, durability="none")
    expected = run_parallel(paths)
    assert list(store.files()) == expected
    assert [entry.path for entry in store.entries()] == expected
    entries = store.list_resumable(IDENTITY)
    ids = [f"x-{at}" for at in range(len(paths))]
    assert [entry.record.run_id for entry in entries] == ids
    assert [entry.path for entry in entries] == paths
    removed: list[Path] = []
    assert store.purge_older_than(1 << 40, on_removal=removed.append) == len(paths)
    assert removed == expected


@pytest.mark.parametrize("number", [63, 64, 65, 128, 129])
def test_each_of_many_files_in_one_directory_is_found_once(tmp_path: Path, number: int) -> None:
    data = rckp.encode(record("x-1"))
    for at in range(number):
        (tmp_path / f"{at}.ckpt").write_bytes(data)
    entries = rckp.CheckpointStore(tmp_path).list_resumable(IDENTITY)
    assert [entry.path for entry in entries] == run_parallel(
        [tmp_path / f"{at}.ckpt" for at in range(number)]
    )


def test_without_an_identity_every_resumable_checkpoint_is_listed(tmp_path: Path) -> None:
    store = rckp.CheckpointStore(tmp_path, durability="none")
    store.write(record("x-1"))
    other = rckp.Identity("SA", "", "QAP", "")
    keys = rckp.CheckpointRecord._fields[3:9]
    changes: dict[str, Any] = dict(zip(keys, (*other, *other.signature_hashes), strict=True))
    store.write(record("y-3", at=3)._replace(**changes))
    store.write(record("z-2", at=2)._replace(status=rckp.CheckpointRunStatus.COMPLETED))
    for list_of in (store.list_resumable, store.list_for_selection):
        assert [entry.record.run_id for entry in list_of(None)] == ["x-1", "y-3"]
        assert [entry.record.run_id for entry in list_of(other)] == ["y-3"]
        assert [entry.record.run_id for entry in list_of(IDENTITY)] == ["x-1"]
