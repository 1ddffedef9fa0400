"""What rckp is compared with: other encoders of the same fields, and the least there is to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import rckp
from rckp.grammar import RECORD


class Prepared(NamedTuple):
    """A peer with a record in hand. What cannot be done is None."""

    decode: Callable[[], object] | None
    encode: Callable[[], object] | None


class Peer(NamedTuple):
    """`prepare` raises `ImportError` if the peer is not installed."""

    name: str
    prepare: Callable[[rckp.CheckpointRecord], Prepared]


class UnequalError(Exception):
    """A peer does not give back what it was given, so that its time means nothing."""


def _plain(record: rckp.CheckpointRecord) -> dict[str, Any]:
    """The fields by name, the status by its name."""
    return {**record._asdict(), "status": str(record.status)}


def _checked(
    fields: dict[str, Any], encode: Callable[[Any], Any], decode: Callable[[Any], Any]
) -> Prepared:
    data = encode(fields)
    back = decode(data)
    if {name: back[name] for name in fields} != fields:
        raise UnequalError(encode)
    return Prepared(lambda: decode(data), lambda: encode(fields))


def _msgpack(record: rckp.CheckpointRecord) -> Prepared:
    msgpack = import_module("msgpack")
    return _checked(_plain(record), msgpack.packb, msgpack.unpackb)


def _json(record: rckp.CheckpointRecord) -> Prepared:
    return _checked(
        _plain(record),
        lambda fields: json.dumps(fields, ensure_ascii=False).encode(),
        json.loads,
    )


def _construct(record: rckp.CheckpointRecord) -> Prepared:
    return _checked(_plain(record), RECORD.build, RECORD.parse)


def _text_alone(record: rckp.CheckpointRecord) -> Prepared:
    """Nothing but the payload's text, from and to where it lies in the file."""
    text = record.step_state_payload
    content = text.encode()
    data = rckp.encode(record)
    at = data.index(content)
    view, stop = memoryview(data), at + len(content)
    return Prepared(lambda: str(view[at:stop], "utf-8"), lambda: str.encode(text))


PEERS = {
    peer.name: peer
    for peer in (
        Peer("msgpack, dict", _msgpack),
        Peer("json, dict", _json),
        Peer("grammar, interpreted", _construct),
        Peer("payload's text alone", _text_alone),
    )
}
