"""Who chooses: a rule, a person at a terminal, or nobody."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.examples import IDENTITY, record
from rckp.store.selection import WHITE_SPACE, NamedRun, age, latest, parse_choice


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    store = rckp.CheckpointStore(tmp_path / "base", durability="none")
    for number in (1, 2, 3):
        store.write(record(f"x-{number}", f"iter={number}\x1b[2J" + "é" * 200, at=number))
    return store


def test_a_rule_chooses(store: rckp.CheckpointStore) -> None:
    assert run_id(store.select_resume(IDENTITY, choose=latest)) == "x-3"
    assert run_id(store.select_resume(IDENTITY, choose=lambda entries: entries[1])) == "x-2"
    assert store.select_resume(IDENTITY, choose=lambda _: None) is None
    by_id = NamedRun("x-1", str(store.base_dir))
    assert run_id(store.select_resume(IDENTITY, choose=by_id)) == "x-1"


def run_id(found: rckp.CheckpointRecord | None) -> str | None:
    return found and found.run_id


def test_a_rule_that_answers_with_something_else_is_refused(store: rckp.CheckpointStore) -> None:
    other = rckp.CheckpointEntry(Path("other"), record("y"))
    with pytest.raises(rckp.SelectionError) as caught:
        store.select_resume(IDENTITY, choose=lambda _: other)
    assert (caught.value.code, caught.value.path) == ("not-offered", "other")
    with pytest.raises(rckp.SelectionError, match="no-such-run"):
        store.select_resume(IDENTITY, choose=NamedRun("y", "base"))


def test_a_rule_is_not_asked_about_one(store: rckp.CheckpointStore) -> None:
    for path in list(store.files())[1:]:
        store.delete_on_success(path)

    def never(_: object) -> None:
        raise AssertionError

    assert run_id(store.select_resume(IDENTITY, choose=never)) == "x-1"


def test_a_listing_that_fails_names_the_base_and_the_cause(tmp_path: Path) -> None:
    with pytest.raises(rckp.SelectionError) as caught:
        rckp.CheckpointStore(tmp_path / "no").select_resume(IDENTITY)
    assert caught.value.code == "listing-failed"
    assert str(tmp_path / "no") in str(caught.value)
    assert "does not exist" in str(caught.value)
    assert isinstance(caught.value.__cause__, rckp.StoreError)


ASK = """
import sys, rckp
store = rckp.CheckpointStore(sys.argv[1])
try:
    found = store.select_resume(rckp.Identity("HC", "p=1", "TSP", "n=4"))
    print(found and found.run_id)
except rckp.SelectionError as error:
    print(error.code, error.action)
"""


def ask(store: rckp.CheckpointStore, answer: bytes, *, screen: bool = True) -> tuple[str, str]:
    """What is printed, and what the person sees, who types the answer at a terminal."""
    person, program = pty.openpty()
    try:
        os.write(person, answer)
        child = subprocess.run(
            [sys.executable, "-c", ASK, store.base_dir],
            stdin=program,
            stdout=subprocess.PIPE,
            stderr=program if screen else subprocess.DEVNULL,
            check=False,
            timeout=60,
            env={**os.environ, "COLUMNS": "100", "TERM": "xterm"},
        )
        assert child.returncode == 0
        os.set_blocking(person, False)
        seen = b""
        try:
            while piece := os.read(person, 65536):
                seen += piece
        except BlockingIOError:
            pass
    finally:
        os.close(person)
        os.close(program)
    return child.stdout.decode().strip(), seen.decode()


def test_a_person_is_shown_a_table_and_chooses(store: rckp.CheckpointStore) -> None:
    printed, seen = ask(store, b"2\n")
    assert printed == "x-2"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen)
    for number in (1, 2, 3):
        assert re.search(rf"│ +{number} │ \d+ days ago │ 00:00:01 │ running │ x-{number}", plain)
    assert re.search(r"│ +0 │.*a new run", plain)
    assert plain.index("x-1") < plain.index("x-2") < plain.index("x-3")
    assert "\x1b[2J" not in seen, "a payload must not command the terminal"
    assert "iter=1\\x1b[2J" in plain
    shown = plain.count("é") / 3
    assert shown == 80 - len("iter=1\x1b[2J")


@pytest.mark.parametrize(
    ("answer", "printed"),
    [
        (b"0\n", "None"),
        (b"\x04", "invalid-index"),
        (b"4\n", "index-out-of-range"),
        (b"one\n", "invalid-index"),
    ],
)
def test_a_persons_other_answers(store: rckp.CheckpointStore, answer: bytes, printed: str) -> None:
    assert ask(store, answer)[0].split(" ")[0] == printed


def test_without_a_terminal_nobody_is_asked(store: rckp.CheckpointStore) -> None:
    child = subprocess.run(
        [sys.executable, "-c", ASK, store.base_dir],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, action = child.stdout.strip().split(" ", 1)
    assert code == "choice-needed"
    assert "--latest" in action
    assert "--run-id" in action
    assert ask(store, b"1\n", screen=False)[0].split(" ")[0] == "choice-needed"


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_599_999, "59 min"),
        (3_600_000, "1 h 0 min"),
        (86_399_999, "23 h 59 min"),
        (86_400_000, "1 day"),
        (172_800_000, "2 days"),
    ],
)
def test_ages(ms: int, words: str) -> None:
    assert age(ms) == words


def test_the_white_space_of_the_text_is_what_is_trimmed() -> None:
    """Every code point: those that spec/selection.md lists are trimmed, and no other."""
    text = (Path(__file__).resolve().parents[3] / "spec/selection.md").read_text("utf-8")
    listed, _, others = text.partition("The code points with the property")[2].partition(". U+001C")
    spans = re.findall(r"U\+([0-9A-F]+)(?:\.\.U\+([0-9A-F]+))?", listed)
    points = {
        point for low, high in spans for point in range(int(low, 16), int(high or low, 16) + 1)
    }
    assert others
    assert len(points) == 25
    assert points == {ord(each) for each in WHITE_SPACE}
    for point in {*points, *range(0x20), 0x180E, 0x200B, 0x2060, 0xFEFF}:
        answer = f"{chr(point)}0{chr(point)}\n"
        if point in points:
            assert parse_choice([], "/b", answer) is None
        else:
            with pytest.raises(rckp.SelectionError) as caught:
                parse_choice([], "/b", answer)
            assert caught.value.code == "invalid-index"
