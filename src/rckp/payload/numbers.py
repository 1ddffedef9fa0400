"""Numbers in the text of a payload, compared by their value and not by their digits."""

from __future__ import annotations

import math
import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

_PATTERN = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]{1,6})?|[-+]?inf(?:inity)?|nan"
_FLAGS = re.ASCII | re.IGNORECASE
_NUMBER = re.compile(_PATTERN, _FLAGS)
_NUMBERS = re.compile(rf"((?<![\w.])(?:{_PATTERN})(?![\w.]))", _FLAGS)
_MAX_EXACT = 1 << 16  # characters; what is longer is compared as text
_CONTEXT = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_MAX_DIGITS = 20  # of a difference that is shown as an integer


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
    if _same_number(a, b):
        return True
    if "[" not in a or "[" not in b:
        return False
    parts = [_NUMBERS.split(each) for each in (a, b)]
    return len(parts[0]) == len(parts[1]) and all(map(_same_number, *parts))


def _same_number(a: str, b: str) -> bool:
    if a == b:
        return True
    x, y = number(a), number(b)
    if x is None or y is None:
        return False
    return x == y or (x.is_nan() and y.is_nan())


def difference(a: str, b: str) -> str:
    """How much the number `b` is greater than `a`, with its sign.

    It is "" if one of them is not a finite number, or if a double cannot show the difference.
    """
    x, y = number(a), number(b)
    if x is None or y is None or not (x.is_finite() and y.is_finite()):
        return ""
    change = _CONTEXT.subtract(y, x)
    if change.adjusted() < _MAX_DIGITS and change == _CONTEXT.to_integral_value(change):
        return f"{int(change):+,}"
    rounded = float(change)
    return f"{rounded:+.6g}" if rounded and math.isfinite(rounded) else ""
