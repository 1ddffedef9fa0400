"""The definitions of `rckp list`, `resume` and `purge` in `spec/output.schema.json`."""

from __future__ import annotations

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
    ref,
    with_path,
)
from rckp.format.identity import Identity


def definitions() -> Schema:
    """The documents, and what they consist of."""
    run = with_path(
        {
            "run_id": TEXT,
            "status": ref("run-status"),
            "stale": {
                "description": "The status is running, but nothing was saved for an hour.",
                **BOOLEAN,
            },
            "resumable": BOOLEAN,
            "created_at_ms": ref("u64"),
            "elapsed_millis": ref("u64"),
            **PROGRESS,
            "size": {"description": "Bytes of the file.", **COUNT},
            "error_message": {"type": ["string", "null"]},
            "step_state_payload_start": {"type": "string", "maxLength": 60},
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
