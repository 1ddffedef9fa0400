"""The implementation in Go, written from the chapters alone, against every case.

It was the first clean-room test of the specification (docs/clean-room.md), and agrees at
grade location.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rckp.suite.cases import Case
from tests.adapter import Adapter, running
from tests.corpus import ROOT, cases, label
from tests.tools import need

FOLDER = ROOT / "conformance/adapters/go"


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapter]:
    need("go", how="Go 1.22 or later, from Debian's golang packages or from go.dev")
    program = Path(tmp_path_factory.mktemp("go")) / "rckp-lines"
    subprocess.run(["go", "build", "-o", program, "./cmd/rckp-lines"], cwd=FOLDER, check=True)
    with running([str(program)]) as running_adapter:
        yield running_adapter


def test_what_it_claims(adapter: Adapter) -> None:
    hello = adapter.ask({"type": "hello"})
    assert (hello["language"], hello["classes"]) == ("Go", ["reader", "writer"])


@pytest.mark.parametrize("case", cases("decode", "reader"), ids=label)
def test_decode(adapter: Adapter, case: Case) -> None:
    answer = adapter.ask({"type": "run", "id": case.id, "op": "decode", "bytes": case.data.hex()})
    assert (answer.pop("type"), answer.pop("id")) == (
        "error" if "error" in case.expect else "ok",
        case.id,
    )
    assert answer == case.expect.get("error", {"record": case.expect.get("record")})


@pytest.mark.parametrize("case", cases("decode", "writer"), ids=label)
def test_exact_encoding(adapter: Adapter, case: Case) -> None:
    record = case.expect["record"]
    answer = adapter.ask({"type": "run", "id": case.id, "op": "encode", "record": record})
    assert answer == {"type": "ok", "id": case.id, "bytes": case.data.hex()}


@pytest.mark.parametrize("case", cases("encode", "writer"), ids=label)
def test_refused(adapter: Adapter, case: Case) -> None:
    record = case.document["input"]["record"]
    answer = adapter.ask({"type": "run", "id": case.id, "op": "encode", "record": record})
    assert answer == {"type": "error", "id": case.id, **case.expect["error"]}


def test_its_own_tests() -> None:
    need("go", how="Go 1.22 or later, from Debian's golang packages or from go.dev")
    for command in (["go", "vet", "./..."], ["go", "test", "-short", "./..."]):
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
