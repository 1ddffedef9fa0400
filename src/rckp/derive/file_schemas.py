"""The definitions of `spec/output.schema.json` for the commands about single files."""

from __future__ import annotations

from rckp.derive.schema_builders import (
    BOOLEAN,
    COUNT,
    HEX,
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

# The progress of a run, of `inspect` and of `list`; null is what is not known.
PROGRESS: dict[str, object] = {
    "iteration": or_null(ref("u64")),
    "evaluations": or_null(ref("u64")),
    "best_quality": {"type": ["string", "null"]},
}


def definitions() -> Schema:
    """Return the definitions for validate, decode --partial and inspect."""
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
    report = {
        "valid": {"type": ["boolean", "null"]},
        "findings": list_of(ref("finding")),
        "other_layout": ref("other-layout"),
    }
    other_layout = object_of(
        {
            "layout": {
                "description": "next is the draft layout.",
                "enum": ["next", "april-2026-1", "april-2026-2", "april-2026-3"],
            },
            "complete": {"description": "Whether it is a complete file of it.", **BOOLEAN},
            "iteration": or_null(ref("u64")),
            "evaluations": or_null(ref("u64")),
            "error": or_null(ref("error")),
            "message": TEXT,
        }
    )
    partial_field = {"field": ref("record-field"), "declared_length": COUNT}
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
        "report": with_path(report, optional=("other_layout",)),
        "other-layout": {
            "description": "How a file reads in a layout other than that of the specification.",
            **other_layout,
        },
        "summary": summary,
        "validate": document({"files": list_of(ref("report")), "summary": ref("summary")}),
        "validate-line": {
            "oneOf": [
                document(
                    {"path": PATH, "path_bytes": PATH_BYTES, **report},
                    optional=("path_bytes", "other_layout"),
                ),
                document({"summary": ref("summary")}),
            ]
        },
        "partial": document(
            {
                "complete": BOOLEAN,
                "record": {"anyOf": [ref("partial-record"), ref("partial-next-record")]},
                "partial_field": {
                    "anyOf": [
                        object_of({**partial_field, "text": TEXT}),
                        object_of({**partial_field, "hex": HEX}),
                        {"type": "null"},
                    ]
                },
                "error": or_null(ref("error")),
            }
        ),
        "inspect": document(
            {
                "size": {
                    "description": "Bytes; null if standard input was not read to its end.",
                    **or_null(COUNT),
                },
                "valid": {
                    "description": "In the draft layout with --layout next, else in the layout of "
                    "the specification. So is error.",
                    **BOOLEAN,
                },
                "layout": {
                    "description": "The layout of the fields: next is the draft layout.",
                    "enum": ["released", "next"],
                },
                "fields": list_of(field),
                "progress": {
                    "description": "What the payload says; null is what is not known.",
                    **object_of(PROGRESS),
                },
                "error": or_null(ref("error")),
                "other_layout": or_null(ref("other-layout")),
            }
        ),
    }
