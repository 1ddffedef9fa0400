"""The encoder keeps the bytes of the last identity: what it writes does not depend on it."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import corpus
from conformance.tools.casegen.encoding import encoded
from rckp.format import _codec
from rckp.strategies import records

FULL = rckp.decode(corpus()["reader/full"].data)
IDENTITY = FULL._fields[_codec.IDENTITY_FIELDS]
TEXTS = [name for name in IDENTITY if isinstance(getattr(FULL, name), str)]


def expected(record: rckp.CheckpointRecord) -> bytes:
    return encoded(record._asdict())


@given(st.lists(records(), min_size=2, max_size=4), st.data())
def test_after_any_other_record(some: list[rckp.CheckpointRecord], data: st.DataObject) -> None:
    # Some share all of the identity, some all but one field.
    for _ in range(4):
        record, other = data.draw(st.sampled_from(some)), data.draw(st.sampled_from(some))
        names = data.draw(st.sets(st.sampled_from(IDENTITY)))
        mixed = record._replace(**{name: getattr(other, name) for name in names})
        for each in (record, mixed, mixed._replace(created_at_ms=1)):
            assert rckp.encode(each) == expected(each)
            assert b"".join(rckp.encode_parts(each)) == expected(each)


@pytest.mark.parametrize("value", [True, 1.0, mock.ANY], ids=["bool", "float", "equal to anything"])
@pytest.mark.parametrize("field", IDENTITY)
def test_what_equals_the_known_identity_but_is_of_another_type(field: str, value: Any) -> None:
    one = FULL._replace(algorithm_signature_hash=1, problem_signature_hash=1)
    rckp.encode(one)
    for encode in (rckp.encode, rckp.encode_parts):
        with pytest.raises(rckp.EncodeError) as raised:
            encode(one._replace(**{field: value}))
        assert (raised.value.code, raised.value.field) == ("wrong-type", field)


class Text(str):
    """A string of a subclass, equal to all others."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize("field", TEXTS)
def test_a_subclass_of_str_is_written_as_its_text(field: str) -> None:
    rckp.encode(FULL)
    of_subclass: dict[str, Any] = {field: Text("another")}
    plain: dict[str, Any] = {field: "another"}
    assert rckp.encode(FULL._replace(**of_subclass)) == expected(FULL._replace(**plain))


def test_a_long_identity_is_not_kept() -> None:
    rckp.encode(FULL)
    kept = _codec._last
    long = FULL._replace(problem_parameters="x" * 5000)
    assert rckp.encode(long) == expected(long)
    assert _codec._last is kept
    assert kept == (FULL[_codec.IDENTITY_FIELDS], _codec.encode_identity(kept[0]))


@pytest.mark.parametrize("between", [FULL, FULL._replace(algorithm_name="another")])
def test_another_thread_encodes_meanwhile(
    between: rckp.CheckpointRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPython changes the thread at calls; here a call itself does what the other would do."""
    original = _codec.encode_identity

    def interrupted(values: Any) -> bytes:
        monkeypatch.setattr(_codec, "encode_identity", original)
        assert _codec.encode(between) == expected(between)
        return original(values)

    _codec.encode(FULL._replace(algorithm_name="the one before"))
    monkeypatch.setattr(_codec, "encode_identity", interrupted)
    for record in (FULL, between, FULL):
        assert _codec.encode(record) == expected(record)
