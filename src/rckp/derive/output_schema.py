"""`spec/output.schema.json`: what the commands print as JSON, as a JSON Schema of 2020-12."""

from __future__ import annotations

import json
from typing import Any

from rckp.derive import file_schemas, output_schema_diff, schema
from rckp.derive.banner import NOTICE
from rckp.derive.conformance_schema import conformance_documents
from rckp.derive.schema_builders import (
    BOOLEAN,
    COUNT,
    PATH,
    PATH_BYTES,
    TEXT,
    Schema,
    document,
    list_of,
    object_of,
    or_null,
    ref,
    with_path,
)
from rckp.format.identity import Identity
from rckp.format.layout import INTEGER, STATUS, Layout

_DESCRIPTION = (
    "The JSON documents of the command rckp. #/$defs/NAME describes one: validate (--format "
    "json), validate-line (a line of --format jsonl), partial (decode --partial), inspect, diff, "
    "recover, list, resume, purge, claim, results-line and single-edit. `rckp decode` without "
    "--partial prints a record, as record.schema.json has it, and with --layout next as "
    "record-next.schema.json has it. Integers of a record are decimal strings; offsets, lengths "
    "and counts are numbers."
)


def render(layout: Layout, codes: list[dict[str, Any]], draft: Layout) -> str:
    """Return the text of the file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"{NOTICE} CC0-1.0.",
        "title": f"{layout.name}: output of the command",
        "description": _DESCRIPTION,
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in _DOCUMENTS],
        "$defs": {
            **_of_the_record(layout, codes, draft),
            **file_schemas.definitions(),
            **output_schema_diff.definitions(),
            **_of_stores(),
            **conformance_documents(),
        },
    }
    return json.dumps(document, indent=2) + "\n"


_DOCUMENTS = (
    *("validate", "validate-line", "partial", "inspect", "diff", "recover"),
    *("list", "resume", "purge"),
    *("claim", "results-line", "single-edit"),
)


def _of_the_record(layout: Layout, codes: list[dict[str, Any]], draft: Layout) -> Schema:
    record, next_record = (json.loads(schema.render(each)) for each in (layout, draft))
    integer = next(f for f in layout.record_fields if f.parts[0].role == INTEGER)
    status = next(f for f in layout.record_fields if f.parts[0].role == STATUS)
    fields = (*layout.fields, *draft.fields)
    part_kinds = sorted({part.role for field in fields for part in field.parts})
    errors = [row["code"] for row in codes if row["phase"] == "decode"] + ["payload-version"]
    return {
        **next_record["$defs"],
        **record["$defs"],
        "next-record": object_of(next_record["properties"]),
        "partial-next-record": {**object_of(next_record["properties"]), "required": []},
        "record": object_of(record["properties"]),
        "partial-record": {**object_of(record["properties"]), "required": []},
        "u64": record["$defs"][schema.key(integer.type)],
        "run-status": record["$defs"][schema.key(status.type)],
        "code": {"description": "A code of errors.json.", "enum": [row["code"] for row in codes]},
        "record-field": {"enum": [field.name for field in layout.record_fields]},
        "layout-field": {"enum": [field.name for field in layout.fields]},
        "part-kind": {"enum": part_kinds},
        "error": object_of(
            {
                "code": {"enum": errors},
                "field": ref("layout-field"),
                "offset": {"description": "The first byte of the error, from 0.", **COUNT},
                "wanted": or_null(COUNT),
                "available": or_null(COUNT),
                "length": {"description": "The number of bytes of the error.", **COUNT},
            }
        ),
    }


def _of_stores() -> Schema:
    run = with_path(
        {
            "layout": {
                "description": "next is the draft layout.",
                "enum": ["released", "next"],
            },
            "run_id": TEXT,
            "status": ref("run-status"),
            "stale": {
                "description": "The status is running, but nothing was saved for an hour.",
                **BOOLEAN,
            },
            "resumable": BOOLEAN,
            "created_at_ms": ref("u64"),
            "elapsed_millis": ref("u64"),
            **file_schemas.PROGRESS,
            "size": {"description": "Bytes of the file.", **COUNT},
            "error_message": {"type": ["string", "null"]},
            "step_state_payload_start": {
                "description": "Text; in the draft layout, bytes in hexadecimal.",
                "type": "string",
                "maxLength": 60,
            },
            "step_state_payload_length": {"description": "Bytes of the whole payload.", **COUNT},
        }
    )
    base = {"base": PATH, "base_bytes": PATH_BYTES}
    skip = ("base_bytes",)
    group = object_of(
        {
            "identity": object_of(dict.fromkeys(Identity._fields, TEXT)),
            "runs": list_of(ref("run")),
        }
    )
    return {
        "run": run,
        "path-error": with_path({"code": ref("code"), "message": TEXT}),
        "list": document(
            {**base, "groups": list_of(group), "errors": list_of(ref("path-error"))}, optional=skip
        ),
        "resume": document(
            {"path": PATH, "path_bytes": PATH_BYTES, "record": ref("record")},
            optional=("path_bytes",),
        ),
        "purge": document(
            {
                **base,
                "dry_run": BOOLEAN,
                "removed": list_of(with_path({})),
                "recent": {
                    "description": "Truncated files that were modified less than a minute ago.",
                    **list_of(with_path({})),
                },
                "errors": list_of(ref("path-error")),
            },
            optional=skip,
        ),
    }
