"""`validate` with files that are elsewhere than expected, change, or are not files."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import rckp
from conformance.tests.corpus import corpus
from conformance.tests.format.many_files import GOOD, deep_files
from rckp.cli.report import Summary
from rckp.cli.validated_paths import items
from rckp.format.scan import CHUNK
from rckp.validation import batch, routine_files
from rckp.validation import validate as module

NOW = 1767225700000  # ms; a minute after the cases were made up


FULL = rckp.decode(corpus()["reader/full"].data)


def codes(report: rckp.Report) -> list[str]:
    return [finding.code for finding in report.findings]


def stored(base: Path, record: rckp.CheckpointRecord = FULL) -> Path:
    scope = rckp.scope_path(
        record.algorithm_name,
        record.problem_description,
        record.algorithm_signature_hash,
        record.problem_signature_hash,
    )
    path = base / scope / rckp.checkpoint_file_name(record.run_id)
    path.parent.mkdir(parents=True)
    path.write_bytes(rckp.encode(record))
    return path


def test_place_and_name(tmp_path: Path) -> None:
    path = stored(tmp_path)
    assert codes(rckp.validate(path, now_ms=NOW)) == []
    renamed = path.rename(path.with_name("run-other.ckpt"))
    assert codes(rckp.validate(renamed, now_ms=NOW)) == ["misnamed"]
    free = renamed.rename(path.with_name("backup.ckpt"))
    assert codes(rckp.validate(free, now_ms=NOW)) == []
    other = tmp_path / "alg-X-0123456789abcdef" / "prob-Y-0123456789abcdef"
    other.mkdir(parents=True)
    moved = free.rename(other / path.name)
    assert codes(rckp.validate(moved, now_ms=NOW)) == ["misplaced"]
    home = moved.rename(tmp_path / path.name)
    assert codes(rckp.validate(home, now_ms=NOW)) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "link").symlink_to(stored(tmp_path))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    expected = {
        tmp_path: "not-a-file",
        tmp_path / "pipe": "not-a-file",
        tmp_path / "socket": "not-a-file",
        Path("/dev/zero"): "not-a-file",
        tmp_path / "loop": "unreadable",
        tmp_path / "gone": "missing",
        tmp_path / "absent": "missing",
        tmp_path / "link" / "x": "missing",
        tmp_path / ("n" * 300): "unreadable",
        Path("a\0b"): "missing",
    }
    for path, code in expected.items():
        report = rckp.validate(path, now_ms=NOW)
        assert (report.valid, codes(report)) == (None, [code]), path
        assert report.path == str(path)
    assert rckp.validate(tmp_path / "link", now_ms=NOW).valid is True
    assert module.validate_file(str(tmp_path / "link"), NOW, follow=False).valid is None


@pytest.mark.parametrize("how", ["grow", "shrink", "touch", "replace", "remove"])
def test_a_file_that_changes_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = stored(tmp_path, FULL._replace(step_state_payload="x" * (3 * CHUNK)))
    real_read = os.read
    reads = 0

    def read(fd: int, size: int) -> bytes:
        nonlocal reads
        reads += 1
        data = real_read(fd, size)
        if reads == 1:
            change(path, how)
        return data

    monkeypatch.setattr("rckp.files.regular_file.os.read", read)
    report = rckp.validate(path, now_ms=NOW)
    assert reads > 1
    assert (report.valid, codes(report)) == (None, ["changed-while-read"])


def change(path: Path, how: str) -> None:
    match how:
        case "grow":
            with path.open("ab") as file:
                file.write(b"more")
        case "shrink":
            os.truncate(path, 100)
        case "touch":
            os.utime(path, ns=(1, 1))
        case "replace":
            new = path.with_name("new")
            new.write_bytes(path.read_bytes())
            new.rename(path)
        case "remove":
            path.unlink()


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path)

    def read(*_: int) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("rckp.files.regular_file.os.read", read)
    report = rckp.validate(path, now_ms=NOW)
    assert (report.valid, codes(report)) == (None, ["unreadable"])
    assert "Input/output error" in report.findings[0].message


def test_a_stream_that_comes_in_drops() -> None:
    """A pipe returns the bytes that have arrived; the report does not depend on their number."""
    data = corpus()["reader/long/four"].data
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as file:
            for at in range(0, len(data), 4093):
                file.write(data[at : at + 4093])

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as file:
        assert rckp.validate(file, now_ms=NOW).valid is True
    thread.join()


def test_files_of_the_system_that_claim_to_be_empty() -> None:
    """Files below /proc have size 0 and content all the same."""
    path = Path("/proc/self/status")
    if not path.exists():
        pytest.skip("no /proc here: run this test on Linux")
    assert codes(rckp.validate(path, now_ms=NOW)) == ["bad-magic"]


@pytest.mark.skipif(not hasattr(os, "pathconf"), reason="a directory of Windows is not opened")
@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("wants_paths", [None, lambda: False, lambda: True])
def test_paths_that_are_too_long_for_the_system(
    tmp_path: Path,
    wants_paths: Callable[[], bool] | None,
    is_old: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The files are read relative to their directory, whatever their age and size, and with -j."""
    if is_old:
        monkeypatch.setattr(routine_files, "_CLOCK_MARGIN", -(10**15))
    contents = [GOOD, GOOD[:-1], GOOD + bytes(CHUNK), GOOD]
    paths = deep_files(tmp_path / "deep", contents)
    found = list(items([str(tmp_path)], Summary(), NOW, wants_paths=wants_paths))
    reports = [report for report, _ in batch.run_serial(found, NOW, batch.VALIDATION)]
    assert [report.path for report in reports] == paths
    wanted = [rckp.validate(content, now_ms=NOW) for content in contents]
    assert [report._replace(path=None) for report in reports] == wanted
