"""The definitions of `rckp diff` and `rckp recover` in `spec/output.schema.json`."""

from __future__ import annotations

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
)


def definitions() -> Schema:
    """Return the schemas of the documents and of their parts, by name."""
    text_or_null: Schema = {"type": ["string", "null"]}
    value = object_of({"place": TEXT, "a": text_or_null, "b": text_or_null})
    key = object_of(
        {
            "key": TEXT,
            "in_a": BOOLEAN,
            "in_b": BOOLEAN,
            "total": {"description": "The number of values that were compared.", **COUNT},
            "different": COUNT,
            "values": {
                "description": "The first that differ, qualities before others; null is missing.",
                **list_of(value),
            },
        }
    )
    difference = object_of(
        {
            "field": ref("record-field"),
            "a": ref("excerpt"),
            "b": ref("excerpt"),
            "first_difference": {
                "description": "The first byte that differs within two strings.",
                **or_null(COUNT),
            },
            "payload": or_null(
                object_of(
                    {
                        "keys": {
                            "description": "Null if the payloads are not compared by key.",
                            **or_null(list_of(key)),
                        },
                        "notes": list_of(TEXT),
                    }
                )
            ),
        }
    )
    return {
        "excerpt": object_of(
            {
                "text": {"description": "Null for an absent string.", **text_or_null},
                "length": {"description": "Bytes of the whole string.", **or_null(COUNT)},
                "start": {"description": "The first byte of the text in the string.", **COUNT},
                "cut": BOOLEAN,
            }
        ),
        "diff": document(
            {
                "a": PATH,
                "a_bytes": PATH_BYTES,
                "b": PATH,
                "b_bytes": PATH_BYTES,
                "equal": BOOLEAN,
                "compared_fields": COUNT,
                "rewritten": {
                    "description": "The payloads have the same values, written differently.",
                    **BOOLEAN,
                },
                "differences": list_of(difference),
                "error_a": or_null(ref("error")),
                "error_b": or_null(ref("error")),
            },
            optional=("a_bytes", "b_bytes"),
        ),
        "recover": document(
            {
                "path": PATH,
                "path_bytes": PATH_BYTES,
                "output": PATH,
                "output_bytes": PATH_BYTES,
                "error": ref("error"),
                "kept": {
                    "description": "The fields that are as in the invalid file.",
                    **list_of(ref("record-field")),
                },
                "begun": {
                    "description": "The field of which only the beginning is there.",
                    **or_null(ref("record-field")),
                },
                "completed": {
                    "description": "The fields with a value that is not of the file.",
                    **list_of(ref("record-field")),
                },
                "resumable": {
                    "description": "Whether the identity and the payload are complete.",
                    **BOOLEAN,
                },
            },
            optional=("path_bytes", "output_bytes"),
        ),
    }
