"""The decoder of the page in the browser, under Node, against every case.

It is the scanner in JavaScript over the derived layout, and agrees at grade location, however
the file is cut into pieces. The page itself is tested in tests/site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.adapter import Response, agrees, surveyed
from conformance.tests.command import rckp as rckp_command
from conformance.tests.corpus import ROOT
from conformance.tests.tools import need
from rckp.conformance.adapter import Adapter
from rckp.derive import chapters, codes, foreign, grammar_to_layout, javascript, requirements
from rckp.format.layout import END, INTEGER, MAGIC, STATUS, Layout, Part
from rckp.format.record_json import to_json
from rckp.strategies import records

pytestmark = pytest.mark.toolchain

ADAPTER = ROOT / "conformance/implementations/javascript/adapter.js"
NODE = "`apt-get install nodejs`, or https://nodejs.org (18 or later)"


@pytest.fixture(scope="module", params=["", "1", "5"])
def command(request: pytest.FixtureRequest) -> list[str]:
    """The adapter, and the same with its decoder given so many bytes at one time."""
    need("node", how=NODE)
    return ["node", str(ADAPTER), *([request.param] if request.param else [])]


@pytest.fixture(scope="module")
def adapter(command: list[str]) -> Iterator[Adapter]:
    with Adapter(command, 60) as running:
        yield running


def asked(adapter: Adapter, op: str, **members: object) -> Response:
    response = adapter.send({"type": "run", "id": "x", "op": op, **members})
    assert response.pop("id") == "x"
    return response


def test_it_agrees_at_grade_location(command: list[str], tmp_path: Path) -> None:
    found = agrees(command, tmp_path, "--grade", "location")
    assert found.implementation.language == "JavaScript"
    assert found.implementation.classes == ("reader", "writer")
    assert {each.outcome for each in found.results} == {"pass"}


def test_it_reads_the_draft_layout(command: list[str]) -> None:
    done = rckp_command(
        *("conformance", "run", "--grade", "location", "--class", "draft-reader"),
        *("--", *command, "--draft"),
    )
    assert done.status == 0, done.text
    assert re.search(r"draft-reader +(\d+) of \1  grade location", done.text)


# In pieces it is given every case (see above), which takes less long.
@pytest.mark.parametrize("command", [""], indirect=True)
def test_it_agrees_about_single_edits(command: list[str]) -> None:
    surveyed(command, "--grade", "location")


def test_what_it_does_not_claim(adapter: Adapter) -> None:
    assert asked(adapter, "file-name", run_id="x")["type"] == "unsupported"


def reference(data: bytes) -> Response:
    """What the reference says, in the words of an adapter."""
    try:
        return {"type": "ok", "record": to_json(rckp.decode(data))}
    except rckp.DecodeError as error:
        places = {"offset": error.offset, "wanted": error.wanted, "available": error.available}
        known = {name: str(value) for name, value in places.items() if value is not None}
        return {"type": "error", "code": error.code, "field": error.field, **known}


@settings(
    max_examples=60,
    deadline=None,
    # The adapter keeps no state between requests, so it may serve all examples.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(record=records(), data=st.data())
def test_it_agrees_on_what_was_damaged(
    adapter: Adapter, record: rckp.CheckpointRecord, data: st.DataObject
) -> None:
    encoded = rckp.encode(record)
    at = data.draw(st.integers(0, len(encoded)))
    removed = data.draw(st.sampled_from([0, 1, 4, len(encoded)]))
    put = data.draw(st.binary(max_size=4) | st.sampled_from([b"\xff" * 4, b"\xed\xa0\x80", b"\2"]))
    damaged = encoded[:at] + put + encoded[at + removed :]
    assert asked(adapter, "decode", bytes=damaged.hex()) == reference(damaged)


def test_the_layout_is_derived() -> None:
    layout = grammar_to_layout.layout()
    fields = tuple(
        field._replace(name=field.name.replace("run_id", "id_of_run"), parts=(Part(INTEGER, 2),))
        for field in layout.fields
    )
    vocabulary, required = codes.vocabulary(ROOT), requirements.extract(chapters.read(ROOT))
    text = javascript.render(
        Layout("X", fields),
        *(vocabulary, required, foreign.signatures(ROOT), grammar_to_layout.next_layout()),
    )
    assert '"name": "id_of_run"' in text
    assert text.count('"parts": [{"role": "integer", "size": 2}]') == len(fields)
    # Once, in the draft layout.
    assert text.count('"name": "run_id"') == 1


def test_the_programs_know_no_field_by_its_name() -> None:
    """Only warnings and payloads depend on the meaning of fields."""
    directory = ROOT / "docs/inspector"
    derived = {"layout.js", "samples.js"}
    programs = {path for path in directory.glob("*.js") if path.name not in derived}
    names = {field.name for field in grammar_to_layout.layout().fields} - {MAGIC, STATUS, END}
    knowing = {path.name for path in programs if any(n in path.read_text() for n in names)}
    assert len(programs) >= 5
    assert len(names) >= 10
    assert knowing == {"findings.js", "page.js", "payload.js"}
