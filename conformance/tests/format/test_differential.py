"""Grammar, codec and scanner agree, on a million inputs and on every way to cut a stream."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import cases, corpus, label
from conformance.tests.format.differential import (
    disagreement,
    one_edit_away,
    random_bytes,
    some_edits_away,
)
from conformance.tests.format.drafts import DRAFTS
from conformance.tests.tools import EVERYTHING
from conformance.tools.casegen.encoding import encoded
from rckp.conformance.cases import Case
from rckp.format._next_record import NextRecord
from rckp.format.layouts import NEXT, RELEASED, codec
from rckp.format.scan import ByteReader, Event, ScanError, scan
from rckp.strategies import next_records, records

# Small files, so that a million of their neighbours are soon read; together they take
# every path through the layout.
BASES = (
    "reader/smallest",
    "reader/example",
    "reader/full",
    "reader/option/seed_payload/present-empty",
    "reader/option/error_message/present-empty",
    "reader/string/step_state_payload/bom",
)
Task = tuple[str, str, int]  # layout, kind, seed

WANTED = 1_000_000
LONG = 1000  # bytes


def _bases(layout: str) -> list[bytes]:
    return [*DRAFTS.values()] if layout == NEXT else [corpus()[base].data for base in BASES]


def _compare(task: Task) -> tuple[int, list[str]]:
    """How many inputs were compared, and where the three disagreed."""
    layout, kind, seed = task
    bases = _bases(layout)
    if kind == "one edit":
        inputs = one_edit_away(bases[seed])
    elif kind == "some edits":
        inputs = some_edits_away(bases, 30_000, seed)
    else:
        inputs = random_bytes(20_000, seed)
    count, wrong = 0, []
    for data in inputs:
        count += 1
        if (found := disagreement(data, layout)) is not None:
            wrong.append(found)
    return count, wrong[:5]


def _number(task: Task) -> int:
    """How many inputs a task has."""
    layout, kind, seed = task
    bases = _bases(layout)
    size = len(bases[seed % len(bases)])
    return {"one edit": 257 * size + 256 * (size + 1), "random": 20_000, "some edits": 30_000}[kind]


TASKS: list[Task] = [(RELEASED, "one edit", i) for i in range(len(BASES))]
TASKS += [(RELEASED, "random", seed) for seed in range(4)]
TASKS += [(RELEASED, "some edits", seed) for seed in range(16)]
# The layout does not depend on the contents of a payload: the other drafts are in "some edits".
_LAYOUTS = {"smallest", "full", "text", "accident"}
NEXT_TASKS: list[Task] = [
    (NEXT, "one edit", i) for i, name in enumerate(DRAFTS) if name in _LAYOUTS
]
NEXT_TASKS += [(NEXT, kind, seed) for kind in ("random", "some edits") for seed in range(2)]


def test_the_tasks_have_a_million_inputs() -> None:
    assert sum(map(_number, TASKS)) >= WANTED


# One task of each kind always, and all of them in the full run.
@pytest.mark.parametrize(
    "task",
    [
        pytest.param(t, id=" ".join(map(str, t)), marks=[pytest.mark.slow] * (t[2] > 0))
        for t in TASKS + NEXT_TASKS
    ],
)
def test_many_inputs(task: Task) -> None:
    count, wrong = _compare(task)
    assert wrong == []
    assert count == _number(task)


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_every_case(case: Case) -> None:
    assert disagreement(case.data) is None


@given(records())
def test_valid_records(record: rckp.CheckpointRecord) -> None:
    data = rckp.encode(record)
    assert rckp.decode(data) == record
    assert disagreement(data) is None


@given(next_records())
def test_valid_draft_records(record: NextRecord) -> None:
    next_ = codec(NEXT)
    data = next_.encode(record)
    assert next_.decode(data) == next_.decode(bytearray(data)) == record
    assert data == encoded(record._asdict())
    assert disagreement(data, NEXT) is None
    assert disagreement(data) is None


@pytest.mark.parametrize("name", DRAFTS)
def test_every_draft(name: str) -> None:
    assert disagreement(DRAFTS[name]) is None
    assert disagreement(DRAFTS[name], NEXT) is None
    assert codec(NEXT).encode(codec(NEXT).decode(DRAFTS[name])) == DRAFTS[name]


@pytest.mark.parametrize("layout", [RELEASED, NEXT])
@given(records(), next_records(), st.data())
def test_mutated_records(
    layout: str, record: rckp.CheckpointRecord, draft: NextRecord, data: st.DataObject
) -> None:
    file = bytearray(codec(layout).encode(draft if layout == NEXT else record))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(file)))
        file[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert disagreement(bytes(file), layout) is None


Piecewise = list[Event | ScanError]


def _events(pieces: list[bytes]) -> tuple[Piecewise, dict[str, str]]:
    """The events of a stream that comes in these pieces, and the text that it gave."""
    waiting = [piece for piece in pieces if piece][::-1]
    texts: dict[str, str] = {}

    def read(size: int) -> bytes:
        if not waiting:
            return b""
        piece = waiting.pop()
        if piece[size:]:
            waiting.append(piece[size:])
        return piece[:size]

    def text(field: str, piece: str) -> None:
        texts[field] = texts.get(field, "") + piece

    events = [
        # How much follows the record is not known of a stream.
        e._replace(length=0) if isinstance(e, ScanError) and e.code == "trailing-bytes" else e
        for e in scan(ByteReader(read), text=text)
    ]
    return events, texts


def _whole(data: bytes) -> tuple[Piecewise, dict[str, str]]:
    return _events([data])


STREAMED = (*BASES, "reader/utf8/surrogate-pair", "reader/utf8/ends-inside-4-after-3")
STREAMED_ERRORS = [
    c for c in cases("decode", "reader") if c.id.startswith(("reader/utf8", "reader/precedence/"))
]


@pytest.mark.parametrize("case", [corpus()[i] for i in STREAMED] + STREAMED_ERRORS, ids=label)
def test_a_stream_cut_anywhere(case: Case) -> None:
    data = case.data
    expected = _whole(data)
    # Of a long file every place near its ends, and some between; in the full run every place.
    places = list(range(len(data) + 1))
    if len(data) > LONG and not EVERYTHING:
        places = [*places[: LONG // 2], *places[LONG // 2 : -LONG // 2 : 97], *places[-LONG // 2 :]]
    for at in places:
        assert _events([data[:at], data[at:]]) == expected
    assert _events([bytes([byte]) for byte in data]) == expected


@given(records(), st.data())
def test_a_stream_cut_everywhere(record: rckp.CheckpointRecord, data: st.DataObject) -> None:
    file = rckp.encode(record)
    file = file[: data.draw(st.integers(0, len(file)))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(file)), max_size=8)))
    bounds = [0, *cuts, len(file)]
    pieces = [file[a:b] for a, b in pairwise(bounds)]
    assert _events(pieces) == _whole(file)


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_stream_and_buffer_agree(case: Case) -> None:
    """A window that knows its size finds a lying length without reading; the answer is one."""
    streamed, _ = _whole(case.data)
    buffered = [
        e._replace(length=0) if isinstance(e, ScanError) and e.code == "trailing-bytes" else e
        for e in scan(ByteReader.from_bytes(case.data))
    ]
    assert buffered == streamed
