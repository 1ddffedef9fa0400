"""An identity that is known saves work in encoding and decoding, and changes no result."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import cases, corpus, label
from conformance.tests.format.differential import by_known_identity
from conformance.tools.casegen.encoding import encoded
from rckp.conformance.cases import Case
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


@pytest.mark.parametrize(("size", "is_kept"), [(4095, True), (4096, False)])
def test_a_long_identity_is_not_kept(size: int, is_kept: bool) -> None:
    rckp.encode(FULL)
    before = _codec._last
    assert before == (FULL[_codec.IDENTITY_FIELDS], _codec.encode_identity(before[0]))
    more = "x" * (size - len(before[1]))
    long = FULL._replace(problem_parameters=FULL.problem_parameters + more)
    assert rckp.encode(long) == expected(long)
    wanted = long[_codec.IDENTITY_FIELDS] if is_kept else before[0]
    assert _codec._last == (wanted, _codec.encode_identity(wanted))


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_decoding_with_a_known_identity(case: Case) -> None:
    assert by_known_identity(case.data, _codec.decode_or_none(case.data)) is None


@pytest.mark.parametrize("name", ["reader/smallest", "reader/example", "reader/full"])
def test_a_file_that_differs_from_one_of_a_known_identity(name: str) -> None:
    """In one byte, in its size, or both. What still has the identity is decoded as always."""
    data = corpus()[name].data
    values = rckp.decode(data)[_codec.IDENTITY_FIELDS]
    identity = _codec.encode_identity(values)
    assert _codec.decode_known(data, identity, values) == rckp.decode(data)
    changed = [data[:at] for at in range(len(data))]
    for at, byte in enumerate(data):
        for other in (byte ^ 1, byte ^ 2, byte ^ 255):
            file = data[:at] + bytes([other]) + data[at + 1 :]
            changed += [file, file[:-1], file + b"\0"]
    for each in changed:
        record = _codec.decode_or_none(each)
        if record is not None and record[_codec.IDENTITY_FIELDS] != values:
            record = None
        assert _codec.decode_known(each, identity, values) == record
        others = _codec.decode_others(each, identity)
        assert others == (record and record[:3] + record[9:])


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
