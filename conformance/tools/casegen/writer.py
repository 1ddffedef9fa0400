"""The cases of the class writer that begin with a record that has no encoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.tools.casegen.draft import Draft, encode_error
from conformance.tools.casegen.records import EXAMPLE, INTEGERS, OPTIONS, STRINGS
from rckp.format.record_json import to_json


def drafts() -> Iterator[Draft]:
    """Return all cases of this module."""
    good: dict[str, Any] = dict(to_json(EXAMPLE))
    for name in INTEGERS:
        for label, value in {
            "minus-one": "-1",
            "too-great": str(2**64),
            "far-too-great": str(2**128),
        }.items():
            yield encode_error(
                f"writer/range/{name}/{label}",
                good | {name: value},
                "integer-out-of-range",
                name,
                "ENC-3 ENC-7 TYPE-2",
                "An integer is refused, not wrapped, not clamped.",
            )
    wrong: dict[str, list[tuple[str, Any]]] = {
        "boolean": [(n, {"boolean": "true"}) for n in [*INTEGERS, "run_id", "status"]],
        "float": [(n, {"float": "1.0"}) for n in INTEGERS],
        "text": [(n, {"text": "1"}) for n in INTEGERS] + [("status", {"text": "paused"})],
        "other-case": [("status", {"text": "Running"})],
        "blank": [("status", {"text": "running "})],
        "bytes": [(n, {"bytes": "6869"}) for n in STRINGS],
        "integer": [(n, {"integer": "0"}) for n in [*STRINGS, "status"]],
        "absent": [(n, None) for n in [*INTEGERS, *STRINGS, "status"] if n not in OPTIONS],
    }
    for label, places in wrong.items():
        for name, value in places:
            yield encode_error(
                f"writer/type/{name}/{label}",
                good | {name: value},
                "wrong-type",
                name,
                "ENC-4 ENC-7",
                "A value of another type is refused, even where the language would convert it.",
            )
    for name in STRINGS:
        for label, units in {
            "high": "d83d",
            "low": "de00",
            "high-in-text": "0061d83d0062",
            "reversed-pair": "de00d83d",
        }.items():
            yield encode_error(
                f"writer/surrogate/{name}/{label}",
                good | {name: {"utf16": units}},
                "lone-surrogate",
                name,
                "ENC-5 ENC-7 TYPE-5",
                "An unpaired surrogate is refused, not replaced and not written as three bytes.",
            )
    pairs: dict[str, dict[str, Any]] = {
        "two-integers": {"created_at_ms": "-1", "elapsed_millis": "-1"},
        "string-and-integer": {"run_id": {"utf16": "d800"}, "random_seed": "-1"},
        "integer-and-string": {"random_seed": {"float": "0.5"}, "algorithm_name": None},
        "status-and-message": {"status": {"text": "ok"}, "error_message": {"bytes": "00"}},
        "type-before-range": {"random_seed": {"float": "-1.5"}},
    }
    firsts = {
        "two-integers": ("integer-out-of-range", "created_at_ms"),
        "string-and-integer": ("lone-surrogate", "run_id"),
        "integer-and-string": ("wrong-type", "random_seed"),
        "status-and-message": ("wrong-type", "status"),
        "type-before-range": ("wrong-type", "random_seed"),
    }
    for label, values in pairs.items():
        code, field = firsts[label]
        yield encode_error(
            f"writer/precedence/{label}",
            good | values,
            code,
            field,
            "ENC-8 ENC-9 ENC-7",
            "Of several things that are wrong, the first is named: by the order of the layout, "
            "and of one value its type before its range.",
        )
    yield from _beside_one_another(good)
    for name in ("created_at_ms", "run_id", "status", "error_message"):
        yield encode_error(
            f"writer/record/without-{name}",
            {key: value for key, value in good.items() if key != name},
            "wrong-type",
            name,
            "ENC-4 ENC-7",
            "A record must have every field. An omitted option is not an absent one.",
        )
    yield encode_error(
        "writer/precedence/unknown-and-integer",
        good | {"version": "1", "created_at_ms": "-1"},
        "wrong-type",
        "version",
        "ENC-8 ENC-9 ENC-7 ENC-4",
        "A field that is unknown comes before all that is wrong with the others.",
    )
    yield encode_error(
        "writer/precedence/missing-and-integer",
        {key: value for key, value in good.items() if key != "error_message"}
        | {"created_at_ms": "-1"},
        "wrong-type",
        "error_message",
        "ENC-8 ENC-9 ENC-7 ENC-4",
        "A field that is missing comes before all that is wrong with the others.",
    )
    yield encode_error(
        "writer/record/with-version",
        good | {"version": "1"},
        "wrong-type",
        "version",
        "ENC-4 ENC-7",
        "A record has no other fields than those of the layout.",
    )
    for name in good:
        if name in ("created_at_ms", "run_id", "status", "error_message"):
            continue  # above
        yield encode_error(
            f"writer/record/without-{name}",
            _without(good, name),
            "wrong-type",
            name,
            "ENC-4 ENC-7",
            "A record must have every field. An absent option is explicit.",
        )


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _beside_one_another(good: dict[str, Any]) -> Iterator[Draft]:
    """Return cases with several errors, whose order decides which one is reported."""
    first_bad = good | {"created_at_ms": "-1"}
    typed_bad = good | {"created_at_ms": {"float": "1.5"}}
    surrogate = {"utf16": "d800"}
    rows: dict[str, tuple[dict[str, Any], str, str, str]] = {}
    for name in ("run_id", "random_seed", "status", "seed_payload", "error_message"):
        rows[f"missing-{name}-before-range"] = (
            _without(first_bad, name),
            "wrong-type",
            name,
            "A missing field comes before the values of all other fields, including earlier ones.",
        )
    rows["missing-before-type"] = (
        _without(typed_bad, "status"),
        "wrong-type",
        "status",
        "A field that is missing comes before the types of earlier ones.",
    )
    rows["missing-before-surrogate"] = (
        _without(good | {"run_id": surrogate}, "elapsed_millis"),
        "wrong-type",
        "elapsed_millis",
        "A missing field comes before the values of all other fields, including earlier ones.",
    )
    for label, record in {"range": first_bad, "type": typed_bad}.items():
        rows[f"unknown-before-{label}"] = (
            record | {"version": "1"},
            "wrong-type",
            "version",
            "A field that no record has comes before the values of all others.",
        )
    rows["unknown-before-surrogate"] = (
        {"version": "1"} | good | {"error_message": surrogate},
        "wrong-type",
        "version",
        "A field that no record has comes before the values of all others.",
    )
    for first, *rest in (
        ("created_at_ms", "error_message"),
        ("run_id", "random_seed"),
        ("algorithm_name", "algorithm_parameters", "problem_description"),
        ("seed_payload", "error_message"),
        ("status", "error_message"),
    ):
        rows[f"missing-{first}-and-{len(rest)}-more"] = (
            _without(good, first, *rest),
            "wrong-type",
            first,
            "Of several that are missing, the first in the order of the layout is named.",
        )
    rows["all-missing"] = (
        {},
        "wrong-type",
        "created_at_ms",
        "Of several that are missing, the first in the order of the layout is named.",
    )
    value_by_value = (
        "Value by value: not all types first, and the ranges and the surrogates afterwards."
    )
    for label, values, code, field in (
        (
            "range-before-later-type",
            {"created_at_ms": "-1", "random_seed": {"float": "0.5"}},
            "integer-out-of-range",
            "created_at_ms",
        ),
        (
            "range-before-last-type",
            {"elapsed_millis": str(2**64), "error_message": {"integer": "0"}},
            "integer-out-of-range",
            "elapsed_millis",
        ),
        (
            "surrogate-before-later-type",
            {"run_id": surrogate, "status": {"text": "paused"}},
            "lone-surrogate",
            "run_id",
        ),
        (
            "surrogate-before-later-range",
            {"algorithm_name": surrogate, "elapsed_millis": "-1"},
            "lone-surrogate",
            "algorithm_name",
        ),
        (
            "range-before-later-surrogate",
            {"random_seed": str(2**64), "seed_payload": surrogate},
            "integer-out-of-range",
            "random_seed",
        ),
        (
            "range-of-both-hashes",
            {"algorithm_signature_hash": "-1", "problem_signature_hash": str(2**64)},
            "integer-out-of-range",
            "algorithm_signature_hash",
        ),
        (
            "range-before-type-of-hashes",
            {"algorithm_signature_hash": str(2**64), "problem_signature_hash": {"float": "0.5"}},
            "integer-out-of-range",
            "algorithm_signature_hash",
        ),
    ):
        rows[label] = (good | values, code, field, value_by_value)
    reversed_members = good | {"created_at_ms": "-1", "elapsed_millis": {"boolean": "true"}}
    rows["members-reversed"] = (
        dict(reversed(reversed_members.items())),
        "integer-out-of-range",
        "created_at_ms",
        "The order is that of the layout, not that in which the fields were given.",
    )
    rows["missing-members-reversed"] = (
        dict(reversed(_without(good, "run_id", "status").items())),
        "wrong-type",
        "run_id",
        "The order is that of the layout, not that in which the fields were given.",
    )
    for label, (record, code, field, why) in rows.items():
        yield encode_error(
            f"writer/precedence/{label}",
            record,
            code,
            field,
            "ENC-8 ENC-9 ENC-7",
            why,
        )
