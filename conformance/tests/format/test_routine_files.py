"""The short way to validate most files gives the reports of the full way, or leaves them to it."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.format.differential import one_edit_away
from rckp.files.directory import Directory
from rckp.format.scan import CHUNK
from rckp.validation import batch, routine_files
from rckp.validation.routine_files import RoutineFiles
from rckp.validation.validate import validate_file, validate_read, validate_small

pytestmark = pytest.mark.skipif(not routine_files.ENABLED, reason="it is not used on Windows")

NOW = 1767225700000  # ms
IDENTITY = rckp.Identity("HC", "p=1", "TSP", "n=4")
DAY = 86_400 * 10**9  # ns
RECORD = rckp.CheckpointRecord(
    1767225600500,
    "HC-7-00000000000000000001-1767225600000",
    5,
    *IDENTITY,
    *IDENTITY.signature_hashes,
    "iter=10;eval=11",
    None,
    120,
    rckp.CheckpointRunStatus.RUNNING,
    None,
)
OTHER = IDENTITY._replace(algorithm_name="_é-")
RUN_IDS = (
    *(RECORD.run_id, "HC-7-00000000000000000002-1767225600000", "HC-1-1-1", "x", ""),
    *("HC-7-00000000000000000001-1767225600900", f"HC-7-{1:020}-{'9' * 5000}"),
    *(f"_é--7-{1:020}-12", f"HC-٣-{1:020}-12", f"HC-7-{1:020}-12-"),
)


def of_identity(identity: rckp.Identity, hashes: tuple[int, int]) -> rckp.CheckpointRecord:
    return RECORD._replace(
        **identity._asdict(),
        algorithm_signature_hash=hashes[0],
        problem_signature_hash=hashes[1],
    )


RECORDS = st.builds(
    lambda record, run_id, created_at_ms, payload, seed, status, message: record._replace(
        run_id=run_id,
        created_at_ms=created_at_ms,
        step_state_payload=payload,
        seed_payload=seed,
        status=status,
        error_message=message,
    ),
    st.sampled_from(
        [
            RECORD,
            RECORD,
            RECORD._replace(problem_signature_hash=1),
            of_identity(OTHER, OTHER.signature_hashes),
        ]
    ),
    st.sampled_from(RUN_IDS),
    st.sampled_from([0, RECORD.created_at_ms, NOW + 300_000, NOW + 300_001, 2**64 - 1]),
    st.sampled_from(["", "s", "é" * 20, "\x01", "\x01" + "x" * 30, "p" * 9000, "p" * 70_000]),
    st.sampled_from([None, None, "", "é"]),
    st.sampled_from(list(rckp.CheckpointRunStatus)),
    st.sampled_from([None, None, "", "e"]),
)


def edited(data: bytes, where: int, byte: int, kind: str) -> bytes:
    at = where * len(data) // 1000
    return {
        "whole": data,
        "cut": data[:at],
        "changed": data[:at] + bytes([byte]) + data[at + 1 :],
        "longer": data + bytes([byte]),
    }[kind]


CONTENTS = st.builds(
    edited,
    st.one_of(RECORDS.map(rckp.encode), st.just(rckp.encode(RECORD)), st.binary(max_size=200)),
    st.integers(0, 999),
    st.sampled_from([0x00, 0x01, 0x41, 0x80, 0xFF]),
    st.sampled_from(["whole", "whole", "whole", "cut", "changed", "longer"]),
)
SCOPE = str(rckp.scope_path(IDENTITY[0], IDENTITY[2], *IDENTITY.signature_hashes))
DIRECTORIES = ("", "flat", SCOPE, "alg-x-0/prob-y-0", f"{SCOPE}/below")
NAMES = ("", "", "run-x.ckpt", "other.ckpt")


@pytest.fixture
def _no_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files that were written a moment ago for old ones."""
    monkeypatch.setattr(routine_files, "_CLOCK_MARGIN", -DAY)


def full(data: bytes, path: str) -> rckp.Report:
    """The report of the full way, which here has nothing to do with files."""
    pieces: Iterator[bytes] = iter([data])
    return validate_read(lambda _: next(pieces, b""), path, NOW, size=len(data) or None)


