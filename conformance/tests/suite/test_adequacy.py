"""The mutants: each is still noticed, and the page and the table are those of the catalogue."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

import pytest

from conformance.tests.corpus import ROOT, corpus
from conformance.tools.mutation import table
from conformance.tools.mutation.catalogue import MUTANTS
from conformance.tools.mutation.mutant import Change, Mutant, apply, mutant
from conformance.tools.mutation.trial import BY_HAND, Kills, trial, weakened
from rckp.conformance.suite import Suite

BY_ID = {weak.id: weak for weak in MUTANTS}
ROWS: dict[str, dict[str, Any]] = {row["id"]: row for row in table.load()["mutants"]}
SAMPLED = 6  # one mutant in so many is put to the test here, all with RCKP_EVERY_WEAKENING=1


def sample() -> list[Mutant]:
    step = 1 if os.environ.get("RCKP_EVERY_WEAKENING") == "1" else SAMPLED
    return [weak for weak in MUTANTS if not weak.survives][::step]


def asked_again(weak: Mutant) -> Kills:
    return trial(weak, elsewhere=False, only=ROWS[weak.id]["first"])


def test_the_table_is_that_of_the_catalogue() -> None:
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
    weak = {requirement for each in MUTANTS for requirement in each.requirements}
    assert weak & set(table.NO_MUTANT) == set()


@cache
def source_of(module: str) -> str:
    path = ROOT / "src/rckp" / module
    if not path.exists():  # a module that only the mutated copies have
        path = ROOT / "conformance/tools/mutation" / path.name
    return path.read_text("utf-8")


def test_every_mutant_fits_the_source() -> None:
    """All of them, in memory: the text to replace is in the source, and the result compiles."""
    for weak in MUTANTS:
        changed: dict[str, str] = {}
        for change in (*(BY_HAND if weak.by_hand else ()), *weak.changes):
            text = changed.get(change.module) or source_of(change.module)
            try:
                changed[change.module] = apply(text, change)
            except ValueError as error:
                pytest.fail(f"{weak.id}: {error}")
        assert changed, weak.id
        for module, text in changed.items():
            if module.endswith(".py"):
                compile(text, f"{weak.id}: {module}", "exec", dont_inherit=True)


def test_a_weakened_copy_is_a_whole_package() -> None:
    with weakened(MUTANTS[0]) as source:
        assert (source / "rckp/__init__.py").is_file()


def test_a_change_that_does_not_fit_is_refused() -> None:
    assert apply("a b a", Change("-", "a", "c", 2)) == "c b c"
    for change in (Change("-", "a", "c"), Change("-", "x", "c"), Change("-", "b", "b")):
        with pytest.raises(ValueError, match="times"):
            apply("a b a", change)


@pytest.mark.parametrize("by_hand", [False, True])
def test_unweakened_nothing_is_noticed(by_hand: bool) -> None:
    kills = trial(mutant("nothing", "DEC-1 ENC-1", "-", by_hand=by_hand), elsewhere=False)
    assert kills.asked == sum(
        check.class_ in ("reader", "writer") and "hostile" not in check.tags
        for check in Suite.found().checks()
    )
    assert kills.ids == []


@pytest.mark.slow
def test_the_mutants_are_noticed_by_the_cases_of_the_table() -> None:
    chosen = sample()
    assert chosen
    with ProcessPoolExecutor(2) as pool:
        for weak, kills in zip(chosen, pool.map(asked_again, chosen), strict=True):
            assert kills.ids == ROWS[weak.id]["first"], weak.id
