"""`rckp validate` for editors and CI: lines, annotations of GitHub, and SARIF."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema

from conformance.tests.command import CONTROL, rckp
from conformance.tests.corpus import FIXTURES
from rckp._codes import CODES
from rckp.cli.finding_filter import FINDING_CODES

READER = FIXTURES / "cases/reader"
GOOD = READER / "full.ckpt"
CUT = READER / "truncated/step_state_payload/content-some.ckpt"
ODD = READER / "meaning/hashes-lie.ckpt"


def test_concise() -> None:
    result = rckp("validate", "--format", "concise", GOOD, CUT, ODD, "nowhere")
    assert result.status == 2
    lines = result.text.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{CUT}: invalid: byte 161, step_state_payload: ends too early")
    assert lines[0].endswith("[truncated]")
    assert lines[1].startswith(f"{ODD}: valid: byte 141, algorithm_signature_hash: ")
    assert lines[1].count("[hash-mismatch]") == 2
    assert lines[2] == "nowhere: unreadable: does not exist [missing]"
    assert result.err == "4 files: 2 valid, 1 invalid, 1 unreadable, 1 with warnings\n"
    assert rckp("validate", "-v", "--format", "concise", GOOD).text == f"{GOOD}: valid\n"


COMMAND = re.compile(r"::(error|warning) file=([^:,\r\n]*),title=([^:,\r\n]*)::([^\r\n]+)")


def test_github_annotations_are_escaped(tmp_path: Path) -> None:
    names = ["a,b:c%.ckpt", "x\n::stop-commands::t.ckpt", "\x1b[31m.ckpt", "ä b.ckpt"]
    for name in names:
        (tmp_path / name).write_bytes(b"RCKP")
    result = rckp("validate", "--format", "github", tmp_path, ODD, tmp_path / "none")
    assert result.status == 2
    assert not CONTROL.search(result.text)
    *lines, last = result.text.splitlines()
    found = [COMMAND.fullmatch(line) for line in lines]
    assert all(found), lines
    assert len(lines) == len(names) + 3
    kinds = [each[1] for each in found if each]
    assert kinds == ["error"] * 4 + ["warning"] * 2 + ["error"]
    paths = {unquote(each[2]) for each in found if each}
    assert f"{tmp_path}/a,b:c%.ckpt" in paths
    assert f"{tmp_path}/x\\n::stop-commands::t.ckpt" in paths
    assert {unquote(each[3]) for each in found if each} == {
        *("rckp: truncated", "rckp: hash-mismatch", "rckp: missing")
    }
    assert last.startswith("6 files: ")


# What the code scanning of GitHub requires of SARIF 2.1.0, and what is used of the rest.
TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}


def object_of(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


COUNT = {"type": "integer", "minimum": 0}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
ARTIFACT = object_of({"uri": {"type": "string", "pattern": "^[!-~]+$"}})
REGION = object_of(
    {"startLine": {"type": "integer", "minimum": 1}}, {"byteOffset": COUNT, "byteLength": COUNT}
)
RESULT = object_of(
    {
        "ruleId": {"enum": list(FINDING_CODES)},
        "ruleIndex": COUNT,
        "level": LEVEL,
        "message": TEXT,
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": object_of(
                {"physicalLocation": object_of({"artifactLocation": ARTIFACT, "region": REGION})}
            ),
        },
        "partialFingerprints": object_of({"primaryLocationLineHash": {"type": "string"}}),
    }
)
RULE = object_of(
    {
        "id": {"type": "string"},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "help": TEXT,
        "defaultConfiguration": object_of({"level": LEVEL}),
        "properties": {"type": "object"},
    }
)
DRIVER = object_of(
    {
        "name": {"const": "rckp"},
        "version": {"type": "string"},
        "rules": {"type": "array", "items": RULE},
    }
)
SARIF = object_of(
    {
        "$schema": {"type": "string", "pattern": "sarif-schema-2.1.0.json$"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": object_of(
                {
                    "tool": object_of({"driver": DRIVER}),
                    "results": {"type": "array", "items": RESULT},
                    "invocations": {"type": "array", "minItems": 1, "maxItems": 1},
                    "properties": {"type": "object"},
                }
            ),
        },
    }
)


def sarif(*arguments: str | Path, status: int) -> dict[str, Any]:
    result = rckp("validate", "--format", "sarif", *arguments)
    assert result.status == status
    document: dict[str, Any] = json.loads(result.out)
    jsonschema.Draft202012Validator.check_schema(SARIF)
    jsonschema.validate(document, SARIF)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_sarif(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/a b\xff%.ckpt"
    Path(os.fsdecode(odd)).write_bytes(b"RCKP")
    (tmp_path / "empty").mkdir()
    run = sarif(READER, tmp_path, "nowhere", tmp_path / "empty", status=2)
    rules = run["tool"]["driver"]["rules"]
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["level"] == CODES[each["ruleId"]].severity
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    ]
    assert f"file://{tmp_path}/a%20b%FF%25.ckpt" in uris
    assert "nowhere" in uris
    fingerprints = [
        each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]
    ]
    assert len(set(fingerprints)) > 0.9 * len(fingerprints)
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    [note] = invocation["toolExecutionNotifications"]
    assert "no checkpoint in it" in note["message"]["text"]
    [cut] = sarif(CUT, status=1)["results"]
    assert cut["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "byteOffset": 161,
        "byteLength": 59,
    }
    good = sarif(GOOD, status=0)
    assert good["results"] == []
    assert good["invocations"] == [{"executionSuccessful": True}]
    assert {"ruleId"} <= set(sarif("--strict", ODD, status=1)["results"][0])
