"""`spec/output.schema.json`: what the commands print as JSON, as a JSON Schema of 2020-12."""

from __future__ import annotations

import json
from typing import Any

from rckp.derive import output_schema_diff, output_schema_stores, schema
from rckp.derive.banner import NOTICE
from rckp.derive.conformance_schema import conformance_documents
from rckp.derive.schema_builders import (
    BOOLEAN,
    COUNT,
    PATH,
    PATH_BYTES,
    PROGRESS,
    TEXT,
    Schema,
    document,
    list_of,
    object_of,
    or_null,
    ref,
    with_path,
)
from rckp.format.layout import INTEGER, STATUS, Layout

_DESCRIPTION = (
    "The JSON documents of the command rckp. #/$defs/NAME describes one: validate (--format "
    "json), validate-line (a line of --format jsonl), partial (decode --partial), inspect, diff, "
    "recover, list, resume, purge, claim, results-line and single-edit. `rckp decode` without "
    "--partial prints a record, as record.schema.json has it. Integers of a record are decimal "
    "strings; offsets, lengths and counts are numbers."
)


def render(layout: Layout, codes: list[dict[str, Any]]) -> str:
    """The file's text."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"{NOTICE} CC0-1.0.",
        "title": f"{layout.name}: output of the command",
        "description": _DESCRIPTION,
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in _DOCUMENTS],
        "$defs": {
            **_of_the_record(layout, codes),
            **_of_files(),
            **output_schema_diff.definitions(),
            **output_schema_stores.definitions(),
            **conformance_documents(),
        },
    }
    return json.dumps(document, indent=2) + "\n"


_DOCUMENTS = (
    *("validate", "validate-line", "partial", "inspect", "diff", "recover"),
    *("list", "resume", "purge"),
    *("claim", "results-line", "single-edit"),
)


def _of_the_record(layout: Layout, codes: list[dict[str, Any]]) -> Schema:
    record = json.loads(schema.render(layout))
    integer = next(f for f in layout.record_fields if f.parts[0].role == INTEGER)
    status = next(f for f in layout.record_fields if f.parts[0].role == STATUS)
    part_kinds = sorted({part.role for field in layout.fields for part in field.parts})
    faults = [row["code"] for row in codes if row["phase"] == "decode"]
    return {
        **record["$defs"],
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
                "code": {"enum": faults},
                "field": ref("layout-field"),
                "offset": {"description": "The first byte at fault, from 0.", **COUNT},
                "wanted": or_null(COUNT),
                "available": or_null(COUNT),
                "length": {"description": "The number of bytes at fault.", **COUNT},
            }
        ),
    }


def _of_files() -> Schema:
    finding = object_of(
        {
            "code": ref("code"),
            "severity": {"enum": ["error", "warning"]},
            "field": or_null(ref("layout-field")),
            "offset": or_null(COUNT),
            "length": or_null(COUNT),
            "message": TEXT,
            "requirement": TEXT,
            "hint": TEXT,
        }
    )
    report = {"valid": {"type": ["boolean", "null"]}, "findings": list_of(ref("finding"))}
    summary = object_of(
        {
            **dict.fromkeys(
                (*("total", "valid", "invalid", "unreadable", "with_warnings"), "skipped"), COUNT
            ),
            "ignored": {"description": "With --select or --ignore.", **COUNT},
            "directories_without_checkpoint": list_of(with_path({})),
        },
        optional=("ignored",),
    )
    field = object_of(
        {
            "number": COUNT,
            "name": ref("layout-field"),
            "type": TEXT,
            "start": COUNT,
            "stop": COUNT,
            "complete": BOOLEAN,
            "value": {"type": ["string", "null"]},
            "declared_length": or_null(COUNT),
            "cut": BOOLEAN,
            "parts": list_of(
                object_of(
                    {
                        "role": ref("part-kind"),
                        "start": COUNT,
                        "stop": COUNT,
                        "complete": BOOLEAN,
                    }
                )
            ),
        }
    )
    return {
        "finding": finding,
        "report": with_path(report),
        "summary": summary,
        "validate": document({"files": list_of(ref("report")), "summary": ref("summary")}),
        "validate-line": {
            "oneOf": [
                document(
                    {"path": PATH, "path_bytes": PATH_BYTES, **report}, optional=("path_bytes",)
                ),
                document({"summary": ref("summary")}),
            ]
        },
        "partial": document(
            {
                "complete": BOOLEAN,
                "record": ref("partial-record"),
                "partial_field": or_null(
                    object_of(
                        {
                            "field": ref("record-field"),
                            "declared_length": COUNT,
                            "text": TEXT,
                        }
                    )
                ),
                "error": or_null(ref("error")),
            }
        ),
        "inspect": document(
            {
                "size": {
                    "description": "Bytes; null if standard input was not read to its end.",
                    **or_null(COUNT),
                },
                "valid": BOOLEAN,
                "fields": list_of(field),
                "progress": {
                    "description": "What the payload says; null is what is not known.",
                    **object_of(PROGRESS),
                },
                "error": or_null(ref("error")),
            }
        ),
    }
