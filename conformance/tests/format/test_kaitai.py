"""The readers that Kaitai Struct generates from spec/rckp.ksy, held against the reference.

The reader for Python has no known limit: it must say what the reference says, code included.
The one for JavaScript has three, stated as rules by `as_javascript`, so that its response is
predicted for every file, and a difference of any other kind fails. What these rules cost it
in the suite is listed, case by case, in implementations/kaitai/known-failures-javascript.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.implementations.kaitai import prepare
from conformance.tests.adapter import Response, agrees, decoded, surveyed
from conformance.tests.corpus import ROOT, cases, corpus, label
from conformance.tests.format.single_edits import every_cut_and_byte
from conformance.tests.shared import cache
from conformance.tests.tools import need
from rckp.conformance.adapter import Adapter
from rckp.conformance.cases import Case
from rckp.format._layout import LAYOUT
from rckp.format.layout import CONTENT, INTEGER, LENGTH
from rckp.format.record_json import to_json
from rckp.format.scan import ByteReader, Event, ScanError, scan
from rckp.strategies import records

pytestmark = pytest.mark.toolchain

TIMEOUT = 60  # seconds
PYTHON, JAVASCRIPT = "kaitai-python", "kaitai-javascript"
ADAPTERS = [PYTHON, JAVASCRIPT]
KNOWN = ROOT / "conformance/implementations/kaitai/known-failures-javascript.json"
INTEGERS = [f.name for f in LAYOUT.record_fields if f.parts[0].role == INTEGER]
STRINGS = [f.name for f in LAYOUT.record_fields if f.parts[-1].role == CONTENT]


@pytest.fixture(scope="session")
def commands(pytestconfig: pytest.Config) -> dict[str, list[str]]:
    need("node", "npm", how=prepare.NEEDED)
    with cache(pytestconfig, "kaitai") as directory:
        return prepare.prepare(directory)


@pytest.fixture(scope="module")
def python(commands: dict[str, list[str]]) -> Iterator[Adapter]:
    with Adapter(commands[PYTHON], TIMEOUT) as adapter:
        yield adapter


@pytest.fixture(scope="module")
def javascript(commands: dict[str, list[str]]) -> Iterator[Adapter]:
    with Adapter(commands[JAVASCRIPT], TIMEOUT) as adapter:
        yield adapter


def test_the_python_reader_agrees(commands: dict[str, list[str]], tmp_path: Path) -> None:
    found = agrees(commands[PYTHON], tmp_path, "--grade", "code")
    assert found.implementation.classes == ("reader",)
    assert {each.outcome for each in found.results} == {"pass"}
    surveyed(commands[PYTHON], "--grade", "code")


def test_the_javascript_reader_fails_as_known(
    commands: dict[str, list[str]], tmp_path: Path
) -> None:
    found = agrees(commands[JAVASCRIPT], tmp_path, "--known-failures", KNOWN)
    outcomes = Counter(each.outcome for each in found.results)
    assert set(outcomes) == {"pass", "expected-fail"}
    assert outcomes["expected-fail"] > 100
    surveyed(commands[JAVASCRIPT])


@pytest.mark.parametrize("name", ADAPTERS)
def test_other_classes_are_unsupported(name: str, request: pytest.FixtureRequest) -> None:
    adapter: Adapter = request.getfixturevalue(name.removeprefix("kaitai-"))
    refusal = adapter.send({"type": "run", "id": "1", "op": "encode", "record": {}})
    assert refusal["type"] == "unsupported"


def reference(data: bytes) -> Response:
    """What the reference says, in the words of an adapter."""
    try:
        return {"record": to_json(rckp.decode(data))}
    except rckp.DecodeError as error:
        return {"code": error.code}


def as_javascript(data: bytes) -> Response:
    """What the generated JavaScript reader is known to make of the bytes.

    Malformed UTF-8 becomes replacement characters; of a u64 only the nearest double
    remains; a byte order mark at the start of a string is lost.
    """
    response = reference(replace_malformed(data))
    record = response.get("record", {})
    for name in record.keys() & INTEGERS:
        record[name] = str(int(float(record[name])))
    for name in record.keys() & STRINGS:
        if record[name] is not None:
            record[name] = record[name].removeprefix("\ufeff")
    return response


def replace_malformed(data: bytes) -> bytes:
    """The file with well-formed strings: what is malformed replaced as a TextDecoder does."""
    while True:
        length = content = 0  # where the two parts of the string that was met last start
        error = None
        for found in scan(ByteReader.from_bytes(data)):
            if isinstance(found, ScanError):
                error = found
            elif isinstance(found, Event) and found.role == LENGTH:
                length, content = found.start, found.stop
        if error is None or error.code != "invalid-utf8":
            return data
        stop = content + int.from_bytes(data[length:content], "little")
        text = data[content:stop].decode("utf-8", "replace").encode()
        size = len(text).to_bytes(content - length, "little")
        data = data[:length] + size + text + data[stop:]


def same(response: Response, predicted: Response, *, code_required: bool) -> bool:
    """Whether a response is as predicted; an error may come without its code."""
    if "record" in predicted or "record" in response:
        return response == predicted
    return response == predicted or not (code_required or response)


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
@pytest.mark.parametrize("name", ADAPTERS)
def test_every_answer_is_predicted(name: str, case: Case, request: pytest.FixtureRequest) -> None:
    adapter: Adapter = request.getfixturevalue(name.removeprefix("kaitai-"))
    predicted = as_javascript(case.data) if name == JAVASCRIPT else reference(case.data)
    assert same(decoded(adapter, case.data), predicted, code_required=name == PYTHON)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A valid file, or one with one or two edits: cut, bytes put in, taken out or changed.

    Edits begin where a part begins, or ends, or anywhere in the last one chosen: elsewhere
    most would fall into the middle of a long string and change nothing but its text.
    """
    data = rckp.encode(draw(records()))
    parts = [part for part in scan(ByteReader.from_bytes(data)) if isinstance(part, Event)]
    for _ in range(draw(st.integers(0, 2))):
        part = draw(st.sampled_from(parts))
        at = draw(st.sampled_from([part.start, part.stop]) | st.integers(part.start, part.stop))
        removed = draw(st.sampled_from([0, 1, 1, 4, 8, len(data)]))
        inserted = draw(
            st.sampled_from([b"", b"\x01", b"\x02", b"\x04", b"\xff", b"\xff" * 4, b"\xed\xa0\x80"])
            | st.binary(max_size=4)
        )
        data = data[:at] + inserted + data[at + removed :]
    return data


DIFFERENTIAL = settings(
    max_examples=400,
    deadline=None,
    # The adapter keeps no state between requests, so it may serve all examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@DIFFERENTIAL
@given(data=files())
def test_python_reader_agrees(python: Adapter, data: bytes) -> None:
    assert decoded(python, data) == reference(data)


@DIFFERENTIAL
@given(data=files())
def test_javascript_reader_differs_only_as_known(javascript: Adapter, data: bytes) -> None:
    assert same(decoded(javascript, data), as_javascript(data), code_required=False)


def test_single_edits_of_a_file(python: Adapter, javascript: Adapter) -> None:
    seen = set()
    for data in every_cut_and_byte(corpus()["reader/example"].data):
        predicted = reference(data)
        seen.add(predicted.get("code", "valid"))
        assert decoded(python, data) == predicted
        assert same(decoded(javascript, data), as_javascript(data), code_required=False)
    decode_codes = {"truncated", "bad-magic", "invalid-utf8", "invalid-option-flag"}
    assert seen >= decode_codes | {"invalid-status", "valid"}
