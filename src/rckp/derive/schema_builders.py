"""Functions and constants that build JSON Schemas."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

COUNT: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
PATH: Schema = {
    "description": "A path. What is not printable or not UTF-8 is escaped.",
    "type": "string",
}
HEX: Schema = {"type": "string", "pattern": "^(?:[0-9a-f]{2})*$"}
PATH_BYTES: Schema = {
    "description": "The bytes of the path in hexadecimal, where it is not UTF-8.",
    "type": "string",
    "pattern": "^(?:[0-9a-f]{2})*$",
}


def object_of(members: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "required": [name for name in members if name not in optional],
        "properties": members,
        "additionalProperties": False,
    }


def document(members: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of a document, an object with `"version": 1`."""
    return object_of({"version": {"const": 1}, **members}, optional=optional)


def list_of(items: Schema) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": items}


def or_null(kind: Schema) -> Schema:
    """Return the schema of a value or null."""
    return {"anyOf": [kind, {"type": "null"}]}


def ref(name: str) -> Schema:
    """Return a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def with_path(members: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object with a path."""
    return object_of(
        {"path": PATH, "path_bytes": PATH_BYTES, **members}, optional=("path_bytes", *optional)
    )
