"""`docs/inspector/layout.js` and `samples.js`: the data of the browser inspector.

The programs of the inspector work on the roles of parts, as `rckp.format.scan` does. The layout,
the error codes and the signatures of foreign files are data, which this module writes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rckp.derive.banner import NOTICE
from rckp.derive.chapters import SpecError
from rckp.derive.requirements import Requirement
from rckp.display import FIELD_FORMATS
from rckp.format.layout import Field, Layout, Part
from rckp.payload.grammar import ALGORITHMS, DIRECTIONS, SOLUTION_NAMES
from rckp.payload.model import NUMBER, QUALITY
from rckp.payload.progress import MAX_PARSED
from rckp.validation import warnings
from rckp.validation.record_summary import MAX_HASHED_CHARS, SIGNATURES

_LINE = 96  # characters; longer members get a line for each of theirs


class Sample(NamedTuple):
    """A sample file of the page: its path from the root, and the text of its button."""

    path: str
    title: str
    about: str


_CASES = "fixtures/cases/reader"
SAMPLES = (
    Sample(f"{_CASES}/full.ckpt", "A good one", "every field is there"),
    Sample(f"{_CASES}/example.ckpt", "The worked example", "the one of the specification"),
    Sample(
        "fixtures/files/real/alg-HillClimbing-3c15819cda1e3ca3/"
        "prob-TSP_with_52_cities-2fbb9b6eb7bffac2/"
        "run-HillClimbing-5299-00000000000000000000-1795415209372.ckpt",
        "A real file",
        "left by roma_lib",
    ),
    Sample(f"{_CASES}/truncated/magic/magic-none.ckpt", "Empty", "its writer was killed"),
    Sample(
        f"{_CASES}/truncated/step_state_payload/content-some.ckpt", "Truncated", "one byte missing"
    ),
    Sample(f"{_CASES}/utf8/surrogate-pair.ckpt", "Malformed", "a string that is not UTF-8"),
    Sample(f"{_CASES}/meaning/hashes-lie.ckpt", "With warnings", "valid, but with wrong hashes"),
    Sample(f"{_CASES}/meaning/later-layout.ckpt", "Another layout", "under the same magic number"),
    Sample(f"{_CASES}/magic/zip.ckpt", "Foreign", "a ZIP archive"),
)


def render(
    layout: Layout,
    vocabulary: Sequence[Mapping[str, Any]],
    requirements: Mapping[str, Requirement],
    foreign: Mapping[str, Any],
    draft: Layout,
) -> str:
    """The text of layout.js. Raises `SpecError` for a code that cites an unknown requirement."""
    data = {
        "layout": _layout(layout),
        "nextLayout": _layout(draft),
        "codes": {row["code"]: _code(row, requirements) for row in vocabulary},
        "foreign": {key: foreign[key] for key in ("empty", "zeros", "signatures")},
        "payloads": _payloads(),
        "signatures": SIGNATURES,
        "limits": {
            "hashed": MAX_HASHED_CHARS,
            "clockSkew": warnings.CLOCK_SKEW,
            "laterLayout": warnings.LATER_LAYOUT,
            "parsedPayload": MAX_PARSED,
        },
    }
    return _script(data)


def _payloads() -> dict[str, object]:
    """Return the grammar of payloads, with patterns in the syntax of JavaScript."""
    return {
        "algorithms": {
            each.name: [
                {"key": member.key, "kind": member.kind, "name": member.name}
                | ({"only": member.only} if member.only else {})
                for member in each.members
            ]
            for each in ALGORITHMS.values()
        },
        "solutionNames": SOLUTION_NAMES,
        "directions": DIRECTIONS,
        "number": NUMBER.pattern,
        "quality": QUALITY.pattern.replace("(?P<", "(?<"),
    }


def _layout(layout: Layout) -> dict[str, object]:
    return {"name": layout.name, "fields": [_field(field) for field in layout.fields]}


def samples(root: Path) -> str:
    """Return the text of samples.js."""
    files = [
        {
            "name": sample.path.rsplit("/", 1)[1],
            "title": sample.title,
            "about": sample.about,
            "base64": base64.b64encode((root / sample.path).read_bytes()).decode("ascii"),
        }
        for sample in SAMPLES
    ]
    return _script({"samples": files})


def _script(data: Mapping[str, object]) -> str:
    members = "".join(f"    {name}: {_value(value)},\n" for name, value in data.items())
    return f"""\
// {NOTICE}
(function () {{
  'use strict';
  const derived = {{
{members}  }};
  if (typeof module === 'object') module.exports = derived;
  else globalThis.rckp = Object.assign(globalThis.rckp || {{}}, derived);
}})();
"""


def _value(value: object, indent: int = 4) -> str:
    """Return a value as JSON, with a line for each member or item of a long one."""
    flat = json.dumps(value)
    if len(flat) <= _LINE - indent or not isinstance(value, (Mapping, Sequence)):
        return flat
    if isinstance(value, str):
        return flat
    inner = indent + 2
    if isinstance(value, Mapping):
        rows = [f"{json.dumps(key)}: {_value(each, inner)}" for key, each in value.items()]
    else:
        rows = [_value(each, inner) for each in value]
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    body = "".join(f"{' ' * inner}{row},\n" for row in rows)
    return f"{opening}\n{body}{' ' * indent}{closing}"


def _field(field: Field) -> dict[str, object]:
    row: dict[str, object] = {
        "number": field.number,
        "name": field.name,
        "type": field.type,
        "meaning": field.meaning,
        "parts": [_part(part) for part in field.parts],
    }
    if field.name in FIELD_FORMATS:
        row["shownAs"] = FIELD_FORMATS[field.name]
    return row


def _part(part: Part) -> dict[str, object]:
    row: dict[str, object] = {"role": part.role, "size": part.size}
    if part.values:
        row["values"] = [list(v) if isinstance(v, bytes) else v for v in part.values]
    return row


def _code(row: Mapping[str, Any], requirements: Mapping[str, Requirement]) -> dict[str, str]:
    entry = {key: row[key] for key in ("severity", "requirement", "message", "meaning", "action")}
    if identifier := row["requirement"]:
        if identifier not in requirements:
            raise SpecError("spec/errors.json", 1, f"{row['code']} cites {identifier}: not there")
        page = Path(requirements[identifier].chapter).with_suffix(".html")
        entry["requirement"] = f"spec/{page}#{requirements[identifier].anchor}"
    return entry
