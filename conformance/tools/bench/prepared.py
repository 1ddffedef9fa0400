"""A peer with a record, after a check that it decodes what it encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import rckp


class UnequalError(Exception):
    """A peer does not decode what it encoded, so its time is meaningless."""


class Prepared(NamedTuple):
    """A peer. `given` converts a record for `encode`. Missing operations are None."""

    data: bytes  # what `decode` takes
    decode: Callable[[bytes], object]
    encode: Callable[[Any], object] | None
    given: Callable[[rckp.CheckpointRecord], Any]

    @classmethod
    def checked(
        cls,
        record: rckp.CheckpointRecord,
        given: Callable[[rckp.CheckpointRecord], Any],
        encode: Callable[[Any], bytes],
        decode: Callable[[bytes], Any],
        fields: Callable[[Any], Mapping[str, Any]],
    ) -> Prepared:
        """Check the peer. `fields` returns the decoded fields by name, and the status by its name.

        Raises `UnequalError` if they are not those of the record.
        """
        data = encode(given(record))
        require_equal(record, fields(decode(data)))
        return cls(data, decode, encode, given)


def plain(record: rckp.CheckpointRecord) -> dict[str, Any]:
    """The fields by name, the status by its name."""
    return {**record._asdict(), "status": str(record.status)}


def require_equal(record: rckp.CheckpointRecord, fields: Mapping[str, Any]) -> None:
    """Raise `UnequalError` unless the fields are the record's."""
    wanted = plain(record)
    if {name: fields[name] for name in wanted} != wanted:
        raise UnequalError(fields)
