"""The libmagic entry, with the program `file`."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import ROOT, corpus
from conformance.tests.tools import need
from rckp import strategies as ours
from rckp.derive import grammar_to_layout, magic

MAGIC = ROOT / "spec/rckp.magic"
DRAFT = grammar_to_layout.next_layout()


def file_says(data: bytes, *options: str) -> str:
    need("file", how="`apt-get install file`, or `brew install libmagic`")
    done = subprocess.run(
        ["file", "--brief", *options, "--magic-file", str(MAGIC), "-"],
        input=data,
        capture_output=True,
        env=os.environ | {"LC_ALL": "C"},  # whatever is not ASCII comes out in octal
        check=True,
        timeout=60,
    )
    assert not done.stderr
    return done.stdout.decode().rstrip("\n")


def test_magic_compiles_without_a_warning(tmp_path: Path) -> None:
    need("file", how="`apt-get install file`, or `brew install libmagic`")
    command = ["file", "--compile", "--magic-file", str(MAGIC)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    assert not done.stdout + done.stderr
    assert (tmp_path / "rckp.magic.mgc").is_file()


def test_the_draft_layout_has_the_same_entry() -> None:
    """What `file` shows of a checkpoint comes before the fields that differ."""
    assert magic.render(DRAFT._replace(name="RCKP")) == MAGIC.read_text("utf-8")


def test_magic_names_the_type() -> None:
    data = corpus()["reader/example"].data
    assert file_says(data, "--mime-type") == "application/x-rckp"
    assert file_says(data, "--extension") == "ckpt"
    assert "RCKP" not in file_says(b"PKCR" + data[4:])


RUN, NAME, WRITTEN = 'run "HC-7-00000000000000000000-1767225600000"', 'algorithm "HC"', 1767225600


def test_magic_says_of_each_truncation_what_is_whole() -> None:
    data = corpus()["reader/example"].data
    record = rckp.decode(data)
    run_stop = data.index(record.run_id.encode()) + len(record.run_id)
    name_stop = data.index(b"HC", run_stop) + 2
    date = datetime.fromtimestamp(WRITTEN, UTC).strftime("%a %b %e %H:%M:%S %Y UTC")
    for size in range(4, len(data) + 1):
        facts = [
            *([RUN] if size >= run_stop else []),
            *([NAME] if size >= name_stop else []),
            *([f"written {date}"] if size >= 12 else []),
        ]
        assert file_says(data[:size]) == ", ".join(["RCKP checkpoint", *facts])


@pytest.mark.parametrize(
    ("length", "at"),
    [(n, at) for n in (2**20, 2**31 - 1, 2**31, 2**32 - 16, 2**32 - 1) for at in ("run", "name")],
)
def test_magic_is_not_fooled_by_a_length(length: int, at: str) -> None:
    data = corpus()["reader/example"].data
    place = data.index(b"HC-7") - 4 if at == "run" else data.index(b"\x02\0\0\0HC")
    said = file_says(data[:place] + length.to_bytes(4, "little") + data[place + 4 :])
    assert (RUN in said, NAME in said) == (at == "name", False)
    assert said.startswith("RCKP checkpoint, ")


@settings(max_examples=60, deadline=None)
@given(ours.records(), st.data())
def test_magic_survives_anything(record: rckp.CheckpointRecord, data: st.DataObject) -> None:
    encoded = rckp.encode(record)
    size = data.draw(st.integers(4, len(encoded)))
    said = file_says(encoded[:size] + data.draw(st.binary(max_size=40)))
    assert said.startswith("RCKP checkpoint")
    assert said.isprintable()
    assert "Invalid" not in said
