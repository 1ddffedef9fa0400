"""Cases of files with one error."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.tools.casegen.draft import Draft, decode_error
from conformance.tools.casegen.records import (
    FULL,
    location,
    spans,
    truncation,
)
from rckp.conformance.cases import Edit
from rckp.format import layout as roles


def truncated(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    for field, role, start, stop in spans(FULL):
        if role == roles.END:
            continue
        for label, cut in {"none": start, "one": start + 1, "some": stop - 1}.items():
            if not start <= cut < stop or (label == "some" and cut == start + 1):
                continue
            if label != "none" and cut == start:
                continue
            yield decode_error(
                f"reader/truncated/{field}/{role}-{label}",
                full,
                [Edit(cut, data[cut:], b"")],
                truncation(field, start, stop - start, cut),
                "DEC-1 DEC-2 DEC-8 LAY-1" + (" TYPE-2" if role == roles.INTEGER else ""),
                f"Cut in the {role} part of {field} with {cut - start} of its {stop - start} "
                "bytes there; the offset is that of the part.",
            )


def magic(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    wrong = at_magic = location("bad-magic", "magic", 0)
    for i in range(4):
        yield decode_error(
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
        yield decode_error(
            f"reader/magic/{label}",
            full,
            [Edit(0, data[:4], head)],
            at_magic,
            "DEC-3 LAY-2 DEC-8",
            "The first four bytes distinguish another kind of file from a checkpoint.",
        )
    for label, before in {"bom": b"\xef\xbb\xbf", "newline": b"\n", "twice": b"RCK"}.items():
        yield decode_error(
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


def utf8(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    content = {s.field: s for s in spans(FULL) if s.role == roles.CONTENT}
    payload = content["step_state_payload"]
    for label, (at, malformed) in MALFORMED.items():
        start = payload.start + at
        good = len(malformed[:3]) if label == "latin-1" else 0  # "caf" is well-formed
        yield decode_error(
            f"reader/utf8/{label}",
            full,
            [Edit(start, data[start : start + len(malformed)], malformed)],
            location("invalid-utf8", "step_state_payload", start + good),
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
        yield decode_error(
            f"reader/utf8/ends-inside-{label}",
            full,
            [Edit(start, data[start : payload.stop], tail)],
            location("invalid-utf8", "step_state_payload", start),
            "TYPE-5 DEC-4 DEC-1",
            "The content is complete and ends inside a sequence: malformed, not truncated.",
        )
    for field, _, begin, stop in content.values():
        for label, at, malformed in (
            ("first", begin, b"\xff"),
            ("last", stop - 1, b"\xc3"),
            ("surrogate", begin + 1, b"\xed\xb0\x80"),
        ):
            yield decode_error(
                f"reader/utf8-in/{field}/{label}",
                full,
                [Edit(at, data[at : at + len(malformed)], malformed)],
                location("invalid-utf8", field, at),
                "TYPE-5 DEC-4",
                f"The strings of {field} are checked like all others.",
            )


def bytes_out_of_table(full: Draft) -> Iterator[Draft]:
    data = full.data or b""
    for field, role, start, _ in spans(FULL):
        if role not in (roles.FLAG, roles.STATUS):
            continue
        first = 2 if role == roles.FLAG else 4
        for byte in (first, 0x30, 0x7F, 0x80, 0xFF):
            code = "invalid-option-flag" if role == roles.FLAG else "invalid-status"
            yield decode_error(
                f"reader/{role}/{field if role == roles.FLAG else 'byte'}-{byte:02x}",
                full,
                [Edit(start, data[start : start + 1], bytes([byte]))],
                location(code, field, start),
                "TYPE-8 DEC-5 DEC-8" if role == roles.FLAG else "TYPE-10 DEC-6 DEC-8",
                "A byte without a meaning is an error, not a default.",
            )


def trailing(full: Draft, example: Draft) -> Iterator[Draft]:
    for base, label in ((full, "after-present"), (example, "after-absent")):
        size = len(base.data or b"")
        for name, more in {
            "nul": b"\0",
            "newline": b"\n",
            "zeros": bytes(512),
            "record": base.data or b"",
            "magic": b"RCKP",
        }.items():
            yield decode_error(
                f"reader/trailing/{label}/{name}",
                base,
                [Edit(size, b"", more)],
                location("trailing-bytes", "end", size),
                "DEC-7 LAY-3 LAY-1 DEC-8",
                "Nothing may follow the record, not even a zero or another record.",
            )
