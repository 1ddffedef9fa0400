"""The layout of an RCKP file, stated once, as a construct grammar.

Everything else that knows the layout is derived from `RECORD` by
`python -m rckp.derive`, or checked against it. `NEXT_RECORD` is the draft layout of the next
release of roma_lib, which differs in two fields. A grammar is also a decoder and
an encoder of its own, slow and exact, and the tests hold the fast ones against it:

    RECORD.parse(data)  -> Container        raises construct.ConstructError
    RECORD.build(values) -> bytes           raises construct.ConstructError

The running program never imports this module. Two of construct's own ways are
not strict enough for a specification, hence the classes below: its compiled
parsers accept truncated strings (so `RECORD` must stay interpreted), and it takes
`True` for 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from construct import (
    Adapter,
    Byte,
    Const,
    Construct,
    Float64l,
    GreedyBytes,
    Int32ul,
    Int64ul,
    Mapping,
    MappingError,
    Prefixed,
    StreamError,
    StringError,
    Struct,
    Terminated,
    ValidationError,
)

if TYPE_CHECKING:
    _Adapter = Adapter[Any, Any, Any, Any]
    _Construct = Construct[Any, Any]
else:  # construct's classes are generic for the type checker alone
    _Adapter = Adapter
    _Construct = Construct


class Integer(_Adapter):
    """An unsigned integer that refuses to be built from anything but an `int`."""

    def _decode(self, obj: int, context: Any, path: str) -> int:
        return obj

    def _encode(self, obj: object, context: Any, path: str) -> int:
        if not isinstance(obj, int) or isinstance(obj, bool):
            raise ValidationError(f"{obj!r} is not an integer", path=path)
        return obj


class Utf8(_Adapter):
    """Strict UTF-8 whose errors, unlike those of construct's strings, name the field."""

    def _decode(self, obj: bytes, context: Any, path: str) -> str:
        try:
            return obj.decode("utf-8")
        except UnicodeDecodeError as error:
            raise StringError(str(error), path=path) from error

    def _encode(self, obj: object, context: Any, path: str) -> bytes:
        if not isinstance(obj, str):
            raise ValidationError(f"{type(obj).__name__} is not a string", path=path)
        try:
            return obj.encode("utf-8")
        except UnicodeEncodeError as error:
            raise StringError(str(error), path=path) from error


class Bytes(_Adapter):
    """Any bytes. Refuses to be built from anything but `bytes`."""

    def _decode(self, obj: bytes, context: Any, path: str) -> bytes:
        return obj

    def _encode(self, obj: object, context: Any, path: str) -> bytes:
        if not isinstance(obj, bytes):
            raise ValidationError(f"{type(obj).__name__} is not bytes", path=path)
        return obj


class VersionError(ValidationError):
    """The first byte of `content` is not a known version."""

    def __init__(self, content: bytes, path: str) -> None:
        super().__init__("the first byte is not a known version", path=path)
        self.content = content


class Versioned(_Adapter):
    """Bytes whose first byte is one of `versions`, in parsing and in building."""

    def __init__(self, subcon: _Construct, versions: tuple[bytes, ...]) -> None:
        super().__init__(subcon)
        self.versions = versions

    def _decode(self, obj: bytes, context: Any, path: str) -> bytes:
        if obj[:1] not in self.versions:
            raise VersionError(obj, path)
        return obj

    def _encode(self, obj: object, context: Any, path: str) -> object:
        return self._decode(obj, context, path) if isinstance(obj, bytes) else obj


class Optional(_Construct):
    """A flag, followed by a value if it is `True`; else the value is `None`."""

    def __init__(self, flag: Mapping[Any, Any], subcon: _Construct) -> None:
        super().__init__()
        self.flag = flag
        self.subcon = subcon

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        present = self.flag._parsereport(stream, context, path)
        return self.subcon._parsereport(stream, context, path) if present else None

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        self.flag._build(obj is not None, stream, context, path)
        if obj is not None:
            self.subcon._build(obj, stream, context, path)
        return obj


Magic = Const(b"RCKP")
Length = Int32ul
U64 = Integer(Int64ul)
Text: Utf8 = Utf8(Prefixed(Length, GreedyBytes))
Flag = Mapping(Byte, {False: 0, True: 1})
OptionalText: Optional = Optional(Flag, Text)
Status = Mapping(Byte, {"running": 0, "completed": 1, "failed": 2, "interrupted": 3})
End = Terminated

