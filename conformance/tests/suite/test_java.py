"""The implementation in Java, a clean-room implementation (docs/clean-room.md)."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.tests import implementations
from conformance.tests.adapter import agrees, surveyed
from conformance.tests.corpus import ROOT, corpus
from rckp.conformance.adapter import Adapter

pytestmark = pytest.mark.toolchain

SOURCE = ROOT / "conformance/implementations/java"
KNOWN = SOURCE / "known-failures.json"
LEFT_OVER = "store/write/sweep/left-over"


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return implementations.command(tmp_path_factory, "java")


@pytest.fixture
def adapter(command: list[str]) -> Iterator[Adapter]:
    with Adapter(command, 60) as running:
        yield running


def written(adapter: Adapter, base: Path) -> Path:
    """The file that it writes for the record of the example."""
    record = corpus()[LEFT_OVER].document["input"]["record"]
    request = {"type": "run", "id": "x", "op": "write", "base": os.fsencode(base).hex()}
    response = adapter.send(request | {"record": record})
    assert response["type"] == "ok"
    return Path(os.fsdecode(bytes.fromhex(response["path"])))


def test_it_agrees_at_grade_location(command: list[str], tmp_path: Path) -> None:
    found = agrees(command, tmp_path, "--grade", "location", "--known-failures", KNOWN)
    assert found.implementation.language == "Java"
    others = {each.id: each.outcome for each in found.results if each.outcome != "pass"}
    assert others == {LEFT_OVER: "expected-fail"}
    assert list(json.loads(KNOWN.read_text("utf-8"))) == [LEFT_OVER]
    surveyed(command, "--grade", "location")


def test_without_a_lock_it_sweeps_only_what_is_old(adapter: Adapter, tmp_path: Path) -> None:
    """Nor what has the form of another program's, however old."""
    scope = written(adapter, tmp_path).parent
    old, not_ours = scope / ".rckp-0123456789abcdef.tmp", scope / ".rckp-0123456789ABCDEF.tmp"
    fresh = scope / ".rckp-0123456789abcde0.tmp"
    for each in (old, not_ours, fresh):
        each.touch()
    for each in (old, not_ours):
        os.utime(each, (0, 0))
    written(adapter, tmp_path)
    assert [each.exists() for each in (old, not_ours, fresh)] == [False, True, True]


def test_what_is_in_the_way_keeps_its_bits_and_lends_none(adapter: Adapter, tmp_path: Path) -> None:
    path = written(adapter, tmp_path)
    as_new = path.stat().st_mode
    path.write_bytes(b"no checkpoint")
    path.chmod(0o600)
    assert written(adapter, tmp_path) == path
    (kept,) = (each for each in path.parent.iterdir() if each != path)
    assert kept.read_bytes() == b"no checkpoint"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mode == as_new


def test_run_ids_count_from_zero(command: list[str], tmp_path: Path) -> None:
    """No request of the suite asks for a run id (RUN-1, RUN-2)."""
    program = tmp_path / "Ids.java"
    ids = 'rckp.RunId.generate("HC") + "\\n" + rckp.RunId.generate("HC")'
    main = f"public static void main(String[] none) {{ System.out.println({ids}); }}"
    program.write_text(f"class Ids {{ {main} }}", "utf-8")
    java = ["java", "-cp", str(Path(command[0]).with_name("classes")), str(program)]
    first, second = subprocess.run(java, check=True, capture_output=True, text=True).stdout.split()
    found = re.fullmatch(r"HC-([1-9][0-9]*)-0{20}-[1-9][0-9]{12}", first)
    assert found is not None
    assert re.fullmatch(rf"HC-{found[1]}-0{{19}}1-[1-9][0-9]{{12}}", second)
