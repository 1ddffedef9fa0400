"""A listing judges a file in the company of others as it judges it alone.

What has been found out about one file spares work on the next that begins like it; that must
show in nothing but the time it takes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.store.examples import IDENTITY, record
from rckp.format.scan import ByteReader, Event, scan
from rckp.store.rejected_headers import LastRejectedHeader

COMPARED = ("algorithm_name", "algorithm_signature_hash", "problem_signature_hash")
OURS = record("x-1")
OTHERS = (
    OURS,
    OURS._replace(algorithm_name="SA"),
    OURS._replace(algorithm_signature_hash=1),
    OURS._replace(problem_signature_hash=1),
    OURS._replace(problem_signature_hash=1, status=rckp.CheckpointRunStatus.COMPLETED),
)


class Edit(NamedTuple):
    """Cuts a file short, or changes a byte or adds one; `where` in 1/1000 of its length."""

    kind: str
    where: int
    byte: int

    def of(self, data: bytes) -> bytes:
        at = self.where * len(data) // 1000
        return {
            "whole": data,
            "cut": data[:at],
            "changed": data[:at] + bytes([self.byte]) + data[at + 1 :],
            "longer": data + bytes([self.byte]),
        }[self.kind]


EDITS = st.builds(
    Edit,
    st.sampled_from(["whole", "whole", "cut", "changed", "longer"]),
    st.integers(0, 999),
    st.sampled_from([0x00, 0x41, 0x80, 0xFF]),
)
FILES = st.lists(
    st.tuples(
        st.sampled_from(OTHERS),
        st.sampled_from(["x-1", "é-2", "", "y" * 3000, "z" * 5000]),  # in and beyond the head
        st.sampled_from(["s", "s" * 6000]),
        EDITS,
    ),
    min_size=2,
    max_size=8,
)


def listed(directory: Path, *files: bytes) -> tuple[set[bytes], list[str]]:
    """Return the files that a listing finds in a directory of these, and the reported codes."""
    for at, data in enumerate(files):
        (directory / f"{at}.ckpt").write_bytes(data)
    codes: list[str] = []
    found = rckp.CheckpointStore(directory).list_resumable(
        IDENTITY, on_error=lambda _path, error: codes.append(error.code)
    )
    return {entry.path.read_bytes() for entry in found}, sorted(codes)


@given(files=FILES)
@settings(max_examples=150, deadline=None)
def test_in_company_as_alone(
    files: list[tuple[rckp.CheckpointRecord, str, str, Edit]],
) -> None:
    contents = [
        edit.of(rckp.encode(record._replace(run_id=run_id, step_state_payload=payload)))
        for record, run_id, payload, edit in files
    ]
    found: set[bytes] = set()
    codes: list[str] = []
    for data in contents:
        with tempfile.TemporaryDirectory() as directory:
            alone = listed(Path(directory), data)
        found |= alone[0]
        codes += alone[1]
    with tempfile.TemporaryDirectory() as directory:
        assert listed(Path(directory), *contents) == (found, sorted(codes))


@pytest.mark.parametrize("name", rckp.CheckpointRecord._fields)
def test_what_counts_is_what_lies_between_the_compared_fields(name: str) -> None:
    other = OTHERS[2]
    alike = LastRejectedHeader(COMPARED)
    assert not alike.matches(rckp.encode(other))
    alike.remember(rckp.encode(other))
    assert alike.matches(rckp.encode(other))
    value = getattr(other, name)
    status = rckp.CheckpointRunStatus.FAILED
    changed: Any = status if name == "status" else "changed"
    if isinstance(value, int):
        changed = value + 1
    between = range(other._fields.index(COMPARED[0]), other._fields.index(COMPARED[-1]) + 1)
    seen = alike.matches(rckp.encode(other._replace(**{name: changed})))
    assert seen == (other._fields.index(name) not in between)


def test_a_fault_before_the_compared_fields_is_not_passed_over() -> None:
    data = rckp.encode(OTHERS[1])
    alike = LastRejectedHeader(COMPARED)
    alike.remember(data)
    events = [event for event in scan(ByteReader.from_bytes(data)) if isinstance(event, Event)]
    name = next(event for event in events if event.field == "algorithm_name")
    run_id = next(event for event in events if event.field == "run_id" and event.role == "content")
    assert alike.matches(data)
    for at in (0, 3):
        assert not alike.matches(data[:at] + b"x" + data[at + 1 :])
    assert not alike.matches(data[: run_id.start] + b"\xff" + data[run_id.start + 1 :])
    last = max(event.stop for event in events if event.field == COMPARED[-1])
    for size in range(last):
        assert not alike.matches(data[:size])
    assert alike.matches(data[:last])
    alike.remember(data[: name.start])
    assert not alike.matches(data)
