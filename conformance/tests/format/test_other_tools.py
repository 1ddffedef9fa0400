"""Other programs with the descriptions in spec/: the stored verdicts, and new runs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import conformance.tools.other_tools.__main__ as other_tools
import rckp
from conformance.tests.corpus import FIXTURES, ROOT, corpus
from conformance.tests.format.single_edits import every_cut_and_byte
from conformance.tests.shared import cache
from conformance.tests.tools import need, require
from conformance.tools.other_tools import daffodil, inputs, pages, poke, recognisers, verdicts
from conformance.tools.other_tools.answers import (
    CODE,
    GRADES,
    LOCATION,
    NOT_ASKED,
    RECORD,
    VERDICT,
    Tool,
    accepts,
    grade,
    rejects,
)
from conformance.tools.other_tools.inputs import Error, Input

STORED = verdicts.load()
PAGE = ROOT / "docs" / pages.PAGE


def test_the_verdicts_and_the_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert other_tools.check() == 0, capsys.readouterr().err
    tools = [tool for _, names in other_tools.RUNS.values() for tool in names]
    assert list(STORED.tools) == tools


def test_every_file_has_a_verdict() -> None:
    cases = json.loads((FIXTURES / "draft/manifest.json").read_text("utf-8"))["sha256"]
    draft = {name for name in cases if name.endswith(".json")}
    readers = {case.id for case in corpus().values() if case.op == "decode"}
    real = [*(FIXTURES / "files/real").rglob("*.ckpt")]
    assert readers < STORED.codes.keys()
    assert len(STORED.codes) == len(readers) + len(draft) + len(real)
    assert {grade for row in STORED.grades.values() for grade in row.values()} <= {*GRADES}


@pytest.mark.parametrize("what", ["suite", "description", "page", "reason"])
def test_stale_verdicts_are_told(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = verdicts.STORED.read_text("utf-8")
    if what == "suite":
        text = text.replace(STORED.suites["manifest.json"], "0" * 64)
    elif what == "description":
        text = text.replace(verdicts.digest(ROOT / "spec/rckp.pk"), "0" * 64)
    elif what == "page":
        text = text.replace('"location"', '"code"')
    else:
        monkeypatch.setattr(verdicts, "LIMITS", {})
    stored = tmp_path / "verdicts.json"
    stored.write_text(text, "utf-8")
    verdicts_of = verdicts.load(stored)
    monkeypatch.setattr(verdicts, "load", lambda: verdicts_of)
    assert other_tools.check() == 1
    told = {"suite": "another suite", "description": "rckp.pk", "page": "other-tools.md"}
    assert told.get(what, "trailing-bytes") in capsys.readouterr().err


def test_stored_verdicts_are_read_as_written() -> None:
    assert verdicts.dump(STORED) == verdicts.STORED.read_text("utf-8")


def test_grades(tmp_path: Path) -> None:
    wanted = Error("truncated", "run_id", 12, 4, 1)
    invalid = Input("invalid", "released", tmp_path, wanted, None)
    valid = Input("valid", "released", tmp_path, None, (1, "a"))
    assert grade(invalid, rejects("", wanted)) == LOCATION
    assert grade(invalid, rejects("", wanted._replace(available=2))) == CODE
    assert grade(invalid, rejects("")) == VERDICT
    assert grade(invalid, accepts("")) == "wrong"
    assert grade(valid, rejects("")) == "wrong"
    assert grade(valid, accepts("")) == VERDICT
    assert grade(valid, accepts("", (1, "a"))) == "record"
    assert grade(valid, accepts("", (1, "b"))) == "wrong"


def same(name: str, tool: Tool) -> None:
    """The verdicts of a run are the stored ones; files that this run left out do not count."""
    for each in inputs.inputs():
        reached = grade(each, tool.answers[each.id])
        assert reached in (STORED.grades[each.id][name], NOT_ASKED), each.id


def damaged(directory: Path) -> list[Input]:
    """Every truncation of a small file, and every byte of it replaced by a few others."""
    found = []
    for number, data in enumerate(every_cut_and_byte(corpus()["reader/example"].data)):
        path = directory / f"{number}.ckpt"
        path.write_bytes(data)
        found.append(inputs.decoded(str(number), path))
    assert len(found) > 800
    return found


def long_strings(directory: Path) -> list[Input]:
    """Files with a content of more than a mebibyte: valid, malformed at the end, and truncated."""
    record = rckp.decode(corpus()["reader/example"].data)
    text = "\ufffd" + "abc-" * (3 << 17)
    data = rckp.encode(record._replace(step_state_payload=text))
    malformed = data.replace(b"abc-\0", b"abc\xff\0")
    assert malformed != data
    found = []
    for name, each in (("valid", data), ("malformed", malformed), ("truncated", data[:-30])):
        path = directory / f"long-{name}.ckpt"
        path.write_bytes(each)
        found.append(inputs.decoded(path.stem, path))
    return found


def examples(heading: str) -> list[list[tuple[str, str]]]:
    """The commands of each example below a heading of the page, with their output."""
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = [
        re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
        for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    ]
    assert found
    return found


def as_on_the_page(heading: str, directory: Path) -> None:
    """The examples below a heading print what the page says."""
    for name in ("docs", "fixtures", "spec"):
        (directory / name).symlink_to(ROOT / name)
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "HOME": str(directory), "PATH": programs, "TZ": "UTC"}
    environment.pop("XDG_DATA_HOME", None)
    for example in examples(heading):
        for command, output in example:
            done = subprocess.run(
                ["bash", "-c", command],
                env=environment, cwd=directory, capture_output=True, text=True,
                stdin=subprocess.DEVNULL, check=False, timeout=120,
            )  # fmt: skip
            assert done.stdout + done.stderr == output, command


@pytest.mark.toolchain
class TestPoke:
    """GNU poke."""

    @pytest.fixture(autouse=True)
    def program(self) -> None:
        need("poke", how=poke.NEEDED)

    @pytest.mark.slow
    def test_the_verdicts(self, tmp_path: Path) -> None:
        for name, tool in poke.run(inputs.inputs(), tmp_path, 1 << 14).items():
            same(name, tool)

    @pytest.mark.slow
    def test_single_edits(self, tmp_path: Path) -> None:
        files = damaged(tmp_path)
        tools = poke.run(files, tmp_path)
        assert {grade(each, tools["poke"].answers[each.id]) for each in files} <= {
            LOCATION,
            VERDICT,
        }

    def test_the_examples(self, tmp_path: Path) -> None:
        as_on_the_page("GNU poke", tmp_path)


@pytest.mark.toolchain
@pytest.mark.slow
class TestDaffodil:
    """Apache Daffodil."""

    @pytest.fixture
    def archives(self, pytestconfig: pytest.Config) -> Path:
        need(*daffodil.PROGRAMS, how=daffodil.NEEDED)
        with cache(pytestconfig, "daffodil") as directory:
            daffodil.fetch(directory)
            return directory

    def test_every_file(self, archives: Path, tmp_path: Path) -> None:
        """The stored verdicts, single edits of a small file, and long strings, in one process."""
        near, long = damaged(tmp_path), long_strings(tmp_path)
        tool = daffodil.run([*inputs.inputs(), *near, *long], archives)["daffodil"]
        same("daffodil", tool)
        assert {grade(each, tool.answers[each.id]) for each in near + long} == {LOCATION, RECORD}

    def test_the_examples(self, archives: Path, tmp_path: Path) -> None:
        (tmp_path / "daffodil").symlink_to(daffodil.fetch(archives))
        as_on_the_page("Apache Daffodil", tmp_path)


@pytest.mark.system
class TestRecognisers:
    """`file`, GLib and FIDO, which look only at the first bytes."""

    def test_file(self, tmp_path: Path) -> None:
        need("file", how=recognisers.FILE_NEEDED)
        same("file", recognisers.libmagic(inputs.inputs(), tmp_path)["file"])
        as_on_the_page("file", tmp_path)

    def test_mime_type(self, tmp_path: Path) -> None:
        need(*recognisers.MIME_PROGRAMS, how=recognisers.MIME_NEEDED)
        same("mime", recognisers.mime(inputs.inputs(), tmp_path / "data")["mime"])
        as_on_the_page("MIME type", tmp_path)

    @pytest.mark.slow
    def test_fido(self, tmp_path: Path) -> None:
        available = importlib.util.find_spec("fido") is not None
        require(available, f"FIDO not found: {recognisers.FIDO_NEEDED}")
        same("fido", recognisers.fido(inputs.inputs(), tmp_path)["fido"])
        as_on_the_page("FIDO", tmp_path)


def test_no_description_claims_the_extension() -> None:
    """Checkpoints of PyTorch and TensorFlow have the extension `.ckpt` too."""
    for name in ("rckp.mime.xml", "rckp.fido.xml"):
        assert "ckpt" not in (ROOT / "spec" / name).read_text("utf-8")
