"""What makes two runs alike, and how a run is named: hashes, run ids and their timestamps."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import NamedTuple

from rckp.errors import EncodeError

_OFFSET_BASIS = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = (1 << 64) - 1

_PIECE = 65536  # characters that are encoded at one time

_REMEMBERED = 16384  # characters; longer identities are hashed each time, not kept


class StableHash:
    """FNV-1a of 64 bits over text that comes in pieces (IDENT-1).

    Pieces are cut anywhere between two characters. `value` is the hash of all that was
    given so far, from 0 to 2**64 - 1.
    """

    def __init__(self, text: str = "") -> None:
        self.value: int = _OFFSET_BASIS
        self.update(text)

    def update(self, text: str) -> None:
        """Continue the hash. Raises `UnicodeEncodeError` if the text has no UTF-8 (IDENT-3)."""
        value = self.value
        for at in range(0, len(text), _PIECE):
            for byte in text[at : at + _PIECE].encode():
                value = (value ^ byte) * _PRIME & _MASK
        self.value = value


def stable_hash64(text: str) -> int:
    """The 64-bit FNV-1a hash of the text's UTF-8 encoding, from 0 to 2**64 - 1 (IDENT-1)."""
    return StableHash(text).value


class Identity(NamedTuple):
    """What a run computes: four strings, any of which may be empty."""

    algorithm_name: str
    algorithm_parameters: str
    problem_description: str
    problem_parameters: str

    @property
    def signature_hashes(self) -> tuple[int, int]:
        """The signature hashes of the algorithm and of the problem, 0 to `2**64 - 1` [IDENT-2].

        Raises `EncodeError` with the code `wrong-type` if one of the four is not a string, or
        `lone-surrogate` if one is not a sequence of scalar values [IDENT-3].
        """
        for field, text in zip(self._fields, self, strict=True):
            if not isinstance(text, str):
                raise EncodeError("wrong-type", field)
        if sum(map(len, self)) > _REMEMBERED:
            return _hashes(*self)
        return _remembered_hashes(*self)


def _hashes(
    algorithm_name: str,
    algorithm_parameters: str,
    problem_description: str,
    problem_parameters: str,
) -> tuple[int, int]:
    algorithm, problem = StableHash(), StableHash()
    for state, field, text in (
        (algorithm, "algorithm_name", algorithm_name),
        (algorithm, "", "|"),
        (algorithm, "algorithm_parameters", algorithm_parameters),
        (problem, "problem_description", problem_description),
        (problem, "", "|"),
        (problem, "problem_parameters", problem_parameters),
    ):
        try:
            state.update(text)
        except UnicodeEncodeError:
            raise EncodeError("lone-surrogate", field) from None
    return algorithm.value, problem.value


# A hash costs as much as six decodes, and a directory holds few identities.
_remembered_hashes = lru_cache(maxsize=256)(_hashes)

_sequence = count()


def generate_run_id(algorithm_name: str) -> str:
    """Return a run id that is unique in this process ([RUN-1] to [RUN-3]).

    It is `{algorithm_name}-{process id}-{sequence, 20 digits}-{milliseconds}`.
    """
    import os  # imported only when a run id is generated
    import time

    ms = max(0, time.time_ns() // 1_000_000)
    return f"{algorithm_name}-{os.getpid()}-{next(_sequence):020}-{ms}"


def run_id_timestamp_ms(run_id: str) -> int | None:
    """Return the timestamp in milliseconds at the end of a run id, or None [RUN-6].

    It is in the range 0 to `2**128 - 1`.

    This differs from `int()`, which accepts blanks, underscores and digits of every script, and
    rejects thousands of leading zeros.
    """
    _, separator, tail = run_id.rpartition("-")
    digits = tail.removeprefix("+")
    if not separator or not digits.isascii() or not digits.isdigit():
        return None
    significant = digits.lstrip("0")
    if len(significant) > 39:  # 2**128 - 1 has 39 digits
        return None
    value = int(significant or "0")
    return value if value < 1 << 128 else None
