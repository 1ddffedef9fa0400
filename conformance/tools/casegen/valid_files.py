"""Cases of valid files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft, decode_error, valid
from conformance.tools.casegen.records import (
    COMPLETED,
    EXAMPLE,
    FAILED,
    FULL,
    INTEGERS,
    OPTIONS,
    STRINGS,
    U64_MAX,
    changed,
    location,
    replaced,
    spans,
    truncation,
)
from rckp.conformance.cases import Edit
from rckp.format import layout as roles
from rckp.format.scan import CHUNK


def integers() -> Iterator[Draft]:
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


def strings() -> Iterator[Draft]:
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
        "replacement": (
            "\ufffd",
            "U+FFFD in the file is a valid character, and not a sign of malformed UTF-8.",
        ),
        "nested": ("RCKP" + "\0" * 12 + "RCKP", "The magic number means nothing here."),
    }
    for label, (text, why) in payloads.items():
        yield valid(
            f"reader/string/step_state_payload/{label}",
            EXAMPLE._replace(step_state_payload=text),
            "TYPE-6 TYPE-7 ENC-1",
            why,
        )


def states() -> Iterator[Draft]:
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
            ("present", "why", "Both options are present."),
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


def meanings() -> Iterator[Draft]:
    """Return cases of valid values that make no sense."""
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
            "Any string is a run id. Only its use as a path would be an error.",
        ),
        "run-id-is-a-command": (
            {"run_id": "\x1b]0;owned\x07$(reboot)\u202e"},
            "LAY-4 LIM-9 TYPE-7",
            "Escape sequences are content. Only printing them unescaped would be an error.",
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


def later_layout(full: Draft) -> Iterator[Draft]:
    """Return cases of files of the later layout, which have raw bytes in place of a string."""
    payload = next(
        s for s in spans(FULL) if (s.field, s.role) == ("step_state_payload", roles.CONTENT)
    )
    raw = b"\x01" + (120).to_bytes(8, "little") + (2**63 + 200).to_bytes(8, "little")
    yield decode_error(
        "reader/meaning/later-layout",
        full,
        [replaced(full.data or b"", payload.start, raw)],
        location("invalid-utf8", "step_state_payload", payload.start + 9),
        "ALT-1 DEC-4",
        "The beginning of a payload of the later layout: a decoder of this layout does not "
        "try another one when this one fails.",
    )


def chunks() -> Iterator[Draft]:
    """Return cases of strings that are longer than the pieces of a reader."""
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
        yield decode_error(
            f"reader/long/{label}-malformed",
            base,
            [Edit(at, data[at : at + 1], b"\xff")],
            location("invalid-utf8", "step_state_payload", at),
            "DEC-4 DEC-11",
            "Malformed far into a long string: the offset counts from the start of the file.",
        )


def real(root: Path) -> Iterator[Draft]:
    """Return cases of a complete and an empty file of each algorithm of `roma_lib`."""
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
            draft = decode_error(
                label,
                base,
                [Edit(0, base.data or b"", b"")],
                truncation("magic", 0, 4, 0),
                "DEC-2",
                f"Left behind by {algorithm} when it was killed between opening the file and "
                "its first byte.",
                "real",
            )
        document = draft.document | {"input": {"file": relative} | draft.document["input"]}
        yield draft._replace(document=document)
