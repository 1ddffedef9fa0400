"""The messages of the adapter protocol, their schema and their chapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance.tests.corpus import ROOT, draft_checks
from conformance.tests.suite.conformance_run import CHECKS
from rckp.conformance.reference import respond
from rckp.conformance.trees import create_tree


def validator(schema: dict[str, Any], ref: str) -> Draft202012Validator:
    base = "https://rckp.invalid/spec/"
    record = json.loads((ROOT / "spec/record.schema.json").read_text("utf-8"))
    registry: Registry[Any] = Registry().with_resources(
        [
            (f"{base}record.schema.json", Resource.from_contents(record)),
            (f"{base}adapter.schema.json", Resource.from_contents(schema)),
        ]
    )
    wanted = {"$id": f"{base}x", "$ref": f"adapter.schema.json#/$defs/{ref}"}
    return Draft202012Validator(wanted, registry=registry)


def test_every_message_fits_the_schema(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "spec/adapter.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    request = validator(schema, "request")
    responses = {op: validator(schema, f"responses/{op}") for op in schema["$defs"]["responses"]}
    every = [*CHECKS, *draft_checks()]
    assert {check.op for check in every} == set(responses)
    for number, check in enumerate(every):
        root = tmp_path / str(number)
        if check.has_tree:
            root.mkdir()
            create_tree(root, check.case.document["input"]["tree"])
        message = check.message(root)
        request.validate(message)
        reply = respond(json.loads(json.dumps(message)))
        responses[check.op].validate(reply)
        if "or" not in check.case.expect:
            assert (reply["type"] == "error") == ("error" in check.expected()), check.id


def test_the_protocol_knows_every_operation() -> None:
    chapter = (ROOT / "docs/protocol.md").read_text("utf-8")
    operations = {check.op for check in CHECKS} | {"decode-next"}
    listed = {line.split("`")[1] for line in chapter.splitlines() if line.startswith("| `")}
    assert operations <= listed