@given(contents=st.lists(CONTENTS, min_size=2, max_size=6), at=st.sampled_from(DIRECTORIES))
@settings(max_examples=150, deadline=None)
def test_what_is_accepted_is_valid_without_a_finding(contents: list[bytes], at: str) -> None:
    routine = RoutineFiles()
    directory = f"/base/{at}"
    for data in contents:
        record = _decoded(data)
        usual = rckp.checkpoint_file_name(record.run_id) if record else "run-1.ckpt"
        for name in (usual, "run-x.ckpt", "other.ckpt", "run-.ckpt"):
            path = f"{directory}/{name}"
            report = full(data, path)
            run = routine.run_of(data, directory, name, NOW)
            assert run is None or report == rckp.Report(path, True, (), run)
            if record is not None and report.valid and not report.findings:
                routine.remember(record, path)


def _decoded(data: bytes) -> rckp.CheckpointRecord | None:
    try:
        return rckp.decode(data)
    except rckp.DecodeError:
        return None


def test_most_files_are_accepted() -> None:
    routine = RoutineFiles()
    directory, name = f"/b/{SCOPE}", rckp.checkpoint_file_name(RECORD.run_id)
    assert routine.run_of(rckp.encode(RECORD), directory, name, NOW) is None
    routine.remember(RECORD, f"{directory}/{name}")
    for number in range(3):
        run_id = f"HC-{number}-{number:020}-{1767225600000 + number}"
        one = RECORD._replace(run_id=run_id, step_state_payload=f"é{number}")
        names = (directory, rckp.checkpoint_file_name(run_id))
        assert routine.run_of(rckp.encode(one), *names, NOW) == (run_id, *one[7:9])


