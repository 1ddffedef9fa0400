"""The decoder of the page in the browser, under Node, against every case.

It is the scanner in JavaScript over the derived layout, and agrees at grade location, however
the file is cut into pieces. The page itself is tested in tests/site.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from rckp.json_record import to_json
from rckp.strategies import records
from rckp.suite.cases import Case
from tests.adapter import Adapter, Answer, running
from tests.corpus import ROOT, cases, label
from tests.tools import need

ADAPTER = ROOT / "conformance/adapters/javascript/adapter.js"
NODE = "`apt-get install nodejs`, or https://nodejs.org (18 or later)"


@pytest.fixture(scope="module")
def adapter() -> Iterator[Adapter]:
    need("node", how=NODE)
    with running(["node", str(ADAPTER)]) as running_adapter:
        yield running_adapter


@pytest.fixture(scope="module", params=["1", "5", "4096"])
def nibbler(request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """The adapter, its decoder given so many bytes at one time."""
    need("node", how=NODE)
    with running(["node", str(ADAPTER), request.param]) as running_adapter:
        yield running_adapter


def asked(adapter: Adapter, op: str, **members: object) -> Answer:
    answer = adapter.ask({"type": "run", "id": "x", "op": op, **members})
    assert answer.pop("id") == "x"
    return answer


def expected(case: Case) -> Answer:
    if error := case.expect.get("error"):
        return {"type": "error", **error}
    return {"type": "ok", "record": case.expect["record"]}


def test_what_it_claims(adapter: Adapter) -> None:
    hello = adapter.ask({"type": "hello", "protocol": "1"})
    assert (hello["language"], hello["classes"]) == ("JavaScript", ["reader", "writer"])
    assert asked(adapter, "file-name", run_id="x")["type"] == "unsupported"


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_decode(adapter: Adapter, case: Case) -> None:
    assert asked(adapter, "decode", bytes=case.data.hex()) == expected(case)


def test_decode_in_pieces(nibbler: Adapter) -> None:
    for case in cases("decode", "reader"):
        assert asked(nibbler, "decode", bytes=case.data.hex()) == expected(case), case.id


@pytest.mark.parametrize("case", cases("decode", "writer"), ids=label)
def test_exact_encoding(adapter: Adapter, case: Case) -> None:
    answer = asked(adapter, "encode", record=case.expect["record"])
    assert answer == {"type": "ok", "bytes": case.data.hex()}


@pytest.mark.parametrize("case", cases("encode", "writer"), ids=label)
def test_refused(adapter: Adapter, case: Case) -> None:
    answer = asked(adapter, "encode", record=case.document["input"]["record"])
    assert answer == {"type": "error", **case.expect["error"]}


def reference(data: bytes) -> Answer:
    """What the reference says, in the words of an adapter."""
    try:
        return {"type": "ok", "record": to_json(rckp.decode(data))}
    except rckp.DecodeError as error:
        places = {"offset": error.offset, "wanted": error.wanted, "available": error.available}
        known = {name: str(value) for name, value in places.items() if value is not None}
        return {"type": "error", "code": error.code, "field": error.field, **known}


@settings(
    max_examples=150,
    deadline=None,
    # The adapter keeps no state between questions, so it may serve all examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(record=records(), data=st.data())
def test_it_agrees_on_what_was_damaged(
    adapter: Adapter, nibbler: Adapter, record: rckp.CheckpointRecord, data: st.DataObject
) -> None:
    encoded = rckp.encode(record)
    at = data.draw(st.integers(0, len(encoded)))
    removed = data.draw(st.sampled_from([0, 1, 4, len(encoded)]))
    put = data.draw(st.binary(max_size=4) | st.sampled_from([b"\xff" * 4, b"\xed\xa0\x80", b"\2"]))
    damaged = encoded[:at] + put + encoded[at + removed :]
    for each in (adapter, nibbler):
        assert asked(each, "decode", bytes=damaged.hex()) == reference(damaged)
