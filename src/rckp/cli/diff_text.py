"""What `rckp diff` prints, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from rckp.cli.record_difference import Excerpt, FieldDifference, RecordDifference
from rckp.display import escape, humanise, path_members, pluralise
from rckp.payload.difference import KeyDifference
from rckp.payload.numbers import difference

_AMOUNTS = ("created_at_ms", "elapsed_millis")  # the other integers are names, not amounts
_NAMES = ("seed",)  # keys of payloads whose numbers are no amounts either
_CONTEXT = 16  # characters that are shown before the first difference of a long value


def describe(found: RecordDifference, path_a: str, path_b: str, width: int) -> Iterator[str]:
    """The differences for people, in lines of at most `width` columns."""
    valid = found.error_a is None and found.error_b is None
    if found.fields:
        yield click.style(f"--- {escape(path_a)}", bold=True)
        yield click.style(f"+++ {escape(path_b)}", bold=True)
    for each in found.fields:
        yield from _field(each, width)
    fields = pluralise(found.compared, "field")
    if found.fields:
        verb = "differs" if len(found.fields) == 1 else "differ"
        yield f"{len(found.fields)} of {fields} {verb}"
    elif valid:
        yield click.style(f"equal: {fields}", fg="green")
    elif found.compared:
        yield f"{fields} could be compared and {'is' if found.compared == 1 else 'are'} equal"
    if found.rewritten:
        yield "The payloads have the same values, written differently (see --exact)."


def _field(each: FieldDifference, width: int) -> Iterator[str]:
    payload = each.payload
    if payload is not None and payload.keys:
        for key in payload.keys:
            yield from _key(each.field, key, width)
    else:
        yield from _whole(each, width)
    for note in payload.notes if payload else ():
        yield click.formatting.wrap_text(f"Note: {escape(note)}.", width - 1, "  ", "  ")


def _whole(each: FieldDifference, width: int) -> Iterator[str]:
    """A field, or a payload that is not compared by key."""
    x, y = (_shown(each.field, side) for side in (each.a, each.b))
    change = difference(x[0], y[0]) if each.field in _AMOUNTS else ""
    notes = [change] if change else []
    if each.a.cut or each.b.cut:
        sizes = " and ".join(f"{side.length or 0:,}" for side in (each.a, each.b))
        notes += [f"{sizes} bytes, from byte {each.first:,} on"]
    yield _heading(each.field, ", ".join(notes))
    # Escapes can make the common beginning longer than a line.
    skipped = max(0, _common(x[0], y[0]) - _CONTEXT) if max(len(x[0]), len(y[0])) > width - 8 else 0
    for sign, (text, more), side in (("-", x, each.a), ("+", y, each.b)):
        start = "…" if side.start or skipped else ""
        read = len((side.text or "").encode())
        end = "…" if side.cut and side.start + read < (side.length or 0) else ""
        yield _line(sign, start + text[skipped:] + end + (f"  {more}" if more else ""), width)


def _shown(field: str, side: Excerpt) -> tuple[str, str]:
    """A value, and how it says more to a person."""
    if side.text is None:
        return "(absent)", ""
    if side.length is not None:
        return escape(side.text) or "(empty)", ""
    more = humanise(field, int(side.text)) if side.text.isdecimal() else ""
    return side.text, more


def _key(field: str, key: KeyDifference, width: int) -> Iterator[str]:
    name = f"{field}, {escape(key.key, 20)}"
    if not (key.a and key.b):
        yield _heading(name, f"only in {'A' if key.a else 'B'}")
        return
    single = key.total == 1 and len(key.values) == 1
    if single:
        a, b = key.values[0].a or "", key.values[0].b or ""
        yield _heading(name, "" if key.key in _NAMES else difference(a, b))
    else:
        verb = "differs" if key.different == 1 else "differ"
        yield _heading(name, f"{key.different:,} of {pluralise(key.total, 'value')} {verb}")
    for place, a_text, b_text in key.values:
        label = "" if single else f"{escape(place, 40)}: "
        texts = _aligned(a_text, b_text, width - len(label) - 4)
        for sign, text in zip("-+", texts, strict=True):
            if text is not None:
                change = "" if single or sign == "-" else difference(a_text or "", b_text or "")
                yield _line(sign, f"{label}{text}{f'  ({change})' if change else ''}", width)
    rest = key.different - len(key.values)
    if rest and key.values:
        yield f"  … and {rest:,} more"


def _aligned(a: str | None, b: str | None, room: int) -> tuple[str | None, str | None]:
    """Two values from a little before their first difference on, if they are long."""
    if a is None or b is None or max(len(a), len(b)) <= room:
        return tuple(each and escape(each) for each in (a, b))  # type: ignore[return-value]
    start = max(0, _common(a, b) - _CONTEXT)
    prefix = "…" if start else ""
    return (
        prefix + escape(a[start : start + room], room - 2),
        prefix + escape(b[start : start + room], room - 2),
    )


def _common(a: str, b: str) -> int:
    """The length of the longest common beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low


def _heading(name: str, note: str) -> str:
    return click.style(name, bold=True, fg="cyan") + (f" ({note})" if note else "")


def _line(sign: str, text: str, width: int) -> str:
    text = f"{sign} {text}"
    text = text if len(text) < width else f"{text[: width - 2]}…"
    return click.style(text, fg="red" if sign == "-" else "green")


def as_json(found: RecordDifference, path_a: str, path_b: str) -> dict[str, Any]:
    """The differences as an object."""
    return {
        "version": 1,
        **path_members(path_a, "a"),
        **path_members(path_b, "b"),
        "equal": found.equal,
        "compared_fields": found.compared,
        "rewritten": found.rewritten,
        "differences": [
            {
                "field": each.field,
                "a": each.a._asdict(),
                "b": each.b._asdict(),
                "first_difference": each.first,
                "payload": None
                if each.payload is None
                else {
                    "keys": None
                    if each.payload.keys is None
                    else [_key_as_json(key) for key in each.payload.keys],
                    "notes": list(each.payload.notes),
                },
            }
            for each in found.fields
        ],
        "error_a": None if found.error_a is None else found.error_a._asdict(),
        "error_b": None if found.error_b is None else found.error_b._asdict(),
    }


def _key_as_json(key: KeyDifference) -> dict[str, Any]:
    return {
        "key": key.key,
        "in_a": key.a,
        "in_b": key.b,
        "total": key.total,
        "different": key.different,
        "values": [each._asdict() for each in key.values],
    }
