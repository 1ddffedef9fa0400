"""How closely a response agrees: verdict, code, location (Conformance, "Grades of agreement")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# An additional member of a response without an error; it counts from grade code on, as the
# code of an error does.
_ADDITIONAL = ("reported",)
_MAX_VALUE = 160  # characters of a value; the whole of it is in results.jsonl


class Comparison(NamedTuple):
    """The grade that a response reaches, one of `checks.GRADES`, and what limits it."""

    grade: str
    differences: tuple[str, ...]


class CheckOutcome(NamedTuple):
    """The outcome of a request, its comparison, and the response in the terms of the case."""

    outcome: str  # pass, fail, unsupported, crash, timeout or over-budget
    grading: Comparison
    response: dict[str, Any]
    stderr: str = ""


def grade(
    expected: Mapping[str, Any], response: Mapping[str, Any], tree: Sequence[str] = ()
) -> Comparison:
    """Compare a response with the expected one, both in the terms of the cases.

    `tree` lists the differences in the tree of the case.
    """
    wrong = [f"afterwards: {difference}" for difference in tree]
    if ("error" in expected) != ("error" in response):
        return Comparison(
            "none", (f"expected {_describe(expected)}, got {_describe(response)}", *wrong)
        )
    if "error" not in expected:
        results = {name: value for name, value in expected.items() if name not in _ADDITIONAL}
        additional = {name: value for name, value in expected.items() if name in _ADDITIONAL}
        wrong = [*_differences(results, response), *wrong]
        missing = _differences(additional, response)
        reached = "none" if wrong else "verdict" if missing else "location"
        return Comparison(reached, (*wrong, *missing))
    if wrong:
        return Comparison("none", tuple(wrong))
    wanted, got = expected["error"], response["error"]
    wrong = [
        f"{name}: expected {wanted[name]}, got {got.get(name, 'nothing')[:_MAX_VALUE]}"
        for name in wanted
        if wanted[name] != got.get(name)
    ]
    reached = "location"
    if wrong:
        reached = "verdict" if wanted["code"] != got.get("code") else "code"
    return Comparison(reached, tuple(wrong))


def _differences(expected: Mapping[str, Any], response: Mapping[str, Any]) -> list[str]:
    wrong = []
    for name, value in expected.items():
        found = response.get(name)
        if value == found:
            continue
        if name == "bytes" and isinstance(found, str):
            wrong.append(_unlike_bytes(bytes.fromhex(value), bytes.fromhex(found)))
            continue
        if isinstance(value, dict) and isinstance(found, dict) and "hex" not in value:
            wrong += [
                f"{name}.{inner}: {_expected_got(value, found, inner)}"
                for inner in [*value, *(extra for extra in found if extra not in value)]
                if value.get(inner, ...) != found.get(inner, ...)
            ]
        else:
            wrong.append(f"{name}: {_expected_got(expected, response, name)}")
    return wrong


def _unlike_bytes(expected: bytes, response: bytes) -> str:
    unlike = (
        at for at, pair in enumerate(zip(expected, response, strict=False)) if len({*pair}) > 1
    )
    at = next(unlike, min(len(expected), len(response)))
    pieces = [each[at : at + 8].hex(" ") or "the end" for each in (expected, response)]
    sizes = f"{len(expected)} bytes expected, {len(response)} got"
    return f"byte {at}: expected {pieces[0]}, got {pieces[1]} ({sizes})"


def _expected_got(expected: Mapping[str, Any], response: Mapping[str, Any], name: str) -> str:
    values = [
        _value_text(each[name]) if name in each else "nothing" for each in (expected, response)
    ]
    return f"expected {values[0]}, got {values[1]}"


def _describe(outcome: Mapping[str, Any]) -> str:
    if "error" in outcome:
        code = outcome["error"].get("code")
        return f"the error {str(code)[:_MAX_VALUE]}" if code else "an error"
    if "record" in outcome:
        return "a record"
    return ", ".join(f"{name} {_value_text(value)}" for name, value in outcome.items())


def _value_text(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."
