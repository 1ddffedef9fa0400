"""`rckp diff`, run as people run it."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from conformance.tests.attack.test_json_output import loaded
from conformance.tests.command import CONTROL, rckp
from conformance.tests.corpus import FIXTURES, corpus, valid_files
from conformance.tests.examples import EXAMPLE
from rckp import encode
from rckp.cli import record_difference
from rckp.cli.file_errors import Source
from rckp.files.regular_file import SourceError
from rckp.format.record import CheckpointRecord

READER = FIXTURES / "cases/reader"
GOOD = READER / "full.ckpt"
CUT = READER / "truncated/step_state_payload/content-some.ckpt"


def written(path: Path, **changes: object) -> Path:
    record: CheckpointRecord = EXAMPLE._replace(**changes)  # type: ignore[arg-type]
    path.write_bytes(encode(record))
    return path


def test_exit_statuses(tmp_path: Path) -> None:
    a = written(tmp_path / "a.ckpt")
    b = written(tmp_path / "b.ckpt", random_seed=7)
    assert rckp("diff", a, a).status == 0
    assert rckp("diff", a, b).status == 1
    assert rckp("diff", a, tmp_path / "missing").status == 2
    assert rckp("diff", a, tmp_path).status == 2
    assert rckp("diff", a).status == 2
    assert rckp("diff", "-", "-").status == 2
    assert rckp("diff", a, "-", stdin=a.read_bytes()).status == 0
    assert rckp("diff", "-", a, stdin=b.read_bytes()).status == 1
    quiet = rckp("diff", "-q", a, b)
    assert (quiet.status, quiet.out) == (1, b"")


@pytest.mark.parametrize("case", valid_files()[::9], ids=lambda case: case.id)
def test_exactly_the_fields_that_differ(case: object) -> None:
    document = case.document  # type: ignore[attr-defined]
    path = case.path.parent / document["input"]["file"]  # type: ignore[attr-defined]
    ours, other = document["expect"]["record"], corpus()["reader/full"].expect["record"]
    result = rckp("diff", "--exact", "--format", "json", path, GOOD)
    found = loaded("diff", result.out)
    wanted = [name for name in ours if ours[name] != other[name]]
    assert [each["field"] for each in found["differences"]] == wanted
    assert found["equal"] is (not wanted)
    assert result.status == (1 if wanted else 0)
    text = rckp("diff", path, GOOD).text
    assert not CONTROL.search(text)
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith(("---", "+++")))


def test_each_field_in_turn(tmp_path: Path) -> None:
    a = written(tmp_path / "a.ckpt")
    for name, value in EXAMPLE._asdict().items():
        other = {"status": "failed"}.get(name) or (value + 1 if type(value) is int else "\x1b[2J")
        b = written(tmp_path / "b.ckpt", **{name: other})
        shown = rckp("diff", a, b)
        assert shown.status == 1
        assert shown.text.splitlines()[2].startswith(name)
        assert shown.text.splitlines()[-1] == "1 of 14 fields differs"
        assert not CONTROL.search(shown.text)


def test_numbers_written_differently(tmp_path: Path) -> None:
    a = written(tmp_path / "a.ckpt", step_state_payload="iter=1;temp=0.50")
    b = written(tmp_path / "b.ckpt", step_state_payload="iter=1;temp=0.5")
    result = rckp("diff", a, b)
    assert result.status == 0
    assert "same values, written differently" in result.text
    exact = rckp("diff", "--exact", a, b)
    assert exact.status == 1
    assert "(16 and 15 bytes" not in exact.text  # both are shown whole
    assert "- iter=1;temp=0.50\n" in exact.text


def test_an_invalid_file_is_compared_up_to_its_error() -> None:
    result = rckp("diff", "--format", "json", GOOD, CUT)
    found = loaded("diff", result.out)
    assert result.status == 1
    assert found["differences"] == []
    assert found["equal"] is False
    assert found["compared_fields"] == 9
    assert found["error_b"]["code"] == "truncated"
    assert "ends too early" in result.err
    assert rckp("diff", CUT, CUT).status == 1
    assert rckp("diff", GOOD, "-", stdin=b"PK\x03\x04").status == 1


def test_long_payloads_show_where_they_differ(tmp_path: Path) -> None:
    text = "ä" * 5000
    a = written(tmp_path / "a.ckpt", step_state_payload=text + "x" + text)
    b = written(tmp_path / "b.ckpt", step_state_payload=text + "y" + text)
    shown = rckp("diff", a, b).text
    assert "20,001 and 20,001 bytes, from byte 10,000 on" in shown
    assert "äxä" in shown
    assert "äyä" in shown
    items = ",".join(map(str, range(100_000)))
    a = written(tmp_path / "a.ckpt", step_state_payload=f"x={items}")
    b = written(tmp_path / "b.ckpt", step_state_payload=f"x={items.replace(',777,', ',0,')}")
    shown = rckp("diff", a, b).text
    assert "1 of 100,000 values differs" in shown
    assert "item 778: 777\n" in shown


def test_a_payload_that_is_too_long_to_compare_by_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_difference, "MAX_COMPARED", 10)
    a = written(tmp_path / "a.ckpt", step_state_payload="iter=1;temp=0.50")
    b = written(tmp_path / "b.ckpt", step_state_payload="iter=1;temp=0.5")
    with Source(str(a)) as of_a, Source(str(b)) as of_b:
        found = record_difference.compare_sources(of_a, of_b, exact=False, values=5, width=8)
    [payload] = found.fields
    assert payload.payload is None
    assert payload.first == 15
    assert payload.b.cut


def test_a_file_that_is_written_meanwhile(tmp_path: Path) -> None:
    path = written(tmp_path / "a.ckpt", step_state_payload="x" * (1 << 20))
    with Source(str(path)) as a, Source(str(path)) as b:
        written(path, step_state_payload="y" * 100)
        with pytest.raises(SourceError) as caught:
            record_difference.compare_sources(a, b, exact=False, values=5, width=80)
    assert caught.value.code == "changed-while-read"


def test_a_file_and_itself_while_a_program_saves(tmp_path: Path) -> None:
    """In place, as roma_lib writes: each answer is one of four, and none is a traceback."""
    path = written(tmp_path / "a.ckpt")
    stop = threading.Event()

    def save() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            written(path, step_state_payload=f"iter={number};x={'1,' * 20_000}")

    thread = threading.Thread(target=save)
    thread.start()
    try:
        for _ in range(8):
            result = rckp("diff", path, path)
            assert result.status in (0, 1, 2)
            if result.status == 0:
                assert "equal" in result.text
            if result.status == 2:
                assert "changed-while-read" in result.err
    finally:
        stop.set()
        thread.join()


def test_names_from_outside_are_escaped(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\x1b[31m.ckpt")
    a = written(tmp_path / name)
    b = written(tmp_path / "b.ckpt", step_state_payload="\x1b]0;x\x07=1", algorithm_name="\x9b")
    shown = rckp("diff", a, b)
    assert not CONTROL.search(shown.text)
    document = json.loads(rckp("diff", "--format", "json", a, b).out)
    assert bytes.fromhex(document["a_bytes"]) == os.fsencode(a)


def test_a_difference_after_escapes_is_shown(tmp_path: Path) -> None:
    """Escapes are longer than what they stand for: the common beginning must fit the line."""
    texts = ("\x01" * 60 + middle + "z" * 100 for middle in ("AAA", "BBB"))
    a, b = (
        written(tmp_path / f"{number}.ckpt", step_state_payload=text, algorithm_name="Own")
        for number, text in enumerate(texts)
    )
    shown = rckp("diff", a, b).text.splitlines()
    removed = [line for line in shown if line.startswith("- ")]
    assert any("AAAzz" in line for line in removed)
    assert any(line.startswith("+ ") and "BBBzz" in line for line in shown)
    assert max(len(line) for line in shown if line.startswith(("- ", "+ "))) <= 80
