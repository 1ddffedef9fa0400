"""`spec/output.schema.json`: what the commands print as JSON, as a JSON Schema of 2020-12."""

from __future__ import annotations

import json
from typing import Any

from rckp.derive import schema
from rckp.derive.banner import NOTICE
from rckp.format.identity import Identity
from rckp.format.layout import INTEGER, STATUS, Layout

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT: Schema = {"type": "string"}
_BOOLEAN: Schema = {"type": "boolean"}
_DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_PATH: Schema = {
    "description": "A path. What is not printable or not UTF-8 is escaped.",
    "type": "string",
}
_PATH_BYTES: Schema = {
    "description": "The bytes of the path in hexadecimal, where it is not UTF-8.",
    "type": "string",
    "pattern": "^(?:[0-9a-f]{2})*$",
}
_DESCRIPTION = (
    "The JSON documents of the command rckp. #/$defs/NAME describes one: validate (--format "
    "json), validate-line (a line of --format jsonl), partial (decode --partial), inspect, list, "
    "resume, purge, claim, results-line and single-edit. `rckp decode` without --partial prints "
    "a record, as record.schema.json has it. Integers of a record are decimal strings; offsets, "
    "lengths and counts are numbers."
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
            **_of_stores(),
            **_of_the_suite(),
        },
    }
    return json.dumps(document, indent=2) + "\n"


# As in `rckp.conformance`, which cannot be imported here: it needs the derived codec.
CLASSES = ("reader", "writer", "identity", "store", "selection")
GRADES = ("none", "verdict", "code", "location")
OUTCOMES = (
    *("pass", "fail", "crash", "timeout", "over-budget", "unexpected-pass", "expected-fail"),
    "unsupported",
)

_DOCUMENTS = (
    *("validate", "validate-line", "partial", "inspect", "list", "resume", "purge"),
    *("claim", "results-line", "single-edit"),
)


def _object(members: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "required": [name for name in members if name not in optional],
        "properties": members,
        "additionalProperties": False,
    }


