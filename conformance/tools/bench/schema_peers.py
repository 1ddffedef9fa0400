"""Peers with a schema, which is computed from the layout."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import rckp
from conformance.tools.bench.build import kaitai_reader
from conformance.tools.bench.prepared import Prepared, require_equal
from rckp.format._layout import LAYOUT

_TYPES: dict[str, Any] = {"u64": int, "string": str, "option<string>": str | None}
_TYPES |= {"status": rckp.CheckpointRunStatus}


def msgspec_msgpack(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    """A Struct as a MessagePack map, its fields by name."""
    return _msgspec(record, import_module("msgspec.msgpack"))


def msgspec_json(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    """A Struct as a JSON object."""
    return _msgspec(record, import_module("msgspec.json"))


def _msgspec(record: rckp.CheckpointRecord, form: Any) -> Prepared:
    msgspec = import_module("msgspec")
    fields = [(field.name, _TYPES[field.type]) for field in LAYOUT.record_fields]
    struct = msgspec.defstruct("Record", fields)
    return Prepared.checked(
        record,
        lambda record: struct(*record),
        form.Encoder().encode,
        form.Decoder(struct).decode,
        msgspec.structs.asdict,
    )


def protobuf(record: rckp.CheckpointRecord, _: Path | None) -> Prepared:
    """A message made from the fields and serialised; parsed, and each field read.

    A message keeps its strings as UTF-8, so that neither side of it is done without that.
    """
    message, statuses = _message(), list(rckp.CheckpointRunStatus)
    required = [f.name for f in LAYOUT.record_fields if not f.type.startswith("option")]
    optional = [f.name for f in LAYOUT.record_fields if f.type.startswith("option")]

    def given(record: rckp.CheckpointRecord) -> dict[str, Any]:
        fields = {**record._asdict(), "status": statuses.index(record.status)}
        return {name: value for name, value in fields.items() if value is not None}

    def decode(data: bytes) -> dict[str, Any]:
        parsed = message.FromString(data)
        fields = {name: getattr(parsed, name) for name in required}
        for name in optional:
            fields[name] = getattr(parsed, name) if parsed.HasField(name) else None
        return fields

    return Prepared.checked(
        record,
        given,
        lambda fields: message(**fields).SerializeToString(),
        decode,
        lambda fields: {**fields, "status": str(statuses[fields["status"]])},
    )


@cache  # a pool takes a name once
def _message() -> Any:
    """The class of the message, made at run time: no `protoc` is needed."""
    descriptor = import_module("google.protobuf.descriptor_pb2")
    pool = import_module("google.protobuf.descriptor_pool").DescriptorPool()
    kinds = descriptor.FieldDescriptorProto
    types = {"u64": kinds.TYPE_FIXED64, "status": kinds.TYPE_ENUM}
    file = descriptor.FileDescriptorProto(name="rckp.proto", package="rckp", syntax="proto2")
    status = file.enum_type.add(name="Status")
    for number, name in enumerate(rckp.CheckpointRunStatus):
        status.value.add(name=name.upper(), number=number)
    record = file.message_type.add(name="Record")
    for number, each in enumerate(LAYOUT.record_fields, 1):
        field = record.field.add(
            name=each.name,
            number=number,
            label=kinds.LABEL_OPTIONAL,
            type=types.get(each.type, kinds.TYPE_STRING),
        )
        if field.type == kinds.TYPE_ENUM:
            field.type_name = ".rckp.Status"
    pool.Add(file)
    found = pool.FindMessageTypeByName("rckp.Record")
    return import_module("google.protobuf.message_factory").GetMessageClass(found)


def kaitai(record: rckp.CheckpointRecord, build: Path | None) -> Prepared:
    """The reader that the Kaitai Struct compiler makes for Python; it does not write."""
    reader, fields = kaitai_reader(build)
    data = rckp.encode(record)
    decode: Callable[[bytes], Any] = reader.from_bytes
    values = fields(reader, data)
    found = {
        field.name: int(value) if field.type == "u64" and value is not None else value
        for field in LAYOUT.record_fields
        for value in [values[field.name]]
    }
    require_equal(record, found)
    return Prepared(data, decode, None, lambda record: record)
