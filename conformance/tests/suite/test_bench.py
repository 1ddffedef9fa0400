"""The benchmark runs, and says what it says in the form that it promises; never how fast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.corpus import ROOT
from conformance.tools.bench import (
    directory_work,
    store_peers,
    store_trees,
    store_work,
)
from conformance.tools.bench.build import NotBuiltError, kaitai_reader, roma_lib_program
from conformance.tools.bench.codec_work import WORK
from conformance.tools.bench.files import write_file
from conformance.tools.bench.groups import GROUPS, STORE
from conformance.tools.bench.naive import Naive
from conformance.tools.bench.peers import GRAMMAR, PEERS, TEXT
from conformance.tools.bench.prepared import Prepared, UnequalError, plain
from conformance.tools.bench.records import ASCII, MIXED, record_of
from conformance.tools.bench.rows import Row, Target, table
from conformance.tools.bench.spread import QUICK, Fresh, Spread, in_turn, ratios

SPREAD = ["median", "low", "high", "least", "most", "rounds"]
ROW = [*Row._fields, "met"]
# What docs/speed.md states: the work, against what, and how much at most.
TARGETS = {
    (f"{operation}, {size}, {text}", "msgpack, dict", 1.2)
    for operation in ("decode", "encode")
    for size in ("300 B", "10 kB")
    for text in (ASCII, MIXED)
} | {
    ("decode, 300 B, ASCII", "msgspec, Struct as MessagePack", 3.0),
    ("encode, 300 B, ASCII", "msgspec, Struct as MessagePack", 3.0),
    ("decode, 10 MB, ASCII", "payload's text alone", 1.1),
    ("encode_parts, 10 MB, ASCII", "payload's text alone", 1.2),
    ("decode, 10 MB, ASCII", "the payload", 0.1),
    ("encode, 10 MB, ASCII", "the payload", 1.1),
    ("encode_parts, 10 MB, ASCII", "the payload", 0.1),
}
ON_LINUX = {
    ("rckp validate 300 B", "python -c pass", 3.5),
    ("python -c import rckp", "python -c pass", 2.5),
    ("300 files of 400 B, whole process", f"{directory_work.CALLS}, whole process", 2.5),
    ("300 files of 400 B, in one process, by path", directory_work.CALLS, 3.0),
    ("5 threads", "one writer", 2.0),
    ("5 processes", "one writer", 2.0),
    ("20 B that declare 4 GiB", "299 B, invalid", 2.0),
    ("20 B that declare 4 GiB, from a pipe", "299 B, invalid", 2.0),
}


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.tools.bench", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    path = tmp_path_factory.mktemp("bench") / "results.json"
    done = _run("--quick", "--json", str(path))
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(path.read_text("utf-8"))


def test_the_document(quick: tuple[str, dict[str, Any]]) -> None:
    _, document = quick
    assert list(document) == ["version", "quick", "machine", "not_measured", "rows"]
    assert (document["version"], document["quick"]) == (2, True)
    assert document["machine"]["packages"]["msgpack"]
    assert document["machine"]["python"].endswith(".".join(map(str, sys.version_info[:3])))
    assert len(document["rows"]) > 30
    groups = len({row["group"] for row in document["rows"]})
    if sys.platform == "linux":
        groups += any("rckp[fast]" in line for line in document["not_measured"])
        groups += any("strace" in line for line in document["not_measured"])
    else:
        groups += 5 + len(STORE) + 3
    assert groups == len(GROUPS) + 1  # one takes cargo, and two are shown as two


def test_what_takes_node_or_cargo_is_named_if_it_is_left_out(
    quick: tuple[str, dict[str, Any]],
) -> None:
    told = [line for line in quick[1]["not_measured"] if "--build DIRECTORY" in line]
    assert len(told) == 3
    assert any("Kaitai" in line and "npm" in line for line in told)
    assert any("original" in line and "cargo" in line for line in told)
    for build in (kaitai_reader, roma_lib_program):
        with pytest.raises(NotBuiltError, match="--build DIRECTORY"):
            build(None)


def test_all_other_peers_take_part(quick: tuple[str, dict[str, Any]]) -> None:
    for work in WORK:
        found = {row["against"] for row in quick[1]["rows"] if row["work"] == work.name}
        small = work.size < 1_000_000
        wanted = set(work.only or PEERS) - {"Kaitai, generated reader"}
        assert found - {"the payload"} == wanted - {TEXT if small else GRAMMAR}, work


def test_the_rows(quick: tuple[str, dict[str, Any]]) -> None:
    for row in quick[1]["rows"]:
        assert list(row) == ROW
        spreads = [row["ours"], row["figure"], *([row["theirs"]] if row["theirs"] else [])]
        for spread in spreads:
            assert list(spread) == SPREAD
            assert spread["rounds"] >= 1
            ordered = [spread[k] for k in ("least", "low", "median", "high", "most")]
            assert all(a <= b for a, b in pairwise(ordered)), row
        assert row["ours"]["median"] > 0 or "memory of a call" in row["group"], row
        target = row["target"]
        assert (target is None) == (row["met"] is None)
        if target is not None:
            judged = row["figure"]["most" if target["of_all"] else "median"]
            assert row["met"] == (judged <= target["at_most"])


def test_the_targets(quick: tuple[str, dict[str, Any]]) -> None:
    found = {
        (row["work"], row["against"], row["target"]["at_most"])
        for row in quick[1]["rows"]
        if row["target"]
    }
    wanted = TARGETS | ON_LINUX if sys.platform == "linux" else TARGETS
    assert wanted <= found


def test_the_targets_of_stores() -> None:
    """What docs/speed.md states of the stores that a full run makes."""
    found = {
        (work.files, work.size, against, at_most)
        for work in store_work.WORK
        for against, at_most in work.targets.items()
    }
    assert found == {
        (1000, 400, store_peers.ROMA_LIB, 1.0),
        (1000, 400, store_peers.DECODED, 0.5),
        (10_000, 400, store_peers.ROMA_LIB, 1.0),
        (10_000, 400, store_peers.DECODED, 0.5),
        (100_000, 400, store_peers.PARSED, 0.1),
        (100_000, 400, store_peers.ROMA_LIB, 1.0),
        (100_000, 400, store_peers.WALK, 1.7),
        (2000, 1_000_000, store_peers.ROMA_LIB, 0.05),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="stores are measured on Linux")
def test_stores_are_what_they_are_said_to_be(tmp_path: Path) -> None:
    tree = store_trees.plant(tmp_path / "tree", 350, 400, 120)
    store = rckp.CheckpointStore(tree.base)
    assert {path.stat().st_size for path in store.files()} == {400}
    assert len(list(store.files())) == 350
    assert len(store.list_resumable(store_peers.IDENTITY)) == 120
    assert len(store.list_resumable(tree.one_of_others)) == store_trees.IN_A_SCOPE
    assert store.list_resumable(store_peers.NOBODY) == []
    for number in (0, 120, 345):
        reserve = store_trees.Reserve(tree, number, tmp_path / f"reserve-{number}")
        assert store.purge_older_than(tree.before(number)) == number
        assert len(list(store.files())) == 350 - number
        reserve.restore()
        assert len(list(store.files())) == 350


@pytest.mark.parametrize("read", store_peers.NAIVE.values())
def test_the_naive_ways_find_the_same(tmp_path: Path, read: Callable[[bytes], Any]) -> None:
    tree = store_trees.plant(tmp_path / "tree", 150, 400, 20)
    (tree.base / "broken.ckpt").touch()
    naive, ours = Naive(tree.base, read), rckp.CheckpointStore(tree.base)
    found = [record.run_id for *_, record in naive.list_resumable(store_peers.IDENTITY)]
    assert found == [e.record.run_id for e in ours.list_resumable(store_peers.IDENTITY)]
    assert len(found) == 20
    assert naive.purge_older_than(tree.before(30)) == 30
    assert ours.purge_older_than(tree.before(40)) == 10


def test_the_table(quick: tuple[str, dict[str, Any]]) -> None:
    text, document = quick
    for row in document["rows"]:
        assert row["work"] in text
    for what in document["not_measured"]:
        assert f"- {what}" in text
    assert "these figures mean nothing" in text


def test_a_missed_target_is_told_and_with_check_ends_in_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import conformance.tools.bench.__main__ as command

    one = Spread.of([1.0, 2.0, 3.0])
    row = Row("g", "w", "rckp.decode", "b", "µs", one, one, one, "×", Target(1.5))
    monkeypatch.setattr(command, "rows_of_groups", lambda *_: iter([row]))
    for options, status in (([], 0), (["--check"], 1)):
        monkeypatch.setattr(sys, "argv", ["bench", *options])
        assert command.main() == status
        assert "0 targets met, 1 missed" in capsys.readouterr().out


def test_a_target_is_judged_by_its_own_rule() -> None:
    figure = Spread.of([1.0, 1.0, 9.0])
    row = Row("g", "w", "s", None, "µs", figure, None, figure, "×")
    assert row.met is None
    assert row._replace(target=Target(2.0)).met is True
    assert row._replace(target=Target(2.0, of_all=True)).met is False
    assert "MISSED" in table([row._replace(target=Target(2.0, of_all=True))])


def test_in_turn_measures_each_as_often() -> None:
    calls = [0, 0]

    def call(i: int) -> None:
        calls[i] += 1

    times = in_turn([lambda: call(0), lambda: call(1)], QUICK)
    assert [len(each) for each in times] == [QUICK.slow_rounds] * 2
    assert all(n >= QUICK.slow_rounds for n in calls)
    assert ratios([2.0, 3.0], [1.0, 1.0]).median == 2.5


def test_what_is_timed_elsewhere_and_what_is_made_anew() -> None:
    class Elsewhere:
        def seconds(self, number: int) -> float:
            return 3.0 * number

    seen: list[object] = []
    fresh = Fresh(object, seen.append)
    times = in_turn([Elsewhere(), fresh], QUICK)
    assert times[0] == [3.0] * len(times[0])
    assert len(set(map(id, seen))) == len(seen) >= 4


def test_a_peer_that_gives_back_something_else_is_not_measured() -> None:
    record = record_of(300)

    def decode(_: bytes) -> dict[str, Any]:
        return {**plain(record), "elapsed_millis": 7}

    with pytest.raises(UnequalError):
        Prepared.checked(record, plain, lambda _: b"", decode, lambda back: back)


@pytest.mark.parametrize("text", [ASCII, MIXED])
@pytest.mark.parametrize("size", [300, 301, 10_000, 30_001, 3 << 20])
def test_files_have_the_size_and_are_valid(tmp_path: Path, size: int, text: str) -> None:
    path = write_file(tmp_path / "file.ckpt", size, text)
    assert path.stat().st_size == size
    record = rckp.decode(path.read_bytes())
    assert record.step_state_payload.isascii() == (text == ASCII)
    assert len(rckp.encode(record_of(size, text))) == size
