"""Every JSON document that a command prints is as spec/output.schema.json describes it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES, ROOT, invalid_files, valid_files
from conformance.tests.store.examples import record
from rckp import CheckpointStore, encode
from rckp.conformance.checks import CLASSES, DRAFT_CLASSES, GRADES
from rckp.conformance.results import OUTCOMES
from rckp.derive import conformance_schema

OUTPUT = json.loads((ROOT / "spec/output.schema.json").read_text("utf-8"))
RECORD = json.loads((ROOT / "spec/record.schema.json").read_text("utf-8"))
READER = FIXTURES / "cases/reader"
GOOD = READER / "full.ckpt"
U64_FIELDS = {name for name, each in RECORD["properties"].items() if each["$ref"].endswith("u64")}


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = RECORD if name == "record" else OUTPUT | {"anyOf": [{"$ref": f"#/$defs/{name}"}]}
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def loaded(name: str, text: bytes | str) -> Any:
    """The document in a text, which must be of the form that the schema has under this name."""
    document = json.loads(text)
    validator(name).validate(document)
    if name not in ("record", "results-line", "single-edit"):
        assert document["version"] == 1
    for key, value in members(document):
        assert type(value) is not float, key
        if key in U64_FIELDS:
            assert isinstance(value, str), key
        if key in ("offset", "length", "wanted", "available", "size", "declared_length", "total"):
            assert value is None or type(value) is int, key
    return document


def members(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
        for each in value.values():
            yield from members(each)
    elif isinstance(value, list):
        for each in value:
            yield from members(each)


def test_the_schema_names_the_words_of_the_suite() -> None:
    assert (conformance_schema.CLASSES, conformance_schema.GRADES) == (CLASSES, GRADES)
    assert conformance_schema.DRAFT_CLASSES == DRAFT_CLASSES
    assert set(conformance_schema.OUTCOMES) == set(OUTCOMES)


def test_the_schema_refuses_other_documents() -> None:
    """Else the tests below could not fail."""
    for name in OUTPUT["anyOf"]:
        name = name["$ref"].rpartition("/")[2]  # noqa: PLW2901
        assert not validator(name).is_valid({"version": 1}), name
        assert not validator(name).is_valid({}), name


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_validate(style: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    odd = os.fsencode(tmp_path) + b"/\xff\x1b.ckpt"
    Path(os.fsdecode(odd)).write_bytes(b"RCKP")
    result = rckp("validate", "--format", style, READER, tmp_path, "nowhere", tmp_path / "empty")
    assert result.status == 2
    if style == "json":
        document = loaded("validate", result.out)
        files, summary = document["files"], document["summary"]
    else:
        *files, last = [loaded("validate-line", line) for line in result.out.splitlines()]
        summary = last["summary"]
    assert summary["total"] == len(files)
    assert summary["total"] > len(list(READER.rglob("*.ckpt")))
    assert summary["unreadable"] == sum(each["valid"] is None for each in files) == 1
    [named] = [each for each in files if "path_bytes" in each]
    assert bytes.fromhex(named["path_bytes"]) == odd


def some_files() -> list[Path]:
    return [
        case.path.parent / case.document["input"]["file"]
        for case in (*invalid_files()[::12], *valid_files()[::12])
    ]


@pytest.mark.parametrize("path", some_files(), ids=lambda path: path.parent.name + path.stem)
def test_commands_on_a_file(path: Path) -> None:
    inspected = rckp("inspect", "--format", "json", path)
    seen = loaded("inspect", inspected.out)
    assert seen["size"] == path.stat().st_size
    saved = rckp("decode", "--partial", path)
    part = loaded("partial", saved.out)
    assert part["error"] == seen["error"]
    assert inspected.status == saved.status == (0 if seen["valid"] else 1)
    decoded = rckp("decode", path)
    assert decoded.status == saved.status
    if seen["valid"]:
        assert loaded("record", decoded.out) == part["record"]
    else:
        assert decoded.out == b""


def test_inspect_of_a_stream_that_is_not_read_to_its_end() -> None:
    seen = loaded("inspect", rckp("inspect", "--format", "json", "-", stdin=b"x" * 200_000).out)
    assert seen["size"] is None
    seen = loaded("inspect", rckp("inspect", "--format", "json", "-", stdin=b"RCKP").out)
    assert seen["size"] == 4


def test_list_resume_and_purge(tmp_path: Path) -> None:
    base = tmp_path / "base"
    store = CheckpointStore(base, durability="none")
    store.write(record("x-1", "ä" * 100))
    directory = store.write(record("x-2")).parent
    (directory / "empty.ckpt").touch()
    (directory / "foreign.ckpt").write_bytes(b"PK\x03\x04")
    with open(os.fsencode(base) + b"/\xff.ckpt", "wb") as file:
        file.write(encode(record("x-3")))
    os.utime(directory / "empty.ckpt", (1, 1))
    listed = loaded("list", rckp("list", "--format", "json", base).out)
    [group] = listed["groups"]
    assert len(group["runs"]) == 3
    first = next(each for each in group["runs"] if each["run_id"] == "x-1")
    assert first["step_state_payload_start"] == "ä" * 60
    assert first["step_state_payload_length"] == 200
    assert [each["code"] for each in listed["errors"]] == ["truncated", "bad-magic"]
    loaded("resume", rckp("resume", "--latest", "--format", "json", base).out)
    for options in (["--dry-run"], []):
        done = rckp(
            "purge", "--truncated", "--older-than", "1d", *options, "--format", "json", base
        )
        document = loaded("purge", done.out)
        assert document["dry_run"] is bool(options)
        assert len(document["removed"]) == 4
        assert document["recent"] == []


def test_a_purge_that_cannot_read_everything(tmp_path: Path) -> None:
    (tmp_path / "foreign.ckpt").symlink_to("loop")
    (tmp_path / "x.ckpt").write_bytes(b"")
    document = loaded("purge", rckp("purge", "--truncated", "--format", "json", tmp_path).out)
    assert document["removed"] == []


def test_what_the_runner_writes(tmp_path: Path) -> None:
    reference = [sys.executable, "-m", "rckp.conformance.reference"]
    results, claim = tmp_path / "results.jsonl", tmp_path / "claim.json"
    options: tuple[str, ...] = ("--id", "reader/full", "--id", "identity/base/*")
    done = rckp(
        "conformance", "run", *options, "--results", results, "--claim", claim, "--", *reference
    )
    assert done.status == 0, done.err
    lines = [loaded("results-line", line) for line in results.read_text().splitlines()]
    assert lines[0]["type"] == "run"
    whole = loaded("claim", claim.read_text())
    assert sum(each["checks"] for each in whole["classes"].values()) == sum(
        line["type"] == "result" for line in lines
    )
    again = tmp_path / "again.json"
    assert rckp("conformance", "report", results, "--claim", again).status == 0
    assert loaded("claim", again.read_text()) == whole


def test_published_results() -> None:
    directory = ROOT / "conformance/implementations/results"
    files = sorted(directory.glob("*.jsonl"))
    tables = sorted(directory.glob("*.single-edit.json"))
    assert files
    assert tables
    for path in files:
        lines = path.read_text("utf-8").splitlines()
        for line in (lines[0], *lines[1:-1:40], lines[-1]):
            loaded("results-line", line)
    for path in tables:
        loaded("single-edit", path.read_text("utf-8"))