@pytest.mark.usefixtures("_no_margin")
@pytest.mark.parametrize("at", ["flat", SCOPE])
def test_most_files_of_a_directory_are_accepted(
    tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / at
    directory.mkdir(parents=True)
    names = []
    for number in range(5):
        one = RECORD._replace(run_id=f"HC-7-{number:020}-1767225600000")
        names.append(rckp.checkpoint_file_name(one.run_id))
        (directory / names[-1]).write_bytes(rckp.encode(one))
    in_full: list[str] = []

    def counted(data: bytes, path: str, now_ms: int, **options: Any) -> rckp.Report:
        in_full.append(path)
        return validate_small(data, path, now_ms, **options)

    monkeypatch.setattr(batch, "validate_small", counted)
    paths = [str(directory / name) for name in names]
    with Directory.open(str(directory)) as opened:
        reports = list(batch.validate_entries(opened, names, NOW))
    assert in_full == paths[:1]
    assert reports == [full(Path(path).read_bytes(), path) for path in paths]


@pytest.mark.parametrize("cwd_changes", [True, False])
def test_the_place_of_a_relative_path(cwd_changes: bool) -> None:
    """In another directory, `HC.ckpt` may be the path of a misnamed file."""
    routine = RoutineFiles(cwd_changes=cwd_changes)
    routine.remember(RECORD, "HC.ckpt")
    accepted = routine.run_of(rckp.encode(RECORD), "", "HC.ckpt", NOW) is not None
    assert accepted is not cwd_changes
    routine.remember(RECORD, f"{SCOPE}/{rckp.checkpoint_file_name(RECORD.run_id)}")
    assert routine.run_of(rckp.encode(RECORD), SCOPE, "run-x.ckpt", NOW) is None


@pytest.mark.usefixtures("_no_margin")
def test_a_relative_path_after_a_change_of_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same path is that of a file in a scope, and has the finding misnamed, only there."""
    found = []
    for place in (tmp_path, tmp_path / SCOPE, tmp_path):
        place.mkdir(parents=True, exist_ok=True)
        (place / "run-x.ckpt").write_bytes(rckp.encode(RECORD))
        monkeypatch.chdir(place)
        reports = [rckp.validate("run-x.ckpt", now_ms=NOW) for _ in range(3)]
        found.append([[each.code for each in report.findings] for report in reports])
    assert found == [[[]] * 3, [["misnamed"]] * 3, [[]] * 3]


@pytest.mark.usefixtures("_no_margin")
def test_a_long_run_id_does_not_hide_the_place_of_the_next_file(tmp_path: Path) -> None:
    """Its own place is not validated, because names of this length are not compared."""
    directory = tmp_path / "alg-x-0" / "prob-y-0"
    directory.mkdir(parents=True)
    long = RECORD._replace(run_id=f"HC-7-{1:020}-{'0' * 5000}1")
    names = ["a.ckpt", rckp.checkpoint_file_name(RECORD.run_id)]
    for name, each in zip(names, (long, RECORD), strict=True):
        (directory / name).write_bytes(rckp.encode(each))
    with Directory.open(str(directory)) as opened:
        listed = list(batch.validate_entries(opened, names, NOW))
    many = list(rckp.validate_many([directory / name for name in names], now_ms=NOW))
    for reports in (listed, many):
        found = [[each.code for each in report.findings] for report in reports]
        assert found == [[], ["misplaced"]]


def test_every_edit_of_a_file() -> None:
    data = rckp.encode(RECORD)
    routine = RoutineFiles()
    routine.remember(RECORD, "/flat/a.ckpt")
    accepted = 0
    for edit in random.Random(1).sample(list(one_edit_away(data)), 4000):
        run = routine.run_of(edit, "/flat", "a.ckpt", NOW)
        accepted += run is not None
        if run is not None:
            assert full(edit, "/flat/a.ckpt") == rckp.Report("/flat/a.ckpt", True, (), run)
    assert accepted > 100


FILES = st.lists(
    st.tuples(CONTENTS, st.sampled_from(DIRECTORIES), st.sampled_from(NAMES)), max_size=8
)


@given(files=FILES)
@settings(max_examples=40, deadline=None)
def test_a_directory_has_the_reports_of_its_files(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[bytes, str, str]]
) -> None:
    base = tmp_path_factory.mktemp("store")
    for number, (data, at, name) in enumerate(files):
        record = _decoded(data)
        usual = f"{number}.ckpt"
        if record is not None and len(record.run_id) < 200:
            usual = rckp.checkpoint_file_name(record.run_id)
        path = base / at / (name or usual)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for at in DIRECTORIES:
        if not (base / at).is_dir():
            continue
        names = sorted(name for name in os.listdir(base / at) if (base / at / name).is_file())
        paths = [str(base / at / name) for name in names]
        with pytest.MonkeyPatch.context() as patch, Directory.open(str(base / at)) as directory:
            patch.setattr(routine_files, "ENABLED", False)
            wanted = [validate_file(path, NOW) for path in paths]
            assert list(batch.validate_entries(directory, names, NOW)) == wanted
            patch.setattr(routine_files, "ENABLED", True)
            for margin in (2 * 10**9, -DAY):
                patch.setattr(routine_files, "_CLOCK_MARGIN", margin)
                assert list(batch.validate_entries(directory, names, NOW)) == wanted
                assert [validate_file(path, NOW) for path in paths] == wanted
                assert [validate_file(path, NOW, follow=False) for path in paths] == wanted


@pytest.mark.usefixtures("_no_margin")
def test_what_is_read(tmp_path: Path) -> None:
    now = time.time_ns()
    path = tmp_path / "file"
    for size in (1, 300, CHUNK - 1):
        path.write_bytes(b"x" * size)
        assert routine_files.read_small(str(path), now, follow=True) == b"x" * size
    for size in (0, CHUNK, CHUNK + 1):
        path.write_bytes(b"x" * size)
        assert routine_files.read_small(str(path), now, follow=True) is None
    path.write_bytes(b"x")
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(path)
    os.mkfifo(pipe)
    for other in (tmp_path, pipe, tmp_path / "none", Path("/dev/zero"), Path("/proc/self/stat")):
        for follow in (True, False):
            assert routine_files.read_small(str(other), now, follow=follow) is None
    assert routine_files.read_small(str(link), now, follow=True) == b"x"
    assert routine_files.read_small(str(link), now, follow=False) is None
    assert routine_files.read_small("\0", now, follow=False) is None


def test_a_file_that_may_be_changing_is_read_in_full(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    os.utime(path, (0, 0))  # the time of modification can be set back
    changed = path.stat().st_ctime_ns
    margin = routine_files._CLOCK_MARGIN
    assert routine_files.read_small(str(path), changed + margin, follow=True) is None
    assert routine_files.read_small(str(path), changed + margin + 1, follow=True) == b"x"


@pytest.mark.usefixtures("_no_margin")
@pytest.mark.parametrize("change", ["grown", "shorter"])
def test_another_size_than_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"xyz")
    read = os.pread

    def pread(descriptor: int, size: int, offset: int) -> bytes:
        data = read(descriptor, size, offset)
        os.truncate(path, 5 if change == "grown" else 2)
        return data

    monkeypatch.setattr(os, "pread", pread)
    assert routine_files.read_small(str(path), time.time_ns(), follow=True) is None
