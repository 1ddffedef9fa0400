"""The difference of two payloads: by key, and numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rckp.payload.grammar import ALGORITHMS
from rckp.payload.numbers import same_value
from rckp.payload.parse import MismatchError
from rckp.payload.values import (
    Member,
    Place,
    Value,
    describe,
    is_quality,
    is_separator,
    members_by_key,
    members_of,
    values_of,
)


class ValueDifference(NamedTuple):
    """A value that differs: its place for people, and both texts; None where it is missing."""

    place: str
    a: str | None
    b: str | None


class KeyDifference(NamedTuple):
    """A member that differs: how many of its values do, and the first of them.

    Qualities come before other values. `a` or `b` is False if the member is missing there.
    """

    key: str
    total: int
    different: int
    values: tuple[ValueDifference, ...]
    a: bool = True
    b: bool = True


class PayloadDifference(NamedTuple):
    """What differs between two payloads.

    `keys` is empty if all values are equal, and None if the payloads cannot be compared by key.
    `notes` says in a sentence each why the grammar of the algorithm was not followed.
    """

    keys: tuple[KeyDifference, ...] | None
    notes: tuple[str, ...] = ()


def compare(
    a: str, b: str, algorithms: tuple[str, str], *, shown: int | None = 5
) -> PayloadDifference:
    """Compare the payloads `a` and `b` of two algorithms; keep `shown` values of each key.

    The payloads of an algorithm of roma_lib are compared by its grammar, others as
    `key=value;…` with lists of items. Memory does not grow with the number of values, unless
    `shown` is None.
    """
    notes: list[str] = []
    if algorithms[0] == algorithms[1] and algorithms[0] in ALGORITHMS:
        try:
            of_a, of_b = (members_of(algorithms[0], each) for each in (a, b))
            return PayloadDifference(tuple(_by_key(a, b, of_a, of_b, shown)))
        except MismatchError:
            for name, text in (("A", a), ("B", b)):
                if (why := mismatch(algorithms[0], text)) is not None:
                    notes.append(f"the payload of {name} is not one of {algorithms[0]}: {why}")
    loose_a, loose_b = members_by_key(a), members_by_key(b)
    if loose_a is None or loose_b is None:
        names = [n for n, of in (("A", loose_a), ("B", loose_b)) if of is None]
        who = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"
        notes.append(f"compared as text, because {who} not key=value;… with each key once")
        return PayloadDifference(None, tuple(notes))
    return PayloadDifference(tuple(_by_key(a, b, loose_a, loose_b, shown)), tuple(notes))


def mismatch(algorithm: str, text: str) -> str | None:
    """Why a text is not a payload of this algorithm, None if it is one."""
    try:
        for member in members_of(algorithm, text):
            for _ in values_of(text, member):
                pass
    except MismatchError as error:
        return str(error)
    return None


def _by_key(
    a: str, b: str, of_a: list[Member], of_b: list[Member], shown: int | None
) -> Iterator[KeyDifference]:
    others = {member.key: member for member in of_b}
    for member in of_a:
        other = others.pop(member.key, None)
        if other is None:
            yield KeyDifference(member.key, 0, 0, (), b=False)
        elif found := _difference(a, b, member, other, shown):
            yield found
    for key in others:
        yield KeyDifference(key, 0, 0, (), a=False)


def _difference(
    a: str, b: str, member: Member, other: Member, shown: int | None
) -> KeyDifference | None:
    total = different = 0
    if member.stop - member.start == other.stop - other.start and (
        a[member.start : member.stop] == b[other.start : other.stop]
    ):
        return None
    qualities: list[ValueDifference] = []  # they say more than the variables
    others: list[ValueDifference] = []
    for place, x, y in _joined(values_of(a, member), values_of(b, other)):
        if x is not None and y is not None and same_value(x, y):
            total += not is_separator(member.kind, place)
        else:
            total += 1
            different += 1
            kept = qualities if is_quality(member.kind, place) else others
            if shown is None or len(kept) < shown:
                kept.append(ValueDifference(describe(member.kind, place), x, y))
    if not different:
        return None
    return KeyDifference(member.key, total, different, tuple((qualities + others)[:shown]))


def _joined(
    a: Iterator[Value], b: Iterator[Value]
) -> Iterator[tuple[Place, str | None, str | None]]:
    """The values of both by their places, which are in ascending order."""
    x, y = next(a, None), next(b, None)
    while x is not None or y is not None:
        if y is None or (x is not None and x[0] < y[0]):
            assert x is not None  # noqa: S101 - one of them is there
            yield x[0], x[1], None
            x = next(a, None)
        elif x is None or y[0] < x[0]:
            yield y[0], None, y[1]
            y = next(b, None)
        else:
            yield x[0], x[1], y[1]
            x, y = next(a, None), next(b, None)