def _document(members: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return _object({"version": {"const": 1}, **members}, optional=optional)


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(kind: Schema) -> Schema:
    return {"anyOf": [kind, {"type": "null"}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _with_path(members: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    return _object(
        {"path": _PATH, "path_bytes": _PATH_BYTES, **members}, optional=("path_bytes", *optional)
    )


def _of_the_record(layout: Layout, codes: list[dict[str, Any]]) -> Schema:
    record = json.loads(schema.render(layout))
    integer = next(f for f in layout.record_fields if f.parts[0].role == INTEGER)
    status = next(f for f in layout.record_fields if f.parts[0].role == STATUS)
    part_kinds = sorted({part.role for field in layout.fields for part in field.parts})
    faults = [row["code"] for row in codes if row["phase"] == "decode"]
    return {
        **record["$defs"],
        "record": _object(record["properties"]),
        "partial-record": {**_object(record["properties"]), "required": []},
        "u64": record["$defs"][schema.key(integer.type)],
        "run-status": record["$defs"][schema.key(status.type)],
        "code": {"description": "A code of errors.json.", "enum": [row["code"] for row in codes]},
        "record-field": {"enum": [field.name for field in layout.record_fields]},
        "layout-field": {"enum": [field.name for field in layout.fields]},
        "part-kind": {"enum": part_kinds},
        "error": _object(
            {
                "code": {"enum": faults},
                "field": _ref("layout-field"),
                "offset": {"description": "The first byte at fault, from 0.", **_COUNT},
                "wanted": _or_null(_COUNT),
                "available": _or_null(_COUNT),
                "length": {"description": "The number of bytes at fault.", **_COUNT},
            }
        ),
    }


def _of_files() -> Schema:
    finding = _object(
        {
            "code": _ref("code"),
            "severity": {"enum": ["error", "warning"]},
            "field": _or_null(_ref("layout-field")),
            "offset": _or_null(_COUNT),
            "length": _or_null(_COUNT),
            "message": _TEXT,
            "requirement": _TEXT,
            "hint": _TEXT,
        }
    )
    report = {"valid": {"type": ["boolean", "null"]}, "findings": _list(_ref("finding"))}
    summary = _object(
        {
            **dict.fromkeys(
                (*("total", "valid", "invalid", "unreadable", "with_warnings"), "skipped"), _COUNT
            ),
            "directories_without_checkpoint": _list(_with_path({})),
        }
    )
    field = _object(
        {
            "number": _COUNT,
            "name": _ref("layout-field"),
            "type": _TEXT,
            "start": _COUNT,
            "stop": _COUNT,
            "complete": _BOOLEAN,
            "value": {"type": ["string", "null"]},
            "declared_length": _or_null(_COUNT),
            "cut": _BOOLEAN,
            "parts": _list(
                _object(
                    {
                        "role": _ref("part-kind"),
                        "start": _COUNT,
                        "stop": _COUNT,
                        "complete": _BOOLEAN,
                    }
                )
            ),
        }
    )
    return {
        "finding": finding,
        "report": _with_path(report),
        "summary": summary,
        "validate": _document({"files": _list(_ref("report")), "summary": _ref("summary")}),
        "validate-line": {
            "oneOf": [
                _document(
                    {"path": _PATH, "path_bytes": _PATH_BYTES, **report}, optional=("path_bytes",)
                ),
                _document({"summary": _ref("summary")}),
            ]
        },
        "partial": _document(
            {
                "complete": _BOOLEAN,
                "record": _ref("partial-record"),
                "partial_field": _or_null(
                    _object(
                        {
                            "field": _ref("record-field"),
                            "declared_length": _COUNT,
                            "text": _TEXT,
                        }
                    )
                ),
                "error": _or_null(_ref("error")),
            }
        ),
        "inspect": _document(
            {
                "size": {
                    "description": "Bytes; null if standard input was not read to its end.",
                    **_or_null(_COUNT),
                },
                "valid": _BOOLEAN,
                "fields": _list(field),
                "error": _or_null(_ref("error")),
            }
        ),
    }


def _of_stores() -> Schema:
    run = _with_path(
        {
            "run_id": _TEXT,
            "status": _ref("run-status"),
            "resumable": _BOOLEAN,
            "created_at_ms": _ref("u64"),
            "elapsed_millis": _ref("u64"),
            "error_message": {"type": ["string", "null"]},
            "step_state_payload_start": {"type": "string", "maxLength": 60},
            "step_state_payload_length": {"description": "Bytes of the whole payload.", **_COUNT},
        }
    )
    base = {"base": _PATH, "base_bytes": _PATH_BYTES}
    skip = ("base_bytes",)
    group = _object(
        {
            "identity": _object(dict.fromkeys(Identity._fields, _TEXT)),
            "runs": _list(_ref("run")),
        }
    )
    return {
        "run": run,
        "path-error": _with_path({"code": _ref("code"), "message": _TEXT}),
        "list": _document(
            {**base, "groups": _list(group), "errors": _list(_ref("path-error"))}, optional=skip
        ),
        "resume": _document(
            {"path": _PATH, "path_bytes": _PATH_BYTES, "record": _ref("record")},
            optional=("path_bytes",),
        ),
        "purge": _document(
            {
                **base,
                "dry_run": _BOOLEAN,
                "removed": _list(_with_path({})),
                "errors": _list(_ref("path-error")),
            },
            optional=skip,
        ),
    }


def _of_the_suite() -> Schema:
    grade, class_ = {"enum": list(GRADES)}, {"enum": list(CLASSES)}
    implementation = {"name": _TEXT, "version": _TEXT, "language": _TEXT}
    of_a_class = _object(
        {**dict.fromkeys(("checks", "passed", "known_failures", "unsupported"), _COUNT)}
        | {"grade": grade}
    )
    result = {
        "type": {"const": "result"},
        "id": _TEXT,
        "op": _TEXT,
        "level": {"enum": ["must", "should", "may"]},
        "requirements": _list(_TEXT),
        "outcome": {"enum": list(OUTCOMES)},
        "grade": grade,
        "differences": _list(_TEXT),
        "answer": {"type": "object"},
        "reason": _TEXT,
        "stderr": _TEXT,
        "class": class_,
    }
    head = {
        "type": {"const": "run"},
        "format": {"description": "The version of this document.", "enum": ["1", "2"]},
        "specification": _TEXT,
        "suite": _TEXT,
        "suite_sha256": _DIGEST,
        **implementation,
        "classes": _list(class_),
        "grade": grade,
        "whole": _BOOLEAN,
    }
    difference = _object({"number": _COUNT, "first": _TEXT})
    table = _object(
        {
            "base": _TEXT,
            "asked": _COUNT,
            "agreement": {"type": "object", "additionalProperties": _COUNT},
            "differences": {"type": "object", "additionalProperties": difference},
        }
    )
    return {
        "claim": _document(
            {
                "specification": _TEXT,
                "suite": _TEXT,
                "suite_sha256": _DIGEST,
                "implementation": _object(implementation),
                "whole": _BOOLEAN,
                "classes": _object(dict.fromkeys(CLASSES, of_a_class), optional=CLASSES),
                "results_sha256": _DIGEST,
            }
        ),
        "results-line": {
            "description": "`version` is that of the implementation.",
            "oneOf": [
                _object(head, optional=("specification",)),
                _object(
                    result,
                    optional=("requirements", "differences", "answer", "reason", "stderr"),
                ),
                _object({"type": {"const": "stale"}, "id": _TEXT, "reason": _TEXT}),
                _object({"type": {"const": "end"}, "lines": _COUNT, "sha256": _DIGEST}),
            ],
        },
        "single-edit": _object(
            {
                "type": {"const": "single-edit"},
                "suite_sha256": _DIGEST,
                **implementation,
                "classes": _list(class_),
                "grade": grade,
                "tables": _list(table),
            }
        ),
    }
