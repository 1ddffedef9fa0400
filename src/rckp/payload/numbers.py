"""Numbers in the text of a payload, compared by their value and not by their digits."""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation

_PATTERN = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]{1,6})?|[-+]?inf(?:inity)?|nan"
_FLAGS = re.ASCII | re.IGNORECASE
_NUMBER = re.compile(_PATTERN, _FLAGS)
_NUMBERS = re.compile(rf"((?<![\w.])(?:{_PATTERN})(?![\w.]))", _FLAGS)
_MAX_EXACT = 1 << 16  # characters; what is longer is compared as text
_CONTEXT = Context(prec=40)


def number(text: str) -> Decimal | None:
    """The number that a text is as a whole, exactly; None if it is not one."""
    if len(text) > _MAX_EXACT or _NUMBER.fullmatch(text) is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def same_value(a: str, b: str) -> bool:
    """Return whether two texts differ only in the notation of their numbers.

    NaN is the same as NaN, and 0 as -0. In a text with brackets, each number is compared.
    """
    if a == b:
        return True
    x, y = number(a), number(b)
    if x is not None and y is not None:
        return (x.is_nan() and y.is_nan()) or x == y
    if x is not None or y is not None or not ("[" in a and "[" in b):
        return False
    parts = [_NUMBERS.split(each) for each in (a, b)]
    return len(parts[0]) == len(parts[1]) and all(map(same_value, *parts))


def difference(a: str, b: str) -> str:
    """How much the number `b` is greater than `a`, with its sign; "" unless both are finite."""
    x, y = number(a), number(b)
    if x is None or y is None or not (x.is_finite() and y.is_finite()):
        return ""
    change = _CONTEXT.subtract(y, x)
    if change == change.to_integral_value() and abs(change) < 10**20:
        return f"{int(change):+,}"
    return f"{float(change):+.6g}"
