"""The examples of docs/protocol.md are real requests and responses, and fit the schema."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance.tests.corpus import ROOT
from rckp.conformance.checks import _PARSERS, Check
from rckp.conformance.reference import respond
from rckp.conformance.trees import create_tree
from rckp.derive import protocol

CHECKS = list(protocol.example_checks(ROOT))
TEXT = (ROOT / "docs/protocol.md").read_text("utf-8")
EXAMPLES = re.findall(r"\*\*`([\w-]+)`\*\*, the case `(\S+)`:\n\n```json\n(.+)\n(.+)\n```", TEXT)


def test_there_is_one_of_each_operation_in_their_order() -> None:
    # The class of the draft layout, whose name has a hyphen, has a section instead of an example.
    table = re.findall(r"^\| `([\w-]+)` \| \w+ \|", TEXT, re.MULTILINE)
    assert [operation for operation, *_ in EXAMPLES] == table
    assert {*table, "decode-next"} == {*_PARSERS}
    assert [id_ for _, id_, *_ in EXAMPLES] == [check.id for check in CHECKS]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_reference_answers_as_shown(check: Check, tmp_path: Path) -> None:
    (shown,) = (lines for _, id_, *lines in EXAMPLES if id_ == check.id)
    create_tree(tmp_path, check.case.document["input"].get("tree", ()))
    request = check.message(tmp_path)
    texts = [json.dumps(each) for each in (request, respond(request))]
    here, there = os.fsencode(tmp_path).hex(), bytes(protocol.TREE).hex()
    request, response = (json.loads(each.replace(here, there)) for each in texts)
    assert request == json.loads(shown[0])
    # A response may have more members than the case expects.
    wanted = json.loads(shown[1])
    assert {name: value for name, value in response.items() if name in wanted} == wanted
    assert {*response} - {*wanted} <= {"reported"}


@pytest.mark.parametrize(("operation", "id_", "request_line", "response_line"), EXAMPLES)
def test_the_messages_are_of_the_schema(
    operation: str, id_: str, request_line: str, response_line: str
) -> None:
    schema = json.loads((ROOT / "spec/adapter.schema.json").read_text("utf-8"))
    record = json.loads((ROOT / "spec/record.schema.json").read_text("utf-8"))
    base = "https://rckp.invalid/spec/"
    registry = Registry().with_resource(f"{base}record.schema.json", Resource.from_contents(record))
    validator = Draft202012Validator({**schema, "$id": f"{base}adapter"}, registry=registry)
    for line in (request_line, response_line):
        message = json.loads(line)
        assert message["id"] == id_
        assert list(validator.iter_errors(message)) == [], operation
