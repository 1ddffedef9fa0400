"""`spec/record.schema.json`: a record written as JSON, as a JSON Schema of 2020-12."""

from __future__ import annotations

import json
from typing import Any

from rckp.derive.banner import NOTICE
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout
from rckp.format.record_json import member_name


def render(layout: Layout) -> str:
    """The file's text."""
    fields = layout.record_fields
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"{NOTICE} CC0-1.0.",
        "title": f"{layout.name} record",
        "description": _DESCRIPTION,
        "type": "object",
        "properties": {
            member_name(f): {"$ref": f"#/$defs/{key(f.type)}", "description": f.meaning}
            for f in fields
        },
        "required": [member_name(f) for f in fields],
        "additionalProperties": False,
        "$defs": {key(f.type): _definition(f) for f in fields},
    }
    return json.dumps(schema, indent=2) + "\n"


_DESCRIPTION = (
    "One checkpoint. The fields stand in the order of the layout, which this schema cannot "
    "demand. Integers are decimal strings, since many JSON parsers read numbers as doubles, "
    "which are exact only up to 2^53. What is absent is null."
)


def _definition(field: Field) -> dict[str, Any]:
    """Return the JSON Schema of a type of the layout."""
    head = field.parts[0]
    if head.role == roles.INTEGER:
        top = (1 << 8 * head.size) - 1
        return {
            "description": f"An integer from 0 to {top}, in decimal, without leading zeros.",
            "type": "string",
            "pattern": f"^(?:{decimal_pattern(top)})$",
            "not": {
                "$comment": "In some regular expressions, $ also matches before a line break.",
                "pattern": "[^0-9]",
            },
        }
    if head.role == roles.STATUS:
        return {"description": "What the run was doing.", "enum": list(head.values)}
    if field.parts[-1].role == roles.RAW:
        return _raw(field)
    if head.role == roles.FLAG:
        return {
            "description": "Unicode scalar values, or null for absent, which differs from empty.",
            "type": ["string", "null"],
        }
    return {"description": "Unicode scalar values: no unpaired surrogates.", "type": "string"}


def _raw(field: Field) -> dict[str, Any]:
    first = "|".join(bytes(value).hex() for value in field.parts[-1].values)  # type: ignore[arg-type]
    start = f"(?:{first})" if first else ""
    text = {
        "description": "Bytes in lower-case hexadecimal.",
        "type": "string",
        "pattern": f"^{start}(?:[0-9a-f]{{2}})*$",
        "not": {"pattern": "[^0-9a-f]"},
    }
    if field.parts[0].role != roles.FLAG:
        return text
    return {"description": "Bytes, or null for absent.", "anyOf": [text, {"type": "null"}]}


def decimal_pattern(top: int) -> str:
    """A regular expression for the integers from 0 to `top`, without leading zeros.

    One alternative for each digit of `top`: the same digits before it, a smaller one in its
    place, any after it. `top` has at least two digits.
    """
    digits = str(top)
    shorter = f"[1-9][0-9]{{0,{len(digits) - 2}}}"
    ways = ["0", shorter]
    for place, digit in enumerate(digits):
        lowest = 0 if place else 1
        after = len(digits) - place - 1
        if int(digit) > lowest:
            smaller = f"[{lowest}-{int(digit) - 1}]"
            ways.append(digits[:place] + smaller + (f"[0-9]{{{after}}}" if after else ""))
    return "|".join([*ways, digits])


def key(spec_type: str) -> str:
    """`option<string>` becomes `option-string`, which needs no escape in a reference."""
    return spec_type.replace("<", "-").replace(">", "")
