"""The Python implementation against every case of the classes reader and writer."""

from __future__ import annotations

import pytest

import rckp
from conformance.tests.corpus import cases, invalid_files, label, valid_files
from rckp.conformance.cases import Case, unencodable_record
from rckp.format.record_json import from_json, to_json
from rckp.format.scan import first_error


@pytest.mark.parametrize("case", valid_files(), ids=label)
def test_valid_file(case: Case) -> None:
    record = rckp.decode(case.data)
    assert to_json(record) == case.expect["record"]
    assert list(to_json(record)) == list(case.expect["record"])
    assert first_error(case.data) is None


@pytest.mark.parametrize("case", [c for c in valid_files() if "writer" in c.classes], ids=label)
def test_exact_encoding(case: Case) -> None:
    record = from_json(case.expect["record"])
    assert rckp.encode(record) == case.data
    assert b"".join(rckp.encode_parts(record)) == case.data


@pytest.mark.parametrize("case", invalid_files(), ids=label)
def test_invalid_file(case: Case) -> None:
    with pytest.raises(rckp.DecodeError) as caught:
        rckp.decode(case.data)
    assert told(caught.value) == case.expect["error"]


def told(error: rckp.DecodeError) -> dict[str, str]:
    """The error in the words of a case."""
    words = {"code": error.code, "field": error.field, "offset": str(error.offset)}
    if error.wanted is not None:
        words |= {"wanted": str(error.wanted), "available": str(error.available)}
    return words


@pytest.mark.parametrize("case", cases("encode", "writer"), ids=label)
def test_record_without_encoding(case: Case) -> None:
    for encode in (rckp.encode, rckp.encode_parts):
        with pytest.raises(rckp.EncodeError) as caught:
            encode(unencodable_record(case.document["input"]["record"]))
        assert {"code": caught.value.code, "field": caught.value.field} == case.expect["error"]
