"""`validate`, and what the commands show, of files of the draft layout and of April 2026."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.april import april_file
from conformance.tests.attack.test_json_output import loaded
from conformance.tests.command import rckp as command
from conformance.tests.corpus import ROOT, cases, corpus
from conformance.tests.format.differential import by_grammar
from conformance.tests.format.drafts import DRAFTS, draft
from conformance.tools.casegen.next_payloads import head, hill_climbing
from rckp.format._next_record import NextRecord
from rckp.format.layouts import NAMES, NEXT, codec
from rckp.format.scan import first_error
from rckp.strategies import next_records
from rckp.validation.other_layouts import OtherLayout

FOUND = ["full", "hill-climbing", "vns", "beam-search", "unknown", "accident"]
NEXT_SCHEMA = json.loads((ROOT / "spec/record-next.schema.json").read_text("utf-8"))


def reports(data: bytes, path: Path) -> list[rckp.Report]:
    """The same file from memory, as a stream, as a slow stream, and from a path."""
    path.write_bytes(data)
    slow = io.BytesIO(data)
    slow.read = lambda n=-1, read=slow.read: read(min(n, 7))  # type: ignore[method-assign,misc]
    sources = [rckp.validate(each) for each in (data, io.BytesIO(data), slow)]
    return [*sources, rckp.validate(path)]


def others(data: bytes, path: Path) -> OtherLayout | None:
    """How a file reads in another layout, from whatever source."""
    found = [report.other_layout for report in reports(data, path)]
    if found[0] is not None and found[0].layout != NEXT:
        del found[2]  # an old layout is looked for only in a file that one reading gives
    # How many bytes follow the record is not known of a stream.
    plain = {(each and (each.layout, each.error and each.error[:5], *each[2:])) for each in found}
    assert len(plain) == 1
    return found[0]


def test_the_layouts_have_names() -> None:
    assert [codec(name).name for name in NAMES] == [*NAMES]
    with pytest.raises(ValueError, match="no layout"):
        codec("later")


@pytest.mark.parametrize("name", FOUND)
def test_a_complete_file(name: str, tmp_path: Path) -> None:
    found = others(DRAFTS[name], tmp_path / "a.ckpt")
    assert found is not None
    assert (found.layout, found.error) == (NEXT, None)
    progress = {"full": (255, 0), "accident": (120, 100)}.get(name, (120, 200))
    assert (found.iteration, found.evaluations) == progress
    assert found.message.startswith("a complete file of the draft layout (next): iteration ")


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=lambda case: case.id)
def test_no_other_case_is_of_another_layout(case: object) -> None:
    assert hasattr(case, "id")
    report = rckp.validate(case.data)  # type: ignore[attr-defined]
    later = any(found.code == "later-layout" for found in report.findings)
    assert (report.other_layout is not None) == later


@given(next_records(), st.data())
def test_the_other_layout_is_judged_as_its_decoder_does(
    record: NextRecord, data: st.DataObject
) -> None:
    """One scan tells both layouts: the findings of one, and the error of the other."""
    file = bytearray(codec(NEXT).encode(record))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(file)))
        file[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for report in (rckp.validate(bytes(file)), rckp.validate(io.BytesIO(file))):
        error = first_error(file)
        errors = [f for f in report.findings if f.severity == "error"]
        assert [(f.code, f.field, f.offset) for f in errors] == ([error[:3]] if error else [])
        other = report.other_layout
        if any(found.code == "later-layout" for found in report.findings):
            assert other is not None
            expected = by_grammar(bytes(file), NEXT)[1]
            assert (other.error and other.error[:5]) == expected
        elif other is not None:
            assert other.layout.startswith("april")


BROKEN: dict[str, tuple[Callable[[bytes], bytes], tuple[str, str]]] = {
    "truncated payload": (lambda data: data[:178], ("truncated", "step_state_payload")),
    "truncated seed": (lambda data: data[:186], ("truncated", "seed_payload")),
    "truncated end": (lambda data: data[:-1], ("truncated", "error_message")),
    "trailing bytes": (lambda data: data + b"x", ("trailing-bytes", "end")),
    "flag": (lambda d: d[:179] + b"\2" + d[180:], ("invalid-option-flag", "seed_payload")),
    "status": (lambda d: d[:195] + b"\4" + d[196:], ("invalid-status", "status")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_there(name: str, tmp_path: Path) -> None:
    change, (code, field) = BROKEN[name]
    data = change(DRAFTS["full"])
    found = others(data, tmp_path / "a.ckpt")
    assert found is not None
    assert found.error is not None
    assert (found.error.code, found.error.field) == (code, field)
    assert by_grammar(data, NEXT)[1] == found.error[:5]
    assert f"byte {found.error.offset}, {field}" in found.message
    assert (found.iteration, found.evaluations) == (255, 0)


def test_a_file_of_the_released_layout_is_not_of_the_draft() -> None:
    error = first_error(corpus()["reader/full"].data, codec(NEXT).layout)
    assert error is not None
    assert (error.code, error.field, error.offset) == ("payload-version", "step_state_payload", 161)
    for payload, length in ((b"", 0), (b"\2", 1)):
        with pytest.raises(rckp.EncodeError, match="payload-version"):
            codec(NEXT).encode(
                codec(NEXT).decode(DRAFTS["vns"])._replace(step_state_payload=payload)
            )
        error = first_error(draft(payload), codec(NEXT).layout)
        assert error is not None
        assert (error.code, error.length) == ("payload-version", length)


def test_memory_does_not_grow_with_the_payload(tmp_path: Path) -> None:
    data = draft(head(7, 8) + b"\xff" * (64 << 20), seed_payload=b"\xff" * (1 << 20))
    path = tmp_path / "a.ckpt"
    path.write_bytes(data)
    tracemalloc.start()
    found = rckp.validate(path).other_layout
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == OtherLayout(NEXT, None, 7, 8)
    assert peak < 4 << 20


def test_a_payload_that_lies_is_of_no_concern_to_the_layout(tmp_path: Path) -> None:
    for name, payload in {
        "count": head(1, 2, 3, 2**64 - 1),
        "nan": hill_climbing(1, 2, 3, (("NaN",), "NaN")),
        "many": hill_climbing(1, 2, 3, (("1",) * 1_000_000, "\xff")),
    }.items():
        path = tmp_path / f"{name}.ckpt"
        found = others(draft(payload), path)
        assert found is not None
        assert (found.error, found.iteration, found.evaluations) == (None, 1, 2)
        shown = command("inspect", path)
        assert shown.status == (0 if first_error(draft(payload)) is None else 1)
        if shown.status:
            assert "progress: iteration 1, 2 evaluations" in shown.text
        assert "the draft layout (next): iteration 1, 2 evaluations" in " ".join(shown.text.split())
        if name == "many":
            path.write_bytes(draft(payload, seed_payload=b"\xff"))
            assert command("decode", "--layout", "next", path).status == 0


def test_validate_says_so(tmp_path: Path) -> None:
    for name in ("vns", "accident"):
        (tmp_path / f"{name}.ckpt").write_bytes(DRAFTS[name])
    (tmp_path / "cut.ckpt").write_bytes(DRAFTS["full"][:-1])
    (tmp_path / "good.ckpt").write_bytes(corpus()["reader/example"].data)
    shown = command("validate", tmp_path)
    assert shown.status == 1
    complete = "It is a complete file of the draft layout (next): iteration 120, 1"
    assert shown.text.count(complete) == 1
    assert shown.text.count("It is not a complete file of the draft layout (next) either") == 1
    files = loaded("validate", command("validate", "--format", "json", tmp_path).out)["files"]
    told = {each["path"].rsplit("/", 1)[1]: each.get("other_layout") for each in files}
    assert told["good.ckpt"] is None
    assert (told["vns.ckpt"]["complete"], told["vns.ckpt"]["evaluations"]) == (True, "200")
    assert told["cut.ckpt"]["error"]["field"] == "error_message"
    lines = command("validate", "--format", "jsonl", "-j", "2", tmp_path).out.splitlines()
    assert [loaded("validate-line", line).get("other_layout") for line in lines[:-1]] == [
        each.get("other_layout") for each in files
    ]
    assert (
        complete.removeprefix("It is ") in command("validate", "--format", "junit", tmp_path).text
    )


@pytest.mark.parametrize("name", DRAFTS)
def test_inspect(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(DRAFTS[name])
    valid = first_error(DRAFTS[name]) is None
    for layout in ("auto", "released", "next"):
        shown = command("inspect", "--layout", layout, path)
        document = loaded(
            "inspect", command("inspect", "--layout", layout, "--format", "json", path).out
        )
        in_next = layout == "next" or (layout == "auto" and not valid)
        assert document["layout"] == ("next" if in_next else "released")
        assert document["valid"] == (valid or layout == "next")
        assert shown.status == (0 if document["valid"] else 1)
        assert ("in the draft layout (next)" in shown.text.splitlines()[0]) == in_next
        assert (document["fields"][-1]["name"] == "end") == (in_next or valid)
        if in_next:
            by_name = {each["name"]: each["value"] for each in document["fields"]}
            record = codec(NEXT).decode(DRAFTS[name])
            assert by_name["step_state_payload"] == record.step_state_payload.hex()
    stream = command("inspect", "-", stdin=DRAFTS[name])
    assert stream.text.split("\n", 1)[1] == command("inspect", path).text.split("\n", 1)[1]


def test_inspect_shows_the_solutions(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(DRAFTS["beam-search"])
    shown = command("inspect", path).text
    assert "  beam            2 solutions of 3 variables, quality 41 to 57.5" in shown


@pytest.mark.parametrize("name", DRAFTS)
def test_decode_and_encode(name: str, tmp_path: Path) -> None:
    path, made = tmp_path / "a.ckpt", tmp_path / "b.ckpt"
    path.write_bytes(DRAFTS[name])
    decoded = command("decode", "--layout", "next", path)
    assert decoded.status == 0
    jsonschema.Draft202012Validator(NEXT_SCHEMA).validate(json.loads(decoded.out))
    encoded = command("encode", "--layout", "next", "-o", made, "-", stdin=decoded.out)
    assert encoded.status == 0
    assert made.read_bytes() == DRAFTS[name]
    # Neither form passes for the other.
    refused = command("encode", "-", stdin=decoded.out)
    assert refused.status == 1
    assert "step_state_payload_hex" in refused.err or "seed_payload_hex" in refused.err
    for size in (len(DRAFTS[name]) - 1, len(DRAFTS[name]) - 12):
        path.write_bytes(DRAFTS[name][:size])
        partial = command("decode", "--layout", "next", "--partial", path)
        assert partial.status == 1
        assert loaded("partial", partial.out)["error"]["code"] == "truncated"


def test_decode_of_a_payload_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(DRAFTS["full"][:165])
    partial = loaded("partial", command("decode", "--layout", "next", "--partial", path).out)
    declared = {"field": "step_state_payload", "declared_length": 18}
    assert partial["partial_field"] == {**declared, "hex": "01ff0000"}


def test_recover_names_the_layout(tmp_path: Path) -> None:
    """It would drop the payload, of which nothing is lost."""
    path, made = tmp_path / "a.ckpt", tmp_path / "b.ckpt"
    path.write_bytes(DRAFTS["vns"])
    refused = command("recover", path, "-o", made)
    assert refused.status == 1
    assert "a complete file of the draft layout (next)" in refused.err
    assert "rckp convert --to released" in " ".join(refused.err.split())
    assert not made.exists()


def test_decode_names_the_layout(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(DRAFTS["vns"])
    refused = command("decode", path)
    assert (refused.status, refused.out) == (1, b"")
    assert "invalid-utf8" in refused.err
    assert "Add --layout next to decode it." in " ".join(refused.err.split())
    path.write_bytes(corpus()["reader/example"].data)
    assert "payload-version" in command("decode", "--layout", "next", path).err


@pytest.mark.parametrize("value", ["0", "0G", "01FF", "01 ff", 1, None])
def test_encode_refuses_what_is_not_hexadecimal(value: object) -> None:
    record = json.loads(command("decode", "--layout", "next", "-", stdin=DRAFTS["vns"]).out)
    record["step_state_payload_hex"] = value
    refused = command("encode", "--layout", "next", "-", stdin=json.dumps(record).encode())
    assert refused.status == 1
    assert "step_state_payload_hex" in refused.err


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("elapsed", [None, 2**64 - 1])
def test_the_layouts_of_april_are_named(number: int, elapsed: int | None, tmp_path: Path) -> None:
    data = april_file(number, elapsed=elapsed)
    found = others(data, tmp_path / "a.ckpt")
    assert found == OtherLayout(f"april-2026-{number + 1}")
    ordinal = ("first", "second", "third")[number]
    assert f"the {ordinal} layout of April 2026" in command("validate", tmp_path).text
    assert "April 2026" in command("decode", tmp_path / "a.ckpt").err
    assert "April 2026" in command("inspect", tmp_path / "a.ckpt").text
    assert others(data[:-1], tmp_path / "a.ckpt") is None
