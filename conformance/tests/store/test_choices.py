"""The rules of a choice: answers, order, ages, and terminals."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.store.examples import record
from conformance.tests.store.model import timestamp
from rckp.store import selection
from rckp.store.selection import WHITE_SPACE, in_order, latest, parse_choice, prompt, resolve_choice


def entry(run_id: str, path: str = "a.ckpt", payload: str = "p") -> rckp.CheckpointEntry:
    return rckp.CheckpointEntry(Path(path), record(run_id, payload, at=1000))


ENTRIES = [entry("x-1"), entry("x-2"), entry("x-3")]


@pytest.mark.parametrize("space", ["", *WHITE_SPACE, WHITE_SPACE])
@pytest.mark.parametrize(
    ("answer", "index"),
    [("0", 0), ("1", 1), ("+3", 3), ("0" * 30 + "2", 2), ("+0", 0), ("000", 0)],
)
def test_answers_that_name_an_entry(space: str, answer: str, index: int) -> None:
    expected = ENTRIES[index - 1] if index else None
    assert parse_choice(ENTRIES, "base", space + answer + space) is expected


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("4", "index-out-of-range"),
        (str((1 << 64) - 1), "index-out-of-range"),
        ("10000000000000000000", "index-out-of-range"),
        (str(1 << 64), "invalid-index"),
        ("99999999999999999999", "invalid-index"),
        ("1" * 21, "invalid-index"),
        ("9" * 5000, "invalid-index"),
        *((answer, "invalid-index") for answer in ("", "+", "++1", "-1", "1.0", "1 2", "0x1", "x")),
        *((answer, "invalid-index") for answer in ("\u0663", "\u00b2", "1_0", "\x1c1", "1\x1f")),
    ],
)
def test_answers_that_name_none(answer: str, code: str) -> None:
    with pytest.raises(rckp.SelectionError) as caught:
        parse_choice(ENTRIES, "base", answer)
    assert (caught.value.code, caught.value.path) == (code, "base")
    if code == "index-out-of-range":
        assert caught.value.details == {"index": int(answer)}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["x-1", "x-2", "y-2", "x-02", "x", "é-2", "\uffff-2", "😀-2", "a-10"]),
            st.sampled_from(
                ["a/b.ckpt", "a.ckpt", "a-/b.ckpt", "é.ckpt", "\uffff", "😀", "\udcff"]
            ),
        ),
        max_size=8,
    )
)
def test_the_order_is_that_of_the_rules(pairs: list[tuple[str, str]]) -> None:
    entries = [entry(run_id, path) for run_id, path in pairs]

    def by_the_rules(each: rckp.CheckpointEntry) -> object:
        run_id = each.record.run_id
        path = [os.fsencode(part) for part in each.path.parts]
        return timestamp(run_id) or 0, run_id.encode(), path

    assert in_order(entries) == sorted(entries, key=by_the_rules)  # type: ignore[arg-type]


def test_a_day_is_full_before_it_counts() -> None:
    assert selection.age(2 * 86_400_000 - 1) == "1 day"
    assert selection.age(30 * 86_400_000 - 1) == "29 days"


def test_who_is_asked_depends_on_how_many_there_are() -> None:
    offered: list[object] = []

    def last(entries: object) -> rckp.CheckpointEntry:
        offered.append(entries)
        return ENTRIES[-1]

    assert resolve_choice([], "base", None) is resolve_choice([], "base", last) is None
    assert (
        resolve_choice(ENTRIES[:1], "base", None)
        is resolve_choice(ENTRIES[:1], "base", last)
        is ENTRIES[0]
    )
    assert offered == []
    assert resolve_choice(ENTRIES[1:], "base", last) is ENTRIES[2]
    assert resolve_choice(ENTRIES, "base", last) is ENTRIES[2]
    assert offered == [ENTRIES[1:], ENTRIES]
    assert resolve_choice(ENTRIES, "base", lambda _: entry("x-2")) == ENTRIES[1]
    assert latest([]) is None
    assert latest(ENTRIES[:2]) is ENTRIES[1]
    for wrong, path in ((entry("x-4", "other"), "other"), ("x-2", "base")):
        with pytest.raises(rckp.SelectionError) as caught:
            resolve_choice(ENTRIES, "base", lambda _, wrong=wrong: wrong)  # type: ignore[misc]
        assert (caught.value.code, caught.value.path) == ("not-offered", path)


def test_one_run_is_wanted_and_no_other() -> None:
    twice = [entry("x-1", "a"), entry("x-1", "b"), entry("x-2")]
    assert resolve_choice(twice, "base", selection.NamedRun("x-1", "here")) is twice[1]
    for entries in ([], ENTRIES[:1], ENTRIES):
        with pytest.raises(rckp.SelectionError) as caught:
            resolve_choice(entries, "base", selection.NamedRun("x-9", "here"))
        assert (caught.value.code, caught.value.path) == ("no-such-run", "here")
        assert caught.value.details == {"run_id": "x-9"}


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Failing(io.StringIO):
    def isatty(self) -> bool:
        raise ValueError("closed")


@pytest.mark.parametrize("other", [None, object(), io.StringIO(), Failing()], ids=type)
def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch, other: object) -> None:
    for streams in ((other, Terminal()), (Terminal("1\n"), other), (other, other)):
        with monkeypatch.context() as patch, pytest.raises(rckp.SelectionError) as caught:
            patch.setattr(sys, "stdin", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            prompt(ENTRIES, "base")
        assert (caught.value.code, caught.value.path) == ("choice-needed", "base")
        assert caught.value.details == {"number": 3}


def test_a_person_is_asked_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = entry("Q" * 90, payload="Z" * 90)
    old = rckp.CheckpointEntry(Path("b"), record("old-1", at=0)._replace(elapsed_millis=61_000))
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("2\n3\n"))
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr("time.time_ns", lambda: 7_200_000 * 1_000_000)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert prompt([old, long], "base") is long
    text = shown.getvalue()
    assert text.endswith("Resume which? ")
    rows = [[cell.strip() for cell in line.split("│")] for line in text.splitlines()]
    cells = [row[1:6] for row in rows if len(row) > 5]
    assert "written" in text
    assert cells[0] == ["1", "2 h 0 min ago", "00:01:01", "running", "old-1"]
    assert cells[2][:2] == ["2", "1 h 59 min ago"]
    assert [cells[-1][0], cells[-1][4]] == ["0", "a new run"]
    assert 79 <= text.count("Q") == text.count("Z") <= 80
    assert capsys.readouterr().out == ""


def test_an_answer_that_is_not_text_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = io.TextIOWrapper(io.BytesIO(b"\xe9\n"), encoding="utf-8", errors="strict")
    monkeypatch.setattr(sys, "stdin", answer)
    monkeypatch.setattr(selection, "is_terminal", lambda _: True)
    monkeypatch.setattr(selection, "_show", lambda _: None)
    with pytest.raises(rckp.SelectionError) as caught:
        selection.prompt([], "base")
    assert caught.value.code == "invalid-index"
