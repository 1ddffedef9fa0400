"""The store against a plain model: anything, in any order (hypothesis)."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import rckp
from conformance.tests.examples import EXAMPLE
from conformance.tests.store.model import LINK, FileError, Model, Place
from rckp.store.selection import latest, parse_choice

IDENTITIES = [
    rckp.Identity("HC", "p=1", "TSP", "n=4"),
    rckp.Identity("HC", "p=2", "TSP", "n=4"),
    rckp.Identity("a|b", "c", "x", ""),
    rckp.Identity("a", "b|c", "x", ""),
    rckp.Identity("中文", "", "é", ""),
]
# Some of them have the same name once they are sanitised, some the same timestamp, some none.
RUN_IDS = [
    "x-1",
    "x:1",
    "x_1",
    "_x-1",
    "y-1",
    "y-+1",
    "z",
    "",
    "中文",
    "é-5",
    "w-١٢",
    "v-2",
    "r" * 300,
]
SCOPES = [
    ("alg-HC-05c32ba4c2ea6c52", "prob-TSP-640beefa78e58607"),
    ("alg-HC-05c32ba4c2ea6c52",),
    ("a",),
    ("a-b", "c.ckpt"),
    (),
]
NAMES = [
    "run-x-1.ckpt",
    "run-x_1.ckpt",
    "run-unnamed.ckpt",
    "b.ckpt",
    ".ckpt",
    "n.CKPT",
    "\udcff.ckpt",
]
TORN = [b"", b"R", b"PK\x03\x04", rckp.encode(EXAMPLE)[:-1], rckp.encode(EXAMPLE) + b"x"]

records = st.builds(
    lambda identity, run_id, at, status, size, lie: EXAMPLE._replace(
        run_id=run_id,
        created_at_ms=at,
        status=status,
        step_state_payload="y" * size,
        **dict(zip(identity._fields, identity, strict=True)),
        algorithm_signature_hash=identity.signature_hashes[0] ^ lie,
        problem_signature_hash=identity.signature_hashes[1],
    ),
    st.sampled_from(IDENTITIES),
    st.sampled_from(RUN_IDS),
    st.integers(0, 6),
    st.sampled_from(list(rckp.CheckpointRunStatus)),
    st.sampled_from([0, 10, 3000, 4096, 9000]),
    st.sampled_from([0, 0, 0, 1]),
)
places = st.builds(
    lambda scope, name: (*scope, name), st.sampled_from(SCOPES), st.sampled_from(NAMES)
)


class StoreAgainstModel(RuleBasedStateMachine):
    """Every answer and every file must be that of the model."""

    @initialize()
    def start(self) -> None:
        logging.getLogger("rckp.store").setLevel(logging.CRITICAL)
        self.directory = Path(tempfile.mkdtemp())
        self.base = self.directory / "base"
        self.base.mkdir()
        self.store = rckp.CheckpointStore(self.base, durability="none")
        self.model = Model()

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            shutil.rmtree(self.directory)
        logging.getLogger("rckp.store").setLevel(logging.NOTSET)

    def path(self, place: Place) -> Path:
        return self.base.joinpath(*place)

    @rule(record=records)
    def write(self, record: rckp.CheckpointRecord) -> None:
        if len(record.run_id) > 246:
            with pytest.raises(rckp.StoreError, match="name-too-long"):
                self.store.write(record)
            return
        try:
            place = self.model.write(record)
        except FileError as refused:
            with pytest.raises(rckp.StoreError) as caught:
                self.store.write(record)
            assert caught.value.code == str(refused)
            assert isinstance(caught.value, rckp.RunIdCollision) == ("collision" in str(refused))
        else:
            assert self.store.write(record) == self.path(place)
            assert self.store.read(self.path(place)) == record

    @rule(place=places, record=records, torn=st.sampled_from([None, None, *TORN]))
    def somebody_writes(
        self, place: Place, record: rckp.CheckpointRecord, torn: bytes | None
    ) -> None:
        """Whole, torn and foreign files, anywhere, in place, as the original does."""
        self.put(place, rckp.encode(record) if torn is None else torn)

    @rule(place=places)
    def somebody_links(self, place: Place) -> None:
        self.put(place, LINK)

    def put(self, place: Place, entry: bytes | str) -> None:
        path = self.path(place)
        above = [place[:depth] for depth in range(1, len(place))]
        if path.is_dir() or any(part in self.model.entries for part in above):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(entry, bytes):
            path.write_bytes(entry)
        else:
            path.symlink_to("..")
        self.model.entries[place] = entry

    @rule(place=places)
    def delete(self, place: Place) -> None:
        try:
            removed = self.model.delete(place)
        except FileError as refused:
            with pytest.raises(rckp.StoreError) as caught:
                self.store.delete_on_success(self.path(place))
            assert caught.value.code == str(refused)
        else:
            if not removed and self.path(place).is_dir():
                return  # an empty directory, of which the model knows nothing
            assert self.store.delete_on_success(self.path(place)) == removed

    @rule(before=st.integers(0, 7))
    def purge(self, before: int) -> None:
        assert self.store.purge_older_than(before) == self.model.purge(before)

    @rule()
    def restart(self) -> None:
        self.store = rckp.CheckpointStore(self.base, durability="file")

    @rule(identity=st.sampled_from(IDENTITIES), answer=st.sampled_from(["0", "1", "2", "9", "x"]))
    def select(self, identity: rckp.Identity, answer: str) -> None:
        expected = self.model.resumable(identity)
        newest = self.store.select_resume(identity, choose=latest)
        assert newest == (expected[-1][1] if expected else None)

        def choose(entries: list[rckp.CheckpointEntry]) -> rckp.CheckpointEntry | None:
            return parse_choice(entries, "", answer)

        if len(expected) < 2:
            assert self.store.select_resume(identity, choose=choose) == newest  # type: ignore[arg-type]
        elif answer == "x" or int(answer) > len(expected):
            with pytest.raises(rckp.SelectionError, match="index"):
                self.store.select_resume(identity, choose=choose)  # type: ignore[arg-type]
        else:
            chosen = self.store.select_resume(identity, choose=choose)  # type: ignore[arg-type]
            assert chosen == (expected[int(answer) - 1][1] if answer != "0" else None)

    @rule(identity=st.sampled_from(IDENTITIES))
    def list_resumable(self, identity: rckp.Identity) -> None:
        skipped = []
        entries = self.store.list_resumable(identity, on_error=lambda path, _: skipped.append(path))
        expected = self.model.resumable(identity)
        assert [(entry.path, entry.record) for entry in entries] == [
            (self.path(place), record) for place, record in expected
        ]
        broken = {self.path(p) for p in self.model.files() if self.model.record(p) is None}
        assert set(skipped) <= broken

    @invariant()
    def everything_is_where_the_model_has_it(self) -> None:
        if not hasattr(self, "model"):
            return
        assert list(self.store.files()) == [self.path(place) for place in self.model.files()]
        there: dict[Place, bytes | str] = {}
        aside: list[bytes | str] = []
        for directory, directories, files in os.walk(self.base):
            for name in (*files, *(d for d in directories if Path(directory, d).is_symlink())):
                path = Path(directory, name)
                entry = LINK if path.is_symlink() else path.read_bytes()
                if name.endswith(".aside"):
                    aside.append(entry)
                else:
                    there[path.relative_to(self.base).parts] = entry
        assert there == self.model.entries
        assert sorted(map(repr, aside)) == sorted(map(repr, self.model.quarantine))


TestStoreAgainstModel = StoreAgainstModel.TestCase
TestStoreAgainstModel.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
