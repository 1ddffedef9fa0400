"""`rckp convert`: the round trip is the identity, and what cannot be carried over is refused."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.command import rckp as command
from conformance.tests.corpus import FIXTURES, corpus
from conformance.tests.format.drafts import BEST, CURRENT, DRAFTS, draft
from conformance.tests.payload.next_writing import next_payloads_of, payload_bytes
from conformance.tests.payload.writing import QUALITIES, payload_text, payloads, solutions
from conformance.tools.casegen.next_payloads import head, hill_climbing, solution, vns
from rckp.cli import convert
from rckp.errors import ConversionError
from rckp.files.output_file import OutputFile
from rckp.format._next_record import NextRecord
from rckp.format.layouts import codec
from rckp.payload import Payload, parse
from rckp.payload.convert import ALGORITHMS, to_next, to_released
from rckp.strategies import next_records, records

REAL = [
    path
    for path in sorted((FIXTURES / "files/real").rglob("*.ckpt"))
    if path.stat().st_size and path.parent.parent.name.split("-")[1] in ALGORITHMS
]
NEXT = codec("next")
EXAMPLE = rckp.decode(corpus()["reader/example"].data)


def released(algorithm: str, payload: str, **values: Any) -> rckp.CheckpointRecord:
    changed = {"algorithm_name": algorithm, "step_state_payload": payload, **values}
    return EXAMPLE._replace(**changed)


def next_(algorithm: str, payload: bytes, **values: Any) -> NextRecord:
    decoded = NEXT.decode(draft(payload, algorithm, **values))
    assert isinstance(decoded, NextRecord)
    return decoded


def test_the_algorithms() -> None:
    assert ALGORITHMS == ("HillClimbing", "VNS")


def test_there_are_real_files() -> None:
    found = {rckp.decode(path.read_bytes()).algorithm_name for path in REAL}
    assert found == set(ALGORITHMS)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parent.parent.name)
def test_a_real_file(path: Path) -> None:
    record = rckp.decode(path.read_bytes())
    converted = to_next(record)
    data = NEXT.encode(converted)
    assert rckp.encode(to_released(NEXT.decode(data))) == path.read_bytes()
    assert rckp.validate(data).other_layout is not None
    before, after = parse(record), parse(converted)
    assert before == after
    assert isinstance(after, Payload)
    assert converted.step_state_payload == payload_bytes(after)


@given(records(seed_payload=st.none()), payloads())
def test_released_and_back(record: rckp.CheckpointRecord, given_: tuple[Payload, str]) -> None:
    payload, problem = given_
    record = record._replace(
        algorithm_name=payload.algorithm, step_state_payload=payload_text(payload, problem)
    )
    if payload.algorithm not in ALGORITHMS:
        with pytest.raises(ConversionError, match="not known in both layouts"):
            to_next(record)
        return
    converted = to_next(record)
    assert to_released(converted) == record
    assert NEXT.decode(NEXT.encode(converted)) == converted
    same = set(record._fields) - {"step_state_payload"}
    assert {n: getattr(converted, n) for n in same} == {n: getattr(record, n) for n in same}


@given(next_records(seed_payload=st.none()), next_payloads_of(solutions(QUALITIES)))
def test_draft_and_back(record: NextRecord, given_: tuple[Payload, str]) -> None:
    payload, _ = given_
    record = record._replace(
        algorithm_name=payload.algorithm, step_state_payload=payload_bytes(payload)
    )
    if payload.algorithm == "BeamSearch":
        with pytest.raises(ConversionError, match="BeamSearch exists only in the draft layout"):
            to_released(record)
        return
    converted = to_released(record)
    assert to_next(converted) == record
    assert rckp.decode(rckp.encode(converted)) == converted


@given(next_records(seed_payload=st.none()), next_payloads_of())
def test_any_text_in_a_solution_is_kept_or_refused(
    record: NextRecord, given_: tuple[Payload, str]
) -> None:
    record = record._replace(
        algorithm_name=given_[0].algorithm, step_state_payload=payload_bytes(given_[0])
    )
    try:
        converted = to_released(record)
    except ConversionError as error:
        assert error.code == "not-convertible"
        assert error.reason in str(error)
    else:
        assert to_next(converted) == record


@given(
    st.sampled_from([*ALGORITHMS, "BeamSearch", "PSO"]),
    st.one_of(st.text(), st.text().map("iter=1;eval=2;seed=3;state=".__add__)),
    st.one_of(st.binary(), st.binary().map(head(1, 2, 3).__add__)),
)
def test_any_payload_gives_an_answer(algorithm: str, text: str, data: bytes) -> None:
    text = text.encode(errors="ignore").decode()
    with contextlib.suppress(ConversionError):
        assert to_released(to_next(released(algorithm, text))).step_state_payload == text
    record = next_(algorithm, b"\1" + data)
    with contextlib.suppress(ConversionError):
        assert to_next(to_released(record)) == record


START = "iter=1;eval=2;seed=3;"
REFUSED: dict[str, tuple[rckp.CheckpointRecord | NextRecord, str]] = {
    "another algorithm": (released("PSO", "iter=1;eval=2"), "'PSO'"),
    "an unknown algorithm": (released("Mine\x1b[2J", "x"), r"Mine\\x1b"),
    "a seed payload": (released("VNS", "", seed_payload=""), "it has a seed_payload"),
    "another payload": (released("VNS", f"{START}state=1|2"), "no ';k='"),
    "leading zeros": (released("HillClimbing", "iter=01;eval=2;seed=3;state=1|2"), "no integer"),
    "too large": (released("HillClimbing", f"iter={2**64};eval=2;seed=3;state=1|2"), "no integer"),
    "beam search": (next_("BeamSearch", head(1, 2, 3, 0)), "only in the draft layout"),
    "a seed of bytes": (next_("VNS", head(1, 2), seed_payload=b""), "it has a seed_payload"),
    "a payload too short": (next_("HillClimbing", b"\1"), "shorter than 17 bytes"),
    "a lying count": (next_("HillClimbing", head(1, 2, 3, 2**64 - 1)), "no room for"),
    "bytes after the end": (
        next_("HillClimbing", hill_climbing(1, 2, 3, CURRENT) + b"\0"),
        "no end at byte",
    ),
    "a comma": (
        next_("HillClimbing", hill_climbing(1, 2, 3, (("1", "2,3"), "4"))),
        "variable 2 of the solution current is '2,3'",
    ),
    "an empty variable": (
        next_("VNS", vns(1, 2, 3, 0, CURRENT, (("",), "4"))),
        "variable 1 of the solution best is ''",
    ),
    "a quality None": (
        next_("HillClimbing", hill_climbing(1, 2, 3, (("1",), "None"))),
        "quality of the solution current is 'None'",
    ),
    "a quality that is not a number": (
        next_("HillClimbing", hill_climbing(1, 2, 3, (("1",), "1e3"))),
        "'1e3', which is not a number",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_carried_over_is_refused(name: str) -> None:
    record, reason = REFUSED[name]
    with pytest.raises(ConversionError, match=reason):
        if isinstance(record, NextRecord):
            to_released(record)
        else:
            to_next(record)


KEPT = {
    "NaN": solution(["NaN", "-inf"], "NaN"),
    "no variables": solution([], None),
    "two empty variables": solution(["", ""], "-0"),
    "a semicolon": solution(["a;b", "c"], "1"),
    "a quality of NSGA-II": solution(["1"], "Objectives: [1.0000], Rank: 0, Dist: inf"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_can_be_carried_over(name: str) -> None:
    record = next_("HillClimbing", head(2**64 - 1, 0, 3) + KEPT[name])
    assert to_next(to_released(record)) == record


def test_a_million_variables(tmp_path: Path) -> None:
    text = f"{START}state={','.join(['0.25'] * 1_000_000)}|5"
    source, made, back = (tmp_path / name for name in ("a.ckpt", "b.ckpt", "c.ckpt"))
    source.write_bytes(rckp.encode(released("HillClimbing", text)))
    assert command("convert", source, "--to", "next", "-o", made).status == 0
    assert command("convert", made, "--to", "released", "-o", back).status == 0
    assert back.read_bytes() == source.read_bytes()


def test_the_command(tmp_path: Path) -> None:
    """A directory with files of both layouts: each is converted, none is changed."""
    files = {
        "old": rckp.encode(released("VNS", f"{START}k=0;curr=1,2|3;best=2,1|2")),
        "vns": DRAFTS["vns"],
        "hill": DRAFTS["hill-climbing"],
    }
    for name, data in files.items():
        (tmp_path / f"{name}.ckpt").write_bytes(data)
    for name, data in files.items():
        to, back = ("next", "released") if name == "old" else ("released", "next")
        made, again = tmp_path / f"{name}.made", tmp_path / f"{name}.again"
        done = command("convert", tmp_path / f"{name}.ckpt", "--to", to, "-o", made)
        assert (done.status, done.out, done.err) == (0, b"", "")
        assert command("inspect", "--layout", to, made).status == 0
        piped = command("convert", "-", "--to", back, stdin=made.read_bytes())
        assert (piped.status, piped.out) == (0, data)
        assert command("convert", made, "--to", back, "-o", again).status == 0
        assert again.read_bytes() == data
        already = command("convert", made, "--to", to, "-o", tmp_path / "no")
        assert already.status == 1
        assert "It already has" in already.err
    assert {p.name: p.read_bytes() for p in tmp_path.glob("*.ckpt")} == {
        f"{name}.ckpt": data for name, data in files.items()
    }
    assert not (tmp_path / "no").exists()


def test_refusals_of_the_command(tmp_path: Path) -> None:
    path, made = tmp_path / "a.ckpt", tmp_path / "b.ckpt"
    path.write_bytes(DRAFTS["beam-search"])
    refused = command("convert", path, "--to", "released", "-o", made)
    assert refused.status == 1
    assert "BeamSearch exists only in the draft layout" in refused.err
    path.write_bytes(DRAFTS["vns"][:-1])
    refused = command("convert", path, "--to", "released", "-o", made)
    assert (refused.status, "truncated" in refused.err) == (1, True)
    assert command("convert", "nowhere", "--to", "next", "-o", made).status == 2
    assert command("convert", path).status == 2
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("kind", ["file", "directory", "link", "dangling link", "itself"])
def test_nothing_is_overwritten(kind: str, tmp_path: Path) -> None:
    path, made, other = (tmp_path / name for name in ("a.ckpt", "b.ckpt", "c.ckpt"))
    path.write_bytes(DRAFTS["vns"])
    if kind == "file":
        made.write_bytes(b"mine")
    elif kind == "directory":
        made.mkdir()
    elif kind == "itself":
        made = path
    else:
        made.symlink_to(other)
        if kind == "link":
            other.write_bytes(b"mine")
    before = {p.name: p.is_file() and p.read_bytes() for p in tmp_path.iterdir()}
    refused = command("convert", path, "--to", "released", "-o", made)
    assert refused.status == 2
    assert "exists" in refused.err
    assert {p.name: p.is_file() and p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    output = OutputFile(str(path), new=True)
    link = os.link

    def late(*arguments: Any, **options: Any) -> None:
        path.write_bytes(b"mine")
        link(*arguments, **options)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(FileExistsError):
        output.write(b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert path.read_bytes() == b"mine"


def test_the_best_solution_is_the_same_in_both() -> None:
    record = next_("VNS", vns(1, 2, 3, 0, CURRENT, BEST))
    assert parse(record) == parse(to_released(record))


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, made = tmp_path / "a.ckpt", tmp_path / "b.ckpt"
    path.write_bytes(DRAFTS["vns"])
    arguments = [str(path), "--to", "released", "-o", str(made)]
    for limit, status in ((len(DRAFTS["vns"]) - 1, 2), (len(DRAFTS["vns"]), None)):
        monkeypatch.setattr(convert, "MAX_SIZE", limit)
        done = CliRunner().invoke(convert.command, arguments, standalone_mode=False)
        assert getattr(done.exception, "status", None) == status
        assert made.exists() == (status is None)
    assert made.stat().st_size > 100
