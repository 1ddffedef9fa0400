"""The cases of the classes reader and writer that begin with bytes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tools.casegen.draft import Draft, fault, valid
from rckp.conformance.cases import Edit
from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.scan import CHUNK

RUNNING, COMPLETED, FAILED, INTERRUPTED = rckp.CheckpointRunStatus
U64_MAX = 2**64 - 1

EXAMPLE = rckp.CheckpointRecord(
    created_at_ms=1767225600000,
    run_id="HC-7-00000000000000000000-1767225600000",
    random_seed=42,
    algorithm_name="HC",
    algorithm_parameters="p=1",
    problem_description="TSP",
    problem_parameters="n=4",
    algorithm_signature_hash=0x05C32BA4C2EA6C52,  # FNV-1a of "HC|p=1"
    problem_signature_hash=0x640BEEFA78E58607,  # FNV-1a of "TSP|n=4"
    step_state_payload="iter=10;eval=11",
    seed_payload=None,
    elapsed_millis=1500,
    status=RUNNING,
    error_message=None,
)
FULL = rckp.CheckpointRecord(
    created_at_ms=1767225661234,
    run_id="SimulatedAnnealing-4711-00000000000000000003-1767225600250",
    random_seed=16045690984503098046,
    algorithm_name="SimulatedAnnealing",
    algorithm_parameters="t0=95.5",
    problem_description="Ackley",
    problem_parameters="dimensions=3",
    algorithm_signature_hash=0x9E34B5420A9A4B4A,  # FNV-1a of "SimulatedAnnealing|t0=95.5"
    problem_signature_hash=0xC57BA7D95CF61899,  # FNV-1a of "Ackley|dimensions=3"
    step_state_payload="iter=120;eval=121;seed=9;state=0.5,-0.25,3.75|20.0855;t=41.3",
    seed_payload="state=1,2,3",
    elapsed_millis=60984,
    status=FAILED,
    error_message="disk full: /scratch",
)
STRINGS = [f.name for f in LAYOUT.record_fields if f.parts[-1].role == roles.CONTENT]
INTEGERS = [f.name for f in LAYOUT.record_fields if f.parts[0].role == roles.INTEGER]
OPTIONS = [f.name for f in LAYOUT.record_fields if f.parts[0].role == roles.FLAG]


def changed(record: rckp.CheckpointRecord, **values: Any) -> rckp.CheckpointRecord:
    """The record with other values."""
    return record._replace(**values)


class Span(NamedTuple):
    """Where a part lies in the encoding of FULL. Added up here, not asked of the scanner."""

    field: str
    role: str
    start: int
    stop: int


def spans(record: rckp.CheckpointRecord) -> list[Span]:
    """The parts of a record all of whose options are present."""
    found, at = [], 0
    for field in LAYOUT.fields:
        for part in field.parts:
            size = part.size
            if part.role == roles.CONTENT:
                size = len(getattr(record, field.name).encode())
            found.append(Span(field.name, part.role, at, at + size))
            at += size
    return found


def drafts(root: Path) -> Iterator[Draft]:
    """All cases of this module, the bases first."""
    example = valid(
        "reader/example",
        EXAMPLE,
        "LAY-1 LAY-2 LAY-3 TYPE-1 TYPE-2 TYPE-4 TYPE-8 TYPE-10 DEC-1 DEC-2 DEC-3 DEC-8 ENC-1 ENC-2",
        "The worked example of the specification: who fails here has the layout wrong.",
        "smoke",
    )
    full = valid(
        "reader/full",
        FULL,
        "LAY-1 LAY-3 TYPE-8 TYPE-10 DEC-1 DEC-5 DEC-7 ENC-1 ENC-2",
        "Both options present and no string empty: the longest path through the layout.",
        "smoke",
    )
    yield from (example, full)
    yield from _integers()
    yield from _strings()
    yield from _states()
    yield from _meanings()
    yield from _truncated(full)
    yield from _magic(full)
    yield from _utf8(full)
    yield from _bytes_out_of_table(full)
    yield from _trailing(full, example)
    yield from _hostile(full, example)
    yield from _hostile_of_medium_size(full)
    yield from _precedence(full)
    yield from _later_layout(full)
    yield from _chunks()
    yield from _cut_far_into_content()
    yield from _real(root)


def _integers() -> Iterator[Draft]:
    values = {
        "zero": (0, "Zero is a value, not the lack of one."),
        "max": (U64_MAX, "2^64 - 1 does not fit a signed integer nor a double."),
        "order": (0x0102030405060708, "All bytes differ, so a wrong byte order shows."),
        "double": (2**53 + 1, "The first integer that a double cannot hold."),
        "sign": (2**63, "The sign bit alone: a signed reader makes it negative."),
    }
    for name in INTEGERS:
        for label, (value, why) in values.items():
            yield valid(
                f"reader/integer/{name}/{label}",
                changed(FULL, **{name: value}),
                "TYPE-1 TYPE-2 TYPE-3 ENC-1 ENC-3 LAY-4",
                why,
            )


def _strings() -> Iterator[Draft]:
    every_plane = "".join(chr(plane * 0x10000 + 0x1234) for plane in range(17))
    texts = {
        "empty": ("", "TYPE-4 TYPE-6", "The empty string is legal in every field."),
        "one": ("a", "TYPE-4 TYPE-6", "One byte: the shortest content there is."),
        "planes": (
            "\x7f\x80\u07ff\u0800\ud7ff\ue000\ufffd" + every_plane + "\U0010ffff",
            "TYPE-5 TYPE-6 DEC-4 ENC-5",
            "All lengths of UTF-8 sequence, all planes, both sides of the surrogates; the "
            "declared length counts bytes.",
        ),
        "nul": ("a\0b\0", "TYPE-6 TYPE-7", "A NUL does not end a string."),
        "bom": (
            "\ufeffa\ufeff",
            "TYPE-6 TYPE-7",
            "A leading U+FEFF is content; many text decoders eat it.",
        ),
        "large": (
            "0123456789abcdef" * 300 + "\u20ac",
            "TYPE-4",
            "Longer than a page: a reader with a small buffer shows.",
        ),
    }
    for name in STRINGS:
        for label, (text, requirements, why) in texts.items():
            more = " TYPE-9 ENC-2" if name in OPTIONS else ""
            yield valid(
                f"reader/string/{name}/{label}",
                changed(FULL, **{name: text}),
                requirements + " ENC-1" + more,
                why,
            )
    yield valid(
        "reader/string/step_state_payload/boundaries",
        EXAMPLE._replace(
            step_state_payload="\0\x7f\x80\u07ff\u0800\u0fff\u1000\ucfff\ud000\ud7ff\ue000\uffff"
            "\U00010000\U0003ffff\U00040000\U000fffff\U00100000\U0010ffff"
        ),
        "TYPE-5 TYPE-6 DEC-4 ENC-1",
        "The first and the last scalar value of each row of the table of UTF-8.",
    )
    payloads = {
        "line-breaks": ("a\r\nb\nc\r\u2028\x85", "Line breaks are kept as they are."),
        "blanks": (" \t a \u00a0\u3000 ", "Nothing is stripped at the ends."),
        "unnormalised": ("\u00e9 e\u0301 \u212b \ufb01", "Nothing is normalised, neither way."),
        "noncharacters": ("\ufffe\uffff\U0001fffe\ufdd0", "Noncharacters are scalar values."),
        "replacement": ("\ufffd", "U+FFFD in the file is no sign of malformed UTF-8."),
        "nested": ("RCKP" + "\0" * 12 + "RCKP", "The magic number means nothing here."),
    }
    for label, (text, why) in payloads.items():
        yield valid(
            f"reader/string/step_state_payload/{label}",
            EXAMPLE._replace(step_state_payload=text),
            "TYPE-6 TYPE-7 ENC-1",
            why,
        )


def _states() -> Iterator[Draft]:
    for status in rckp.CheckpointRunStatus:
        yield valid(
            f"reader/status/{status}",
            EXAMPLE._replace(status=status),
            "TYPE-10 DEC-6 ENC-1 ENC-4",
            f"The byte {list(rckp.CheckpointRunStatus).index(status):02x} means {status}.",
        )
    for name in OPTIONS:
        others = {other: "x" for other in OPTIONS if other != name}
        for label, value, why in (
            ("absent", None, "An absent option is the flag alone."),
            ("present-empty", "", "Present and empty is not absent."),
            ("present", "why", "A present option while the other is present, too."),
        ):
            yield valid(
                f"reader/option/{name}/{label}",
                changed(EXAMPLE, **others, **{name: value}),
                "TYPE-8 TYPE-9 DEC-5 ENC-2 ENC-4",
                why,
            )
    nothing = dict.fromkeys(STRINGS, "") | dict.fromkeys(OPTIONS) | dict.fromkeys(INTEGERS, 0)
    yield valid(
        "reader/smallest",
        changed(EXAMPLE, **nothing),
        "LAY-1 LAY-4 DEC-2 TYPE-6 ENC-1 ENC-2",
        "The smallest file: every part just fits, and not a byte is left.",
        "smoke",
    )


def _meanings() -> Iterator[Draft]:
    """Values that make no sense and are valid all the same."""
    odd: dict[str, tuple[dict[str, Any], str, str]] = {
        "hashes-lie": (
            {"algorithm_signature_hash": 1, "problem_signature_hash": 2},
            "LAY-4 DEC-8",
            "A decoder does not compare the hashes with the strings.",
        ),
        "completed-with-error": (
            {"status": COMPLETED, "error_message": "but it worked"},
            "LAY-4",
            "A decoder does not compare the status with the error message.",
        ),
        "failed-without-error": (
            {"status": FAILED, "error_message": None},
            "LAY-4",
            "A decoder does not ask why a run failed.",
        ),
        "times-reversed": (
            {"created_at_ms": 1, "run_id": "a-1-00000000000000000000-9"},
            "LAY-4",
            "A decoder does not compare times with one another.",
        ),
        "run-id-is-a-path": (
            {"run_id": "../../../../etc/passwd\0"},
            "LAY-4 LIM-6",
            "Any string is a run id; only a path made of it would be a fault.",
        ),
        "run-id-is-a-command": (
            {"run_id": "\x1b]0;owned\x07$(reboot)\u202e"},
            "LAY-4 LIM-9 TYPE-7",
            "Escape sequences are content; only printing them raw would be a fault.",
        ),
        "later-layout-by-accident": (
            {"step_state_payload": "\x01" + "\0" * 16 + "state"},
            "ALT-1 LAY-4",
            "Probably of a later layout, and yet valid in this one.",
        ),
    }
    for label, (values, requirements, why) in odd.items():
        record = changed(FULL, **values)
        yield valid(f"reader/meaning/{label}", record, requirements, why)


def _later_layout(full: Draft) -> Iterator[Draft]:
    """What a file of the later layout looks like here: raw bytes where a string belongs."""
    payload = next(
        s for s in spans(FULL) if (s.field, s.role) == ("step_state_payload", roles.CONTENT)
    )
    raw = b"\x01" + (120).to_bytes(8, "little") + (2**63 + 200).to_bytes(8, "little")
    yield fault(
        "reader/meaning/later-layout",
        full,
        [_replaced(full.data or b"", payload.start, raw)],
        _at("invalid-utf8", "step_state_payload", payload.start + 9),
        "ALT-1 DEC-4",
        "The beginning of a payload of the later layout: a decoder of this layout does not "
        "try another one when this one fails.",
    )


def _truncated(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    for field, role, start, stop in spans(FULL):
        if role == roles.END:
            continue
        for label, cut in {"none": start, "one": start + 1, "some": stop - 1}.items():
            if not start <= cut < stop or (label == "some" and cut == start + 1):
                continue
            if label != "none" and cut == start:
                continue
            yield fault(
                f"reader/truncated/{field}/{role}-{label}",
                full,
                [Edit(cut, data[cut:], b"")],
                _truncation(field, start, stop - start, cut),
                "DEC-1 DEC-2 DEC-8 LAY-1" + (" TYPE-2" if role == roles.INTEGER else ""),
                f"Cut in the {role} part of {field} with {cut - start} of its {stop - start} "
                "bytes there; the offset is that of the part.",
            )


def _truncation(field: str, start: int, wanted: int, end: int) -> dict[str, str]:
    return {
        "code": "truncated",
        "field": field,
        "offset": str(start),
        "wanted": str(wanted),
        "available": str(end - start),
    }


def _replaced(data: bytes, at: int, new: bytes) -> Edit:
    return Edit(at, data[at : at + len(new)], new)


def _at(code: str, field: str, offset: int) -> dict[str, Any]:
    return {"code": code, "field": field, "offset": str(offset)}


def _magic(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    wrong = at_magic = _at("bad-magic", "magic", 0)
    for i in range(4):
        yield fault(
            f"reader/magic/byte-{i}",
            full,
            [Edit(i, data[i : i + 1], b"X")],
            wrong,
            "DEC-3 LAY-2",
            "The offset is 0, whichever of the four bytes differs.",
        )
    heads = {
        "lower-case": b"rckp",
        "swapped": b"PKCR",
        "zip": b"PK\x03\x04",
        "pickle": b"\x80\x02}q",
        "hdf5": b"\x89HDF",
        "zeros": b"\0\0\0\0",
    }
    for label, head in heads.items():
        yield fault(
            f"reader/magic/{label}",
            full,
            [Edit(0, data[:4], head)],
            at_magic,
            "DEC-3 LAY-2 DEC-8",
            "Another kind of file is told from a checkpoint by its first four bytes alone.",
        )
    for label, before in {"bom": b"\xef\xbb\xbf", "newline": b"\n", "twice": b"RCK"}.items():
        yield fault(
            f"reader/magic/after-{label}",
            full,
            [Edit(0, b"", before)],
            at_magic,
            "DEC-3 LAY-1 LAY-2",
            "The magic number is looked for at offset 0 and nowhere else.",
        )


MALFORMED = {
    "continuation-alone": (0, b"\x80"),
    "continuation-last": (5, b"\xbf"),
    "overlong-2-nul": (3, b"\xc0\x80"),
    "overlong-2": (3, b"\xc1\xbf"),
    "overlong-3": (3, b"\xe0\x80\x80"),
    "overlong-3-edge": (3, b"\xe0\x9f\xbf"),
    "overlong-4": (3, b"\xf0\x80\x80\x80"),
    "overlong-4-edge": (3, b"\xf0\x8f\xbf\xbf"),
    "surrogate-first": (3, b"\xed\xa0\x80"),
    "surrogate-last": (3, b"\xed\xbf\xbf"),
    "surrogate-pair": (3, b"\xed\xa0\xbd\xed\xb8\x80"),
    "above-10ffff": (3, b"\xf4\x90\x80\x80"),
    "lead-f5": (3, b"\xf5\x80\x80\x80"),
    "lead-f8": (3, b"\xf8\x88\x80\x80\x80"),
    "lead-fc": (3, b"\xfc\x84\x80\x80\x80\x80"),
    "lead-fe": (3, b"\xfe"),
    "lead-ff": (3, b"\xff"),
    "2-cut-short": (3, b"\xc3("),
    "3-cut-after-1": (3, b"\xe2(\xa1"),
    "3-cut-after-2": (3, b"\xe2\x82("),
    "4-cut-after-1": (3, b"\xf0(\x8c\xbc"),
    "4-cut-after-2": (3, b"\xf0\x9f("),
    "4-cut-after-3": (3, b"\xf0\x9f\x98("),
    "latin-1": (3, b"caf\xe9 ol\xe9"),
    # What no continuation byte is, just below 80 and from C0 on, at each place.
    "2-then-7f": (3, b"\xc2\x7f"),
    "2-then-c0": (3, b"\xc2\xc0"),
    "2-then-lead": (3, b"\xc3\xc3\xa9"),
    "2-then-ff": (3, b"\xdf\xff"),
    "3-then-7f": (3, b"\xe1\x7f\x80"),
    "3-then-c0": (3, b"\xe1\xc0\x80"),
    "3-last-7f": (3, b"\xe1\x80\x7f"),
    "3-last-c0": (3, b"\xe1\x80\xc0"),
    "3-last-lead": (3, b"\xe2\x82\xe2\x82\xac"),
    "4-then-7f": (3, b"\xf1\x7f\x80\x80"),
    "4-then-c0": (3, b"\xf1\xc0\x80\x80"),
    "4-third-7f": (3, b"\xf1\x80\x7f\x80"),
    "4-third-c0": (3, b"\xf1\x80\xc0\x80"),
    "4-last-7f": (3, b"\xf1\x80\x80\x7f"),
    "4-last-c0": (3, b"\xf1\x80\x80\xc0"),
    "4-last-ff": (3, b"\xf4\x80\x80\xff"),
}


def _utf8(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    content = {s.field: s for s in spans(FULL) if s.role == roles.CONTENT}
    payload = content["step_state_payload"]
    for label, (at, malformed) in MALFORMED.items():
        start = payload.start + at
        good = len(malformed[:3]) if label == "latin-1" else 0  # "caf" is well-formed
        yield fault(
            f"reader/utf8/{label}",
            full,
            [Edit(start, data[start : start + len(malformed)], malformed)],
            _at("invalid-utf8", "step_state_payload", start + good),
            "TYPE-5 DEC-4 DEC-8",
            "Malformed UTF-8; the offset is that of the first byte of the sequence that fails.",
        )
    for label, tail in {
        "2": b"\xc3",
        "3-after-1": b"\xe2",
        "3-after-2": b"\xe2\x82",
        "4-after-1": b"\xf0",
        "4-after-3": b"\xf0\x9f\x98",
    }.items():
        start = payload.stop - len(tail)
        yield fault(
            f"reader/utf8/ends-inside-{label}",
            full,
            [Edit(start, data[start : payload.stop], tail)],
            _at("invalid-utf8", "step_state_payload", start),
            "TYPE-5 DEC-4 DEC-1",
            "The content is complete and ends inside a sequence: malformed, not truncated.",
        )
    for field, _, begin, stop in content.values():
        for label, at, malformed in (
            ("first", begin, b"\xff"),
            ("last", stop - 1, b"\xc3"),
            ("surrogate", begin + 1, b"\xed\xb0\x80"),
        ):
            yield fault(
                f"reader/utf8-in/{field}/{label}",
                full,
                [Edit(at, data[at : at + len(malformed)], malformed)],
                _at("invalid-utf8", field, at),
                "TYPE-5 DEC-4",
                f"The strings of {field} are checked like all others.",
            )


def _bytes_out_of_table(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    for field, role, start, _ in spans(FULL):
        if role not in (roles.FLAG, roles.STATUS):
            continue
        first = 2 if role == roles.FLAG else 4
        for byte in (first, 0x30, 0x7F, 0x80, 0xFF):
            code = "invalid-option-flag" if role == roles.FLAG else "invalid-status"
            yield fault(
                f"reader/{role}/{field if role == roles.FLAG else 'byte'}-{byte:02x}",
                full,
                [Edit(start, data[start : start + 1], bytes([byte]))],
                _at(code, field, start),
                "TYPE-8 DEC-5 DEC-8" if role == roles.FLAG else "TYPE-10 DEC-6 DEC-8",
                "A byte without a meaning is a fault, not a default.",
            )


def _trailing(full: Draft, example: Draft) -> Iterator[Draft]:
    for base, label in ((full, "after-present"), (example, "after-absent")):
        size = len(base.data or b"")
        for name, more in {
            "nul": b"\0",
            "newline": b"\n",
            "zeros": bytes(512),
            "record": base.data or b"",
            "magic": b"RCKP",
        }.items():
            yield fault(
                f"reader/trailing/{label}/{name}",
                base,
                [Edit(size, b"", more)],
                _at("trailing-bytes", "end", size),
                "DEC-7 LAY-3 LAY-1 DEC-8",
                "Nothing may follow the record, not even a zero or another record.",
            )


def _hostile(full: Draft, example: Draft) -> Iterator[Draft]:
    data = full.data or b""
    parts = spans(FULL)
    for length, content in pairwise(parts):
        if length.role != roles.LENGTH:
            continue
        for label, declared in {"4-gib": 2**32 - 1, "2-gib": 2**31, "one-too-many": None}.items():
            wanted = len(data) - content.start + 1 if declared is None else declared
            yield fault(
                f"reader/hostile/{length.field}/{label}",
                full,
                [_replaced(data, length.start, wanted.to_bytes(4, "little"))],
                _truncation(length.field, content.start, wanted, len(data)),
                "LIM-1 LIM-2 LIM-3 DEC-2",
                "A declared length is compared with the bytes that are there before anything "
                "is allocated, and without overflow.",
                "hostile",
            )
    tiny = (example.data or b"")[:12] + b"\xff\xff\xff\xff" + b"HC-7"
    yield fault(
        "reader/hostile/twenty-bytes",
        example,
        [Edit(12, (example.data or b"")[12:], tiny[12:])],
        _truncation("run_id", 16, 2**32 - 1, 20),
        "LIM-1 DEC-2",
        "Twenty bytes that declare four gigabytes.",
        "hostile",
    )


def _hostile_of_medium_size(full: Draft) -> Iterator[Draft]:
    """Lengths that an allocator grants without a word."""
    data = full.data or b""
    everywhere = {
        "100-mib": (100, "Small enough for a cap on the length; who fills such a buffer shows."),
        "600-mib": (600, "Small enough for every machine; who only reserves such a buffer shows."),
    }
    somewhere = {
        "1-mib": (1, "A length that is quite usual: the bytes are not there all the same."),
        "48-mib": (48, "Below the budget, if it is taken once; the answer has to be right."),
        "200-mib": (200, "Small enough for a cap on the length; who fills such a buffer shows."),
    }
    for length, content in pairwise(spans(FULL)):
        if length.role != roles.LENGTH:
            continue
        more = somewhere if length.field in ("run_id", "step_state_payload") else {}
        for label, (mebibytes, why) in (everywhere | more).items():
            wanted = mebibytes << 20
            yield fault(
                f"reader/hostile/{length.field}/{label}",
                full,
                [_replaced(data, length.start, wanted.to_bytes(4, "little"))],
                _truncation(length.field, content.start, wanted, len(data)),
                "LIM-1 LIM-3 DEC-2",
                why,
                "hostile",
            )


def _precedence(full: Draft) -> Iterator[Draft]:
    """Two faults: the first shows, and undoing its edit reveals the other."""
    data = full.data or b""
    parts = {(s.field, s.role): s for s in spans(FULL)}
    size = len(data)

    def change(field: str, role: str, code: str, new: bytes) -> tuple[Edit, dict[str, Any]]:
        at = parts[field, role].start
        return Edit(at, data[at : at + len(new)], new), _at(code, field, at)

    kinds = {
        "magic": change("magic", roles.MAGIC, "bad-magic", b"X"),
        "utf8-early": change("run_id", roles.CONTENT, "invalid-utf8", b"\xff"),
        "utf8": change("step_state_payload", roles.CONTENT, "invalid-utf8", b"\xff"),
        "flag": change("seed_payload", roles.FLAG, "invalid-option-flag", b"\x02"),
        "status": change("status", roles.STATUS, "invalid-status", b"\x04"),
        "flag-late": change("error_message", roles.FLAG, "invalid-option-flag", b"\xff"),
        "utf8-late": change("error_message", roles.CONTENT, "invalid-utf8", b"\x80"),
        "trailing": (Edit(size, b"", b"\0"), _at("trailing-bytes", "end", size)),
    }
    names = list(kinds)
    for i, earlier in enumerate(names):
        for later in names[i + 1 :]:
            (edit, shows), (other, hidden) = kinds[earlier], kinds[later]
            yield fault(
                f"reader/precedence/{earlier}-before-{later}",
                full,
                [edit, other],
                shows,
                "DEC-1",
                "The fault that comes first in the file is the fault of the file.",
                then={"undo": "first", "error": hidden},
            )
    for label, (edit, shows) in list(kinds.items())[:-1]:
        cut = next(s for s in spans(FULL) if s.start > edit.at + 30 or s.role == roles.END)
        at = min(max(cut.start, edit.at + 1), size - 1)
        hit = next(s for s in spans(FULL) if s.start <= at < s.stop)
        if hit.field == shows["field"] and hit.role == roles.CONTENT:
            continue  # then the truncation comes first: see below
        yield fault(
            f"reader/precedence/{label}-before-truncation",
            full,
            [edit, Edit(at, data[at:], b"")],
            shows,
            "DEC-1 DEC-2",
            "The fault comes before the cut.",
            then={
                "undo": "first",
                "error": _truncation(hit.field, hit.start, hit.stop - hit.start, at),
            },
        )
    for field in ("run_id", "step_state_payload", "error_message"):
        span = parts[field, roles.CONTENT]
        end = span.stop - 2
        yield fault(
            f"reader/precedence/truncation-before-utf8-in-{field}",
            full,
            [_replaced(data, span.start, b"\xff"), Edit(end, data[end:], b"")],
            _truncation(field, span.start, span.stop - span.start, end),
            "DEC-1 DEC-2 DEC-11",
            "Content that is cut short is truncated, even if what is there is malformed.",
            then={"undo": "second", "error": _at("invalid-utf8", field, span.start)},
        )
    for size_left in (1, 2, 3):
        yield fault(
            f"reader/precedence/truncation-before-magic-{size_left}",
            full,
            [Edit(0, data[:1], b"X"), Edit(size_left, data[size_left:], b"")],
            _truncation("magic", 0, 4, size_left),
            "DEC-1 DEC-2",
            "One to three bytes are truncated, whatever they are.",
            then={"undo": "second", "error": _at("bad-magic", "magic", 0)},
        )
    for field, role, code, new in (
        ("seed_payload", roles.FLAG, "invalid-option-flag", b"\x02"),
        ("error_message", roles.FLAG, "invalid-option-flag", b"\x02"),
        ("status", roles.STATUS, "invalid-status", b"\x04"),
    ):
        span = parts[field, role]
        after = next(s for s in spans(FULL) if s.start == span.stop)
        yield fault(
            f"reader/precedence/{role}-last-byte-of-{field}",
            full,
            [
                Edit(span.start, data[span.start : span.stop], new),
                Edit(span.stop, data[span.stop :], b""),
            ],
            _at(code, field, span.start),
            "DEC-1 " + ("DEC-5" if role == roles.FLAG else "DEC-6"),
            "The part is complete: its value is judged before any byte after it is missed.",
            then={
                "undo": "first",
                "error": _truncation(after.field, after.start, after.stop - after.start, span.stop),
            },
        )


def _chunks() -> Iterator[Draft]:
    """Strings that are longer than the pieces in which a reader may take them."""
    fills = {"ascii": "x", "two": "\u00e9", "three": "\u20ac", "four": "\U0001f600"}
    for label, fill in fills.items():
        record = EXAMPLE._replace(step_state_payload="-" + fill * (CHUNK // len(fill.encode()) + 9))
        base = valid(
            f"reader/long/{label}",
            record,
            "TYPE-4 DEC-11 DEC-4 LIM-1 LIM-2 LIM-3 ENC-1",
            "Longer than 64 KiB, with sequences across every border of such a piece.",
        )
        yield base
        data = base.data or b""
        at = data.index(fill.encode(), 60000)
        yield fault(
            f"reader/long/{label}-malformed",
            base,
            [Edit(at, data[at : at + 1], b"\xff")],
            _at("invalid-utf8", "step_state_payload", at),
            "DEC-4 DEC-11",
            "Malformed far into a long string: the offset counts from the start of the file.",
        )


def _cut_far_into_content() -> Iterator[Draft]:
    """Content of which more is there than a piece: what is available is all of it."""
    large = "0123456789abcdef" * 300 + "\u20ac"  # that of reader/string/*/large
    for name in STRINGS:
        base = valid(f"reader/string/{name}/large", changed(FULL, **{name: large}), "LAY-1", "-")
        for label, present in {"4096": 4096, "4097": 4097, "inside-a-sequence": 4802}.items():
            yield _cut(
                f"reader/truncated-long/{name}/{label}",
                base,
                name,
                changed(FULL, **{name: large}),
                present,
            )
    for label, fill in {"ascii": "x", "two": "\u00e9", "four": "\U0001f600"}.items():
        content = "-" + fill * (CHUNK // len(fill.encode()) + 9)
        record = EXAMPLE._replace(step_state_payload=content)
        base = valid(f"reader/long/{label}", record, "LAY-1", "-")
        for more in (0, 1, 4):
            yield _cut(
                f"reader/truncated-long/{label}/64-kib-and-{more}",
                base,
                "step_state_payload",
                record,
                CHUNK + more,
            )
        data = base.data or b""
        start, size = _content(base, record, "step_state_payload")
        at, end = start + 1, start + CHUNK + 2
        yield fault(
            f"reader/precedence/truncation-before-utf8-in-long-{label}",
            base,
            [Edit(at, data[at : at + 1], b"\xff"), Edit(end, data[end:], b"")],
            _truncation("step_state_payload", start, size, end),
            "DEC-1 DEC-2 DEC-11",
            "Who checks piece by piece meets the malformed one first; the truncation counts.",
            then={"undo": "second", "error": _at("invalid-utf8", "step_state_payload", at)},
        )


def _content(base: Draft, record: rckp.CheckpointRecord, field: str) -> tuple[int, int]:
    """Where the content of a string of the record starts, and its size."""
    content = getattr(record, field).encode()
    return (base.data or b"").index(content), len(content)


def _cut(id_: str, base: Draft, field: str, record: rckp.CheckpointRecord, present: int) -> Draft:
    """The file with so many bytes of the content left."""
    data = base.data or b""
    start, size = _content(base, record, field)
    end = start + present
    return fault(
        id_,
        base,
        [Edit(end, data[end:], b"")],
        _truncation(field, start, size, end),
        "DEC-1 DEC-2 DEC-11",
        f"{present} of {size} bytes of the content are there: as many are available, however "
        "large the pieces in which they were read.",
    )


def _real(root: Path) -> Iterator[Draft]:
    """One whole and one empty file of each algorithm of the original, as it left them."""
    base = next(d for d in (valid("reader/example", EXAMPLE, "LAY-1", "-"),))
    seen = set()
    for path in sorted((root / "files" / "real").rglob("*.ckpt")):
        algorithm = path.relative_to(root / "files" / "real").parts[0].split("-")[1]
        data = path.read_bytes()
        label = f"reader/real/{algorithm}/{'whole' if data else 'empty'}"
        if label in seen:
            continue
        seen.add(label)
        relative = Path("../../../../files", path.relative_to(root / "files")).as_posix()
        if data:
            record = rckp.decode(data)
            draft = valid(
                label,
                record,
                "LAY-1 ENC-1",
                f"Written by roma_lib 0.1.0, {algorithm}, and left behind when it was killed.",
                "real",
            )
            if draft.data != data:
                raise AssertionError(f"{path} does not survive a round trip")
        else:
            draft = fault(
                label,
                base,
                [Edit(0, base.data or b"", b"")],
                _truncation("magic", 0, 4, 0),
                "DEC-2",
                f"Left behind by {algorithm} when it was killed between opening the file and "
                "its first byte.",
                "real",
            )
        document = draft.document | {"input": {"file": relative} | draft.document["input"]}
        yield draft._replace(document=document)
