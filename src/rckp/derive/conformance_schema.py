"""The schemas of what `rckp conformance` writes: claim, results and single edits."""

from __future__ import annotations

from rckp.derive.schema_builders import (
    BOOLEAN,
    COUNT,
    DIGEST,
    TEXT,
    Schema,
    document,
    list_of,
    object_of,
)

# As in `rckp.conformance`, which cannot be imported here: it needs the derived codec.
CLASSES = ("reader", "writer", "identity", "store", "selection")
DRAFT_CLASSES = ("draft-reader",)
GRADES = ("none", "verdict", "code", "location")
OUTCOMES = (
    *("pass", "fail", "crash", "timeout", "over-budget", "unexpected-pass", "expected-fail"),
    "unsupported",
)


def conformance_documents() -> Schema:
    """Return the schemas by name."""
    grade, class_ = {"enum": list(GRADES)}, {"enum": [*CLASSES, *DRAFT_CLASSES]}
    implementation = {"name": TEXT, "version": TEXT, "language": TEXT}
    of_a_class = object_of(
        {**dict.fromkeys(("checks", "passed", "known_failures", "unsupported"), COUNT)}
        | {"grade": grade}
    )
    result = {
        "type": {"const": "result"},
        "id": TEXT,
        "op": TEXT,
        "level": {"enum": ["must", "should", "may"]},
        "requirements": list_of(TEXT),
        "outcome": {"enum": list(OUTCOMES)},
        "grade": grade,
        "differences": list_of(TEXT),
        "response": {"type": "object"},
        "reason": TEXT,
        "stderr": TEXT,
        "class": class_,
    }
    head = {
        "type": {"const": "run"},
        "format": {"description": "The version of this document.", "enum": ["3"]},
        "specification": TEXT,
        "suite": TEXT,
        "suite_sha256": DIGEST,
        **implementation,
        "classes": list_of(class_),
        "grade": grade,
        "whole": BOOLEAN,
        "compact": {
            "description": "Whether passes at grade location are left out.",
            "type": "boolean",
        },
    }
    end = {
        "type": {"const": "end"},
        "lines": COUNT,
        "sha256": DIGEST,
        "results": {**COUNT, "description": "In a compact file, those that are left out too."},
        "results_sha256": DIGEST,
    }
    difference = object_of({"number": COUNT, "first": TEXT})
    table = object_of(
        {
            "base": TEXT,
            "asked": COUNT,
            "agreement": {"type": "object", "additionalProperties": COUNT},
            "differences": {"type": "object", "additionalProperties": difference},
        }
    )
    return {
        "claim": document(
            {
                "specification": TEXT,
                "suite": TEXT,
                "suite_sha256": DIGEST,
                "implementation": object_of(implementation),
                "whole": BOOLEAN,
                "classes": object_of(dict.fromkeys(CLASSES, of_a_class), optional=CLASSES),
                "results_sha256": DIGEST,
            }
        ),
        "results-line": {
            "description": "`version` is that of the implementation.",
            "oneOf": [
                object_of(head, optional=("specification", "compact")),
                object_of(
                    result,
                    optional=("requirements", "differences", "response", "reason", "stderr"),
                ),
                object_of({"type": {"const": "stale"}, "id": TEXT, "reason": TEXT}),
                object_of(end, optional=("results", "results_sha256")),
            ],
        },
        "single-edit": object_of(
            {
                "type": {"const": "single-edit"},
                "suite_sha256": DIGEST,
                **implementation,
                "classes": list_of(class_),
                "grade": grade,
                "tables": list_of(table),
            }
        ),
    }
