"""The readers that Kaitai Struct generates from spec/rckp.ksy, held against the reference.

The reader for Python has no known limit: it must say what the reference says, code included.
The one for JavaScript has three, stated as rules by `as_javascript`, so that its answer is
predicted for every file, and a difference of any other kind fails. What these rules cost it
in the suite is listed, case by case, in adapters/kaitai/known-failures.json.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from adapters.kaitai import prepare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from rckp.json_record import to_json
from rckp.read._layout import LAYOUT
from rckp.read.layout import CONTENT, INTEGER, LENGTH
from rckp.read.scan import Event, Fault, Window, scan
from rckp.strategies import records
from rckp.suite.cases import Case
from tests.adapter import Adapter, Answer, running
from tests.corpus import ROOT, cases, corpus, label
from tests.tools import need

PYTHON, JAVASCRIPT = "kaitai-python", "kaitai-javascript"
ADAPTERS = [PYTHON, JAVASCRIPT]
KNOWN: dict[str, dict[str, str]] = json.loads(
    (ROOT / "conformance/adapters/kaitai/known-failures.json").read_text("utf-8")
)
INTEGERS = [f.name for f in LAYOUT.record_fields if f.parts[0].role == INTEGER]
STRINGS = [f.name for f in LAYOUT.record_fields if f.parts[-1].role == CONTENT]


@pytest.fixture(scope="session")
def commands(pytestconfig: pytest.Config) -> dict[str, list[str]]:
    need("node", "npm", how=prepare.NEEDED)
    given_folder = os.environ.get("RCKP_CACHE")
    folder = Path(given_folder) if given_folder else pytestconfig.cache.mkdir("rckp")
    return prepare.prepare(folder / "kaitai")


@pytest.fixture(scope="module")
def python(commands: dict[str, list[str]]) -> Iterator[Adapter]:
    with running(commands[PYTHON]) as adapter:
        yield adapter


@pytest.fixture(scope="module")
def javascript(commands: dict[str, list[str]]) -> Iterator[Adapter]:
    with running(commands[JAVASCRIPT]) as adapter:
        yield adapter


@pytest.mark.parametrize("name", ADAPTERS)
def test_protocol(name: str, request: pytest.FixtureRequest) -> None:
    adapter: Adapter = request.getfixturevalue(name.removeprefix("kaitai-"))
    hello = adapter.ask({"type": "hello"})
    assert (hello["type"], hello["name"], hello["classes"]) == ("hello", name, ["reader"])
    refusal = adapter.ask({"type": "run", "id": "1", "op": "encode", "record": {}})
    assert (refusal["type"], refusal["id"]) == ("unsupported", "1")


def reference(data: bytes) -> Answer:
    """What the reference says, in the words of an adapter."""
    try:
        return {"record": to_json(rckp.decode(data))}
    except rckp.DecodeError as error:
        return {"code": error.code}


def as_javascript(data: bytes) -> Answer:
    """What the generated JavaScript reader is known to make of the bytes.

    Malformed UTF-8 becomes replacement characters; of a u64 only the nearest double
    remains; a byte order mark at the start of a string is lost.
    """
    answer = reference(replace_malformed(data))
    record = answer.get("record", {})
    for name in record.keys() & INTEGERS:
        record[name] = str(int(float(record[name])))
    for name in record.keys() & STRINGS:
        if record[name] is not None:
            record[name] = record[name].removeprefix("\ufeff")
    return answer


def replace_malformed(data: bytes) -> bytes:
    """The file with well-formed strings: what is malformed replaced as a TextDecoder does."""
    while True:
        length = content = 0  # where the two parts of the string that was met last start
        fault = None
        for found in scan(Window.over(data)):
            if isinstance(found, Fault):
                fault = found
            elif isinstance(found, Event) and found.role == LENGTH:
                length, content = found.start, found.stop
        if fault is None or fault.code != "invalid-utf8":
            return data
        stop = content + int.from_bytes(data[length:content], "little")
        text = data[content:stop].decode("utf-8", "replace").encode()
        size = len(text).to_bytes(content - length, "little")
        data = data[:length] + size + text + data[stop:]


def same(answer: Answer, predicted: Answer, *, code_required: bool) -> bool:
    """Whether an answer is as predicted; an error may come without its code."""
    if "record" in predicted or "record" in answer:
        return answer == predicted
    return answer == predicted or not (code_required or answer)


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
@pytest.mark.parametrize("name", ADAPTERS)
def test_case(name: str, case: Case, request: pytest.FixtureRequest) -> None:
    adapter: Adapter = request.getfixturevalue(name.removeprefix("kaitai-"))
    answer = adapter.decode(case.data)
    # Grade verdict: valid, and then the same record, or not valid.
    passes = answer.get("record") == case.expect.get("record")
    if case.id in KNOWN[name]:
        assert not passes, f"{name} passes {case.id}: take it off the list of known failures"
    elif not passes:
        line = f'"{case.id}": "{reason(answer, case)}"'
        pytest.fail(f"{name}: {answer}; if that is a known limit, list it: {line}")
    predicted = as_javascript(case.data) if name == JAVASCRIPT else reference(case.data)
    assert same(answer, predicted, code_required=name == PYTHON)


def reason(answer: Answer, case: Case) -> str:
    """Why a case that a limit explains fails, in the words of the list."""
    expected = case.expect.get("record")
    if expected is None or "record" not in answer:
        return f"says {', '.join(answer)} to {case.expect}"
    different = [name for name in expected if answer["record"].get(name) != expected[name]]
    rounded = ", ".join(name for name in different if name in INTEGERS)
    rest = ", ".join(name for name in different if name not in INTEGERS)
    words = [f"u64 above 2^53 rounded: {rounded}"] if rounded else []
    return "; ".join([*words, f"byte order mark dropped: {rest}"] if rest else words)


def test_known_failures_are_cases() -> None:
    readers = {case.id for case in cases("decode", "reader")}
    assert set(KNOWN) <= set(ADAPTERS)
    for listed in KNOWN.values():
        assert set(listed) <= readers & set(corpus())
        assert all(listed.values())


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A valid file, or one with one or two edits: cut, bytes put in, taken out or changed.

    Edits begin where a part begins, or ends, or anywhere in the last one chosen: elsewhere
    most would fall into the middle of a long string and change nothing but its text.
    """
    data = rckp.encode(draw(records()))
    parts = [part for part in scan(Window.over(data)) if isinstance(part, Event)]
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
    # The adapter keeps no state between questions, so it may serve all examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@DIFFERENTIAL
@given(data=files())
def test_python_reader_agrees(python: Adapter, data: bytes) -> None:
    assert python.decode(data) == reference(data)


@DIFFERENTIAL
@given(data=files())
def test_javascript_reader_differs_only_as_known(javascript: Adapter, data: bytes) -> None:
    assert same(javascript.decode(data), as_javascript(data), code_required=False)


def every_cut_and_byte(data: bytes) -> Iterator[bytes]:
    """Every truncation of the file, and every byte of it replaced by a few others."""
    for at in range(len(data)):
        yield data[:at]
        for byte in {0, 1, 4, 0x80, 0xFF, data[at] ^ 1} - {data[at]}:
            yield data[:at] + bytes([byte]) + data[at + 1 :]


def test_neighbourhood_of_a_file(python: Adapter, javascript: Adapter) -> None:
    seen = set()
    for data in every_cut_and_byte(corpus()["reader/example"].data):
        predicted = reference(data)
        seen.add(predicted.get("code", "valid"))
        assert python.decode(data) == predicted
        assert same(javascript.decode(data), as_javascript(data), code_required=False)
    decode_codes = {"truncated", "bad-magic", "invalid-utf8", "invalid-option-flag"}
    assert seen >= decode_codes | {"invalid-status", "valid"}
