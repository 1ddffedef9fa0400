"""The weakenings: each is still noticed, and the page and the table are those of the catalogue."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from adequacy import table
from adequacy.catalogue import WEAKENINGS
from adequacy.trial import Kills, trial, weakened
from adequacy.weakening import Change, Weakening, apply, weakening

from rckp.suite.collection import Suite
from tests.corpus import corpus

BY_ID = {weak.id: weak for weak in WEAKENINGS}
ROWS: dict[str, dict[str, Any]] = {row["id"]: row for row in table.load()["weakenings"]}
SAMPLED = 6  # one weakening in so many is put to the test here, all with RCKP_EVERY_WEAKENING=1


def sample() -> list[Weakening]:
    step = 1 if os.environ.get("RCKP_EVERY_WEAKENING") == "1" else SAMPLED
    return [weak for weak in WEAKENINGS if not weak.survives][::step]


def asked_again(weak: Weakening) -> Kills:
    return trial(weak, elsewhere=False, only=ROWS[weak.id]["first"])


def test_the_table_is_that_of_the_catalogue() -> None:
    assert len(WEAKENINGS) > 500
    assert list(ROWS) == list(BY_ID)
    assert table.holes(list(ROWS.values())) == []
    ids = {each + suffix for each in corpus() for suffix in ("", ":encode")}
    assert {case for row in ROWS.values() for case in row["first"]} <= ids


def test_the_table_was_made_with_the_present_suite() -> None:
    assert table.load()["suite_sha256"] == Suite.found().sha256


def test_the_page_is_that_of_the_table() -> None:
    assert table.PAGE.read_text("utf-8") == table.render(table.load())


def test_every_must_is_weakened() -> None:
    assert table.unweakened() == []
    weak = {requirement for each in WEAKENINGS for requirement in each.requirements}
    assert weak & set(table.NO_WEAKENING) == set()


@pytest.mark.parametrize("weak", WEAKENINGS[::40], ids=lambda weak: weak.id)
def test_a_weakening_fits_the_source(weak: Weakening) -> None:
    with weakened(weak) as source:
        assert (source / "rckp/__init__.py").is_file()


def test_a_change_that_does_not_fit_is_refused() -> None:
    assert apply("a b a", Change("-", "a", "c", 2)) == "c b c"
    for change in (Change("-", "a", "c"), Change("-", "x", "c"), Change("-", "b", "b")):
        with pytest.raises(ValueError, match="times"):
            apply("a b a", change)


@pytest.mark.parametrize("by_hand", [False, True])
def test_unweakened_nothing_is_noticed(by_hand: bool) -> None:
    kills = trial(weakening("nothing", "DEC-1 ENC-1", "-", by_hand=by_hand), elsewhere=False)
    assert kills.asked > 500
    assert kills.ids == []


def test_the_weakenings_are_noticed_by_the_cases_of_the_table() -> None:
    chosen = sample()
    assert len(chosen) > 80
    with ProcessPoolExecutor(2) as pool:
        for weak, kills in zip(chosen, pool.map(asked_again, chosen), strict=True):
            assert kills.ids == ROWS[weak.id]["first"], weak.id
