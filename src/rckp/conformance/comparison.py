"""How closely an answer agrees: verdict, code, location (Conformance, "Grades of agreement")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# An additional member of a response without an error; it counts from grade code on, as the
# code of an error does.
_TOLD = ("reported",)
_SHOWN = 160  # characters of a value; the whole of it is in results.jsonl


class Comparison(NamedTuple):
    """The grade that an answer reaches, one of `checks.GRADES`, and what keeps it from more."""

    grade: str
    differences: tuple[str, ...]


class CheckOutcome(NamedTuple):
    """What came of a question."""

    outcome: str  # pass, fail, unsupported, crash, timeout or over-budget
    grading: Comparison
    response: dict[str, Any]
    stderr: str = ""


def grade(
    expected: Mapping[str, Any], answered: Mapping[str, Any], tree: Sequence[str] = ()
) -> Comparison:
    """Compare a response with the expected one, both in the terms of the cases.

    `tree` lists the differences in the tree of the case.
    """
    wrong = [f"afterwards: {difference}" for difference in tree]
    if ("error" in expected) != ("error" in answered):
        return Comparison(
            "none", (f"expected {_describe(expected)}, got {_describe(answered)}", *wrong)
        )
    if "error" not in expected:
        results = {name: value for name, value in expected.items() if name not in _TOLD}
        told = {name: value for name, value in expected.items() if name in _TOLD}
        wrong = [*_differences(results, answered), *wrong]
        untold = _differences(told, answered)
        reached = "none" if wrong else "verdict" if untold else "location"
        return Comparison(reached, (*wrong, *untold))
    if wrong:
        return Comparison("none", tuple(wrong))
    wanted, got = expected["error"], answered["error"]
    wrong = [
        f"{name}: expected {wanted[name]}, got {got.get(name, 'nothing')[:_SHOWN]}"
        for name in wanted
        if wanted[name] != got.get(name)
    ]
    reached = "location"
    if wrong:
        reached = "verdict" if wanted["code"] != got.get("code") else "code"
    return Comparison(reached, tuple(wrong))


def _differences(expected: Mapping[str, Any], answered: Mapping[str, Any]) -> list[str]:
    wrong = []
    for name, value in expected.items():
        told = answered.get(name)
        if value == told:
            continue
        if name == "bytes" and isinstance(told, str):
            wrong.append(_unlike_bytes(bytes.fromhex(value), bytes.fromhex(told)))
            continue
        if isinstance(value, dict) and isinstance(told, dict) and "hex" not in value:
            wrong += [
                f"{name}.{inner}: {_expected_got(value, told, inner)}"
                for inner in [*value, *(extra for extra in told if extra not in value)]
                if value.get(inner, ...) != told.get(inner, ...)
            ]
        else:
            wrong.append(f"{name}: {_expected_got(expected, answered, name)}")
    return wrong


def _unlike_bytes(expected: bytes, answered: bytes) -> str:
    unlike = (
        at for at, pair in enumerate(zip(expected, answered, strict=False)) if len({*pair}) > 1
    )
    at = next(unlike, min(len(expected), len(answered)))
    pieces = [each[at : at + 8].hex(" ") or "the end" for each in (expected, answered)]
    sizes = f"{len(expected)} bytes expected, {len(answered)} got"
    return f"byte {at}: expected {pieces[0]}, got {pieces[1]} ({sizes})"


def _expected_got(expected: Mapping[str, Any], answered: Mapping[str, Any], name: str) -> str:
    values = [_shown(each[name]) if name in each else "nothing" for each in (expected, answered)]
    return f"expected {values[0]}, got {values[1]}"


def _describe(outcome: Mapping[str, Any]) -> str:
    if "error" in outcome:
        code = outcome["error"].get("code")
        return f"the error {str(code)[:_SHOWN]}" if code else "an error"
    if "record" in outcome:
        return "a record"
    return ", ".join(f"{name} {_shown(value)}" for name, value in outcome.items())


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
