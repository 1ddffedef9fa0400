"""`rckp list` of a directory with files of both layouts."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import pytest

from conformance.tests.attack.test_json_output import loaded
from conformance.tests.command import rckp
from conformance.tests.corpus import corpus
from conformance.tests.format.drafts import DRAFTS, draft
from conformance.tools.casegen.next_payloads import head, hill_climbing
from rckp.payload import Payload, UnknownPayload
from rckp.validation.draft_file import read_draft_file

LISTED = {name: DRAFTS[name] for name in ("full", "vns", "beam-search", "accident", "unknown")}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Files of the draft layout, one of the released layout, and two that are truncated."""
    for name, data in LISTED.items():
        (tmp_path / f"{name}.ckpt").write_bytes(data)
    (tmp_path / "cut.ckpt").write_bytes(DRAFTS["vns"][:-1])
    (tmp_path / "released.ckpt").write_bytes(corpus()["reader/example"].data)
    (tmp_path / "released-cut.ckpt").write_bytes(corpus()["reader/full"].data[:-1])
    return tmp_path


def test_both_layouts_are_listed(mixed: Path) -> None:
    listed = rckp("list", "--format", "json", mixed)
    assert listed.status == 0
    document = loaded("list", listed.out)
    runs = {Path(run["path"]).stem: run for group in document["groups"] for run in group["runs"]}
    assert runs.keys() == {*LISTED, "released"}
    assert {name for name, run in runs.items() if run["layout"] == "next"} == {*LISTED}
    assert {name for name, run in runs.items() if run["resumable"]} == {"released"}
    vns = runs["vns"]
    assert (vns["iteration"], vns["evaluations"], vns["best_quality"]) == ("120", "200", "57.5")
    assert (runs["full"]["iteration"], runs["full"]["status"]) == ("255", "failed")
    assert (
        vns["step_state_payload_start"]
        == "017800000000000000c8000000000000000900000000000000010000000000"[:60]
    )
    assert {Path(error["path"]).stem for error in document["errors"]} == {"cut", "released-cut"}


def test_the_table_and_the_csv_name_the_layout(mixed: Path) -> None:
    text = rckp("list", mixed, environment={"COLUMNS": "200"}).text
    assert text.count(" (draft layout)\n") == len(LISTED)
    rows = list(csv.DictReader(io.StringIO(rckp("list", "--format", "csv", mixed).text)))
    assert sorted(row["layout"] for row in rows) == ["next"] * len(LISTED) + ["released"]


def test_filters_apply_to_both_layouts(mixed: Path) -> None:
    text = rckp("list", "--algorithm", "vns", mixed).text
    assert text.count("VNS-7-") == 1
    assert "1 run in" in text
    assert "2 files left out" in text
    only = loaded("list", rckp("list", "--resumable", "--format", "json", mixed).out)
    assert [run["layout"] for group in only["groups"] for run in group["runs"]] == ["released"]


def test_read_draft_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(DRAFTS["vns"])
    found = read_draft_file(path, max_chars=5, max_payload=1000)
    assert found is not None
    assert isinstance(found.payload, Payload)
    assert found.record.run_id == "VNS-7"
    assert (found.record.step_state_payload, found.payload_length) == (b"\1x\0\0\0", 114)
    assert found.size == len(DRAFTS["vns"])
    short = read_draft_file(path, max_payload=113)
    assert short is not None
    assert isinstance(short.payload, UnknownPayload)
    assert (short.payload.iteration, short.payload.evaluations) == (120, 200)
    (tmp_path / "link.ckpt").symlink_to(path)
    for other in ("link.ckpt", "missing.ckpt", "."):
        assert read_draft_file(tmp_path / other) is None
    path.write_bytes(corpus()["reader/full"].data)
    assert read_draft_file(path) is None


def test_the_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(draft(head(7, 8) + b"\xff" * (32 << 20), run_id="x" * (1 << 20)))
    tracemalloc.start()
    found = read_draft_file(path, max_payload=1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found is not None
    assert (found.payload.iteration, len(found.record.run_id)) == (7, 4096)
    assert peak < 2 << 20


def test_a_lying_payload_is_listed_with_its_progress(tmp_path: Path) -> None:
    payloads = {
        "count": head(1, 2, 3, 2**64 - 1) + b"\xff",
        "nan": hill_climbing(1, 2, 2**64 - 1, (("NaN",), "NaN")),
    }
    for name, payload in payloads.items():
        (tmp_path / f"{name}.ckpt").write_bytes(draft(payload))
    document = loaded("list", rckp("list", "--format", "json", tmp_path).out)
    runs = [run for group in document["groups"] for run in group["runs"]]
    assert [(run["iteration"], run["evaluations"]) for run in runs] == [("1", "2")] * 2
    assert {run["best_quality"] for run in runs} == {None, "NaN"}
    assert "NaN" in rckp("list", tmp_path).text
