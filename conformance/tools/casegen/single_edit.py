"""`python -m conformance.tools.casegen.single_edit CASE`: a table of single edits.

The scanner computes a table once, and the codec confirms each verdict. A person reviews it; after
that it is only checked. An existing table is never overwritten.
"""

from __future__ import annotations

import sys

import rckp
from conformance.tools.casegen.corpus import ROOT, case_data, manifest
from rckp.conformance.single_edit import OK, WITH_A_BYTE, inputs, write
from rckp.format.scan import ByteReader, Event, ScanError, scan


def outcome(data: bytes) -> str:
    """Return the expected outcome of the bytes, in the terms of the table."""
    last: Event | None = None
    for event in scan(ByteReader.from_bytes(data)):
        if isinstance(event, ScanError):
            break
        last = event
    else:
        rckp.decode(data)
        return OK
    try:
        rckp.decode(data)
    except rckp.DecodeError:
        pass
    else:
        raise AssertionError(f"scanner and codec differ about {data.hex()}")
    part = ""
    if event.code == "truncated":
        following = {"length": "content", "flag": "length"}
        here = last is not None and last.field == event.field
        sizes = {4: "magic" if event.field == "magic" else "length", 8: "integer"}
        single = {"status": "status"}.get(event.field, "flag")
        part = " " + (
            following[last.role] if here and last else sizes.get(event.wanted or 0, single)
        )
    return f"{event.code}@{event.offset}({event.field}{part})"


def main(id_: str) -> int:
    """Return 1 if the table exists already."""
    path = ROOT / "single-edit" / f"{id_}.txt"
    if path.exists():
        print(f"{path.relative_to(ROOT)} is there already, and stays as it is", file=sys.stderr)
        return 1
    data, sha256 = case_data(id_)
    outcomes: dict[tuple[str, int], list[str]] = {}
    for each in inputs(data):
        row = outcomes.setdefault((each.operation, each.at), [])
        row.append(outcome(each.data))
        assert each.operation in WITH_A_BYTE or len(row) == 1
    path.parent.mkdir(parents=True, exist_ok=True)
    text = write(id_, sha256, outcomes)
    path.write_text(text, "utf-8", newline="\n")
    (ROOT / "manifest.json").write_text(manifest(ROOT), "utf-8", newline="\n")
    print(f"{sum(map(len, outcomes.values())):,} inputs")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
