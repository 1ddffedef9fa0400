"""The cases of the draft layout: a class of their own, `draft-reader`, below fixtures/draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.tools.casegen.draft import Draft
from conformance.tools.casegen.encoding import encoded, parts
from conformance.tools.casegen.next_payloads import beam_search, head, hill_climbing, vns
from conformance.tools.casegen.records import EXAMPLE, FULL, RUNNING, location, truncation
from rckp.conformance.cases import Edit, apply
from rckp.format.layouts import NEXT, codec
from rckp.format.record import CheckpointRecord
from rckp.format.record_json import to_json

DIRECTORY = "draft"  # below fixtures

CURRENT = (("true", "false", "true"), "41")
BEST = (("true", "true", "true"), "57.5")
_EMPTY = CheckpointRecord(0, "", 0, "", "", "", "", 0, 0, "", None, 0, RUNNING, None)
_PAYLOAD, _SEED = "step_state_payload", "seed_payload"
_LARGE = 65536  # bytes; readers often read so many at a time

Values = dict[str, Any]


def drafts() -> Iterator[Draft]:
    """All cases of the draft layout."""
    yield from _valid()
    yield from _truncated()
    yield from _versions()
    yield from _other_errors()
    yield from _hostile()


def _values(payload: bytes, base: CheckpointRecord = EXAMPLE, **values: object) -> Values:
    return base._asdict() | {_PAYLOAD: payload} | values


_FULL = _values(hill_climbing(120, 200, 9, CURRENT), FULL, seed_payload=b"\x00\xff\x01")

_BASE = encoded(_FULL)


def _valid() -> Iterator[Draft]:
    yield _record("full", _FULL, "Both payloads are present, and neither is UTF-8.", "smoke")
    yield _record("smallest", _values(b"\1", _EMPTY), "The version alone is a payload.", "smoke")
    hill = hill_climbing(120, 200, 2**64 - 1, CURRENT)
    yield _record("hill-climbing", _named("HillClimbing", hill), "A payload of HillClimbing.")
    payload = vns(120, 200, 9, 1, CURRENT, BEST)
    yield _record("vns", _named("VNS", payload), "A payload of VNS, which is not UTF-8.")
    beam = beam_search(120, 200, 9, [CURRENT, BEST])
    yield _record("beam-search", _named("BeamSearch", beam), "A payload of BeamSearch.")
    yield _record(
        "well-formed-utf8",
        _values(head(120, 100)),
        "The payload is UTF-8 by accident, and is read as bytes all the same.",
    )
    contents = {
        "any-bytes": (bytes(range(256)), "Every byte occurs: a payload is not text."),
        "nul": (bytes(16), "Bytes that end a text in C are bytes of the payload."),
        "lying-count": (head(1, 2, 3, 2**64 - 1)[1:], "What the payload says is not judged."),
        "after-the-end": (hill[1:] + b"x", "Bytes after the last block are not judged."),
        "large": (b"\xff" * _LARGE, "A payload of more than 64 KiB."),
        "byte-order-mark": (b"\xef\xbb\xbf", "Nothing is dropped from bytes."),
    }
    for name, (content, why) in contents.items():
        yield _record(f"payload/{name}", _values(b"\1" + content), why)
    seeds = {
        "empty": (b"", "An empty seed_payload is present: only absent is absent."),
        "another-version": (b"\2", "The version of seed_payload is not judged."),
        "malformed-utf8": (b"\xc3\x28", "A seed_payload is bytes, not text."),
        "large": (b"\x80" * _LARGE, "A seed_payload of more than 64 KiB."),
    }
    for name, (content, why) in seeds.items():
        yield _record(f"seed/{name}", _values(b"\1", seed_payload=content), why)


def _named(algorithm: str, payload: bytes) -> Values:
    run_id = EXAMPLE.run_id.replace("HC", algorithm)
    return _values(payload, algorithm_name=algorithm, run_id=run_id)


def _truncated() -> Iterator[Draft]:
    for field, role, start, stop in _spans(_FULL):
        if field not in (_PAYLOAD, _SEED):
            continue
        for label, end in {"none": start, "some": stop - 1}.items():
            if label == "some" and end == start:
                continue
            yield _fault(
                f"truncated/{field}/{role}-{label}",
                [Edit(end, _BASE[end:], b"")],
                truncation(field, start, stop - start, end),
                f"Truncated in the {role} of {field}; the offset is that of the part.",
            )


def _versions() -> Iterator[Draft]:
    start = _start(_PAYLOAD, "content")
    wrong = location("payload-version", _PAYLOAD, start)
    for byte in (0x00, 0x02, 0x69, 0xFF):
        yield _fault(
            f"version/{byte:02x}",
            [Edit(start, _BASE[start : start + 1], bytes([byte]))],
            wrong,
            "Another first byte than 01 is another version of the payload.",
        )
    size = len(_FULL[_PAYLOAD])
    length = Edit(start - 4, size.to_bytes(4, "little"), bytes(4))
    yield _fault(
        "version/empty",
        [length, Edit(start, _BASE[start : start + size], b"")],
        wrong,
        "An empty payload has no version; the offset is where its first byte would be.",
    )
    version = Edit(start, b"\1", b"\2")
    yield _fault(
        "precedence/truncated-before-version",
        [version, Edit(start + size - 1, _BASE[start + size - 1 :], b"")],
        truncation(_PAYLOAD, start, size, start + size - 1),
        "The version is checked when all bytes of the payload exist.",
    )
    flag = _start(_SEED, "flag")
    yield _fault(
        "precedence/version-before-seed-flag",
        [version, Edit(flag, b"\1", b"\2")],
        wrong,
        "The version is checked before the next field.",
    )
    yield _fault(
        "precedence/version-before-end",
        [version, Edit(len(_BASE), b"", b"x")],
        wrong,
        "The version is checked before bytes that follow the record.",
    )
    released = encoded(FULL._asdict())
    at = next(start for f, r, start, _ in _spans(FULL._asdict()) if (f, r) == (_PAYLOAD, "content"))
    yield Draft(
        "draft/version/released-file",
        _document(
            {"error": location("payload-version", _PAYLOAD, at)},
            "A released file begins its payload with a letter.",
        ),
        released,
    )


def _other_errors() -> Iterator[Draft]:
    errors = {
        "magic": ("magic", "magic", "bad-magic", b"R", b"r", "The magic number is as released."),
        "seed-flag": (
            *(_SEED, "flag", "invalid-option-flag", b"\1", b"\2"),
            "The flag of bytes is 00 or 01, as that of a string.",
        ),
        "status": ("status", "status", "invalid-status", b"\2", b"\4", "There are four states."),
        "run-id": ("run_id", "content", "invalid-utf8", b"S", b"\xff", "Other fields are text."),
        "error-message": (
            *("error_message", "content", "invalid-utf8", b"d", b"\xff"),
            "Text that follows the payloads is still text.",
        ),
    }
    for name, (field, role, code, old, new, why) in errors.items():
        start = _start(field, role)
        yield _fault(
            f"error/{name}",
            [Edit(start, old, new)],
            location(code, field, start),
            why,
        )
    yield _fault(
        "error/trailing",
        [Edit(len(_BASE), b"", b"\0")],
        location("trailing-bytes", "end", len(_BASE)),
        "Nothing follows the record.",
    )


def _hostile() -> Iterator[Draft]:
    for field in (_PAYLOAD, _SEED):
        start = _start(field, "length")
        size = len(_FULL[field]).to_bytes(4, "little")
        available = len(_BASE) - start - 4
        yield _fault(
            f"hostile/{field}",
            [Edit(start, size, b"\xff" * 4)],
            truncation(field, start + 4, 2**32 - 1, start + 4 + available),
            "A length of 4 GiB: only memory for bytes that exist is taken.",
            "hostile",
        )


def _spans(values: Values) -> Iterator[tuple[str, str, int, int]]:
    at = 0
    for field, role, piece in parts(values):
        yield field, role, at, at + len(piece)
        at += len(piece)


def _start(field: str, role: str) -> int:
    """The offset of a part of the full file."""
    return next(start for f, r, start, _ in _spans(_FULL) if (f, r) == (field, role))


def _record(name: str, values: Values, why: str, *tags: str) -> Draft:
    data = encoded(values)
    chosen = codec(NEXT)
    record = chosen.record(**values)
    if chosen.encode(record) != data:
        raise ValueError(f"the implementation and the generator encode {name} differently")
    return Draft(
        f"draft/{name}", _document({"record": to_json(record, chosen.layout)}, why, *tags), data
    )


def _fault(name: str, edits: list[Edit], expected: Values, why: str, *tags: str) -> Draft:
    made = sorted(edits)
    given = {
        "base": "draft/full",
        "edits": [
            {"at": str(e.at), "remove": e.remove.hex(), "insert": e.insert.hex()} for e in made
        ],
    }
    document = _document({"error": expected}, why, *tags, given=given)
    return Draft(f"draft/{name}", document, apply(_BASE, made))


def _document(expect: Values, why: str, *tags: str, given: Values | None = None) -> dict[str, Any]:
    return {
        "classes": ["draft-reader"],
        "level": "may",
        "since": "1.0",
        "requirements": [],
        "op": "decode-next",
        "input": given or {},
        "expect": expect,
        "why": why,
    } | ({"tags": list(tags)} if tags else {})