Raw: Bytes = Bytes(Prefixed(Length, GreedyBytes))
OptionalRaw: Optional = Optional(Flag, Raw)
VersionedRaw: Versioned = Versioned(Raw, (b"\x01",))


def record(step_state_payload: _Construct, seed_payload: _Construct) -> Struct:
    """Return the layout with these types of the two payloads."""
    return Struct(
        "magic" / Magic * "says that this is a checkpoint",
        "created_at_ms" / U64 * "when this file was written, in ms since the epoch, UTC",
        "run_id" / Text * "names the run; the same over all its writes",
        "random_seed" / U64 * "the seed of the run, or its generator's current state",
        "algorithm_name" / Text * "the algorithm, by name",
        "algorithm_parameters" / Text * "its configuration; often empty",
        "problem_description" / Text * "the problem, in words",
        "problem_parameters" / Text * "its configuration; often empty",
        "algorithm_signature_hash" / U64 * "hash of algorithm name and parameters",
        "problem_signature_hash" / U64 * "hash of problem description and parameters",
        "step_state_payload"
        / step_state_payload
        * "the state of the algorithm, in its own notation",
        "seed_payload" / seed_payload * "the state it started from, if the writer keeps it",
        "elapsed_millis" / U64 * "time the run has taken since it was started or resumed, in ms",
        "status" / Status * "what the run was doing when this was written",
        "error_message" / OptionalText * "why the run failed, if it did",
        "end" / End * "nothing may follow",
    )


RECORD = record(Text, OptionalText)
NEXT_RECORD = record(VersionedRaw, OptionalRaw)


def _april(fields: str) -> Struct:
    """Return a layout of April 2026, of which only the types and their order matter."""
    types = {
        "u64": U64, "text": Text, "f64": Float64l, "text?": OptionalText, "u64?": OptionalU64,
        "status": Status,
    }  # fmt: skip
    words = (word.split(":") for word in fields.split())
    return Struct(
        "magic" / Magic,
        *(name / types[kind] for name, kind in words),
        "end" / End,
    )


OptionalU64: Optional = Optional(Flag, U64)
_FITNESS = "best:f64 average:f64 worst:f64"
_TERMINATION = "termination_criteria_payload:text? termination_state_payload:text?"
_ENDING = "elapsed_millis:u64? status:status error_message:text?"
_HASHES = "algorithm_signature_hash:u64 problem_signature_hash:u64 seq_id:u64"
_ALGORITHM = "algorithm_name:text algorithm_parameters:text"
_PROGRESS = "iteration:u64 evaluations:u64"
_SOLUTION = "best_solution_presentation:text"

# The layouts before the first release, in their order.
APRIL_RECORDS = (
    _april(
        f"created_at_ms:u64 run_id:text {_ALGORITHM} problem_name:text problem_parameters:text "
        f"{_HASHES} {_PROGRESS} {_FITNESS} {_SOLUTION} state_payload:text? {_TERMINATION} {_ENDING}"
    ),
    _april(
        f"created_at_ms:u64 run_id:text random_seed:u64 {_ALGORITHM} problem_description:text "
        f"problem_parameters:text {_HASHES} {_PROGRESS} {_FITNESS} {_SOLUTION} "
        f"current_solution_payload:text? state_payload:text? {_TERMINATION} {_ENDING}"
    ),
    _april(
        f"created_at_ms:u64 run_id:text random_seed:u64 {_ALGORITHM} problem_description:text "
        f"problem_parameters:text {_HASHES} step_state_payload:text {_FITNESS} seed_payload:text? "
        f"{_ENDING}"
    ),
)

__all__ = [
    "APRIL_RECORDS",
    "NEXT_RECORD",
    "RECORD",
    "U64",
    "Bytes",
    "End",
    "Flag",
    "Integer",
    "Length",
    "Magic",
    "MappingError",
    "Optional",
    "OptionalText",
    "Status",
    "StreamError",
    "StringError",
    "Text",
    "Utf8",
    "VersionError",
    "Versioned",
    "record",
]
