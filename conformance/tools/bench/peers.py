"""The encoders that rckp is compared with, and the least possible work."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tools.bench import schema_peers
from conformance.tools.bench.prepared import Prepared, plain
from rckp.grammar import RECORD


class Peer(NamedTuple):
    """An encoder. `prepare` raises `ImportError` with instructions if a package is missing.

    Its second argument is the directory of `--build`.
    """

    name: str
    prepare: Callable[[rckp.CheckpointRecord, Path | None], Prepared]


def _of_dict(
    encode: Callable[[Any], bytes], decode: Callable[[bytes], Any], record: rckp.CheckpointRecord
) -> Prepared:
    return Prepared.checked(record, plain, encode, decode, lambda back: back)


def _msgpack(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    msgpack = import_module("msgpack")
    return _of_dict(msgpack.packb, msgpack.unpackb, record)


def _orjson(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    orjson = import_module("orjson")
    return _of_dict(orjson.dumps, orjson.loads, record)


def _json(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    return _of_dict(
        lambda fields: json.dumps(fields, ensure_ascii=False).encode(), json.loads, record
    )


def _cbor2(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    cbor2 = import_module("cbor2")
    return _of_dict(cbor2.dumps, cbor2.loads, record)


def _pickle(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    return _of_dict(lambda fields: pickle.dumps(fields, 5), pickle.loads, record)


def _grammar(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    return _of_dict(RECORD.build, RECORD.parse, record)


def _text_alone(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    """Return a peer that copies only the payload, between a string and its bytes in the file."""
    content = record.step_state_payload.encode()
    data = rckp.encode(record)
    start = data.index(content)
    view, stop = memoryview(data), start + len(content)
    return Prepared(
        data, lambda _: str(view[start:stop], "utf-8"), str.encode, lambda r: r.step_state_payload
    )


# In the order in which they are shown.
MSGPACK, TEXT, GRAMMAR = "msgpack, dict", "payload's text alone", "grammar, interpreted"
MSGSPEC = "msgspec, Struct as MessagePack"

PEERS = {
    peer.name: peer
    for peer in (
        Peer(TEXT, _text_alone),
        Peer(MSGPACK, _msgpack),
        Peer(MSGSPEC, schema_peers.msgspec_msgpack),
        Peer("msgspec, Struct as JSON", schema_peers.msgspec_json),
        Peer("protobuf, message", schema_peers.protobuf),
        Peer("pickle 5, dict", _pickle),
        Peer("cbor2, dict", _cbor2),
        Peer("orjson, dict", _orjson),
        Peer("json, dict", _json),
        Peer("Kaitai, generated reader", schema_peers.kaitai),
        Peer(GRAMMAR, _grammar),
    )
}
