"""The mutants: the cases still kill each, and the page and the table are up to date."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

import pytest

from conformance.tests.corpus import ROOT, checks, corpus
from conformance.tools.mutation import table
from conformance.tools.mutation.catalogue import MUTANTS
from conformance.tools.mutation.mutant import Change, Mutant, apply, mutant
from conformance.tools.mutation.trial import BY_HAND, Kills, mutated_copy, trial
from rckp.conformance.suite import Suite

BY_ID = {each.id: each for each in MUTANTS}
ROWS: dict[str, dict[str, Any]] = {row["id"]: row for row in table.load()["mutants"]}
SAMPLED = 6  # one mutant in so many is run here, all with RCKP_EVERY_MUTANT=1


def sample() -> list[Mutant]:
    step = 1 if os.environ.get("RCKP_EVERY_MUTANT") == "1" else SAMPLED
    return [each for each in MUTANTS if not each.survives][::step]


def trial_again(tried: Mutant) -> Kills:
    return trial(tried, elsewhere=False, only=ROWS[tried.id]["first"])


def test_the_table_is_that_of_the_catalogue() -> None:
    assert list(ROWS) == list(BY_ID)
    assert table.inconsistencies(list(ROWS.values())) == []
    ids = {each + suffix for each in corpus() for suffix in ("", ":encode")}
    assert {case for row in ROWS.values() for case in row["first"]} <= ids


def test_the_table_was_made_with_the_present_suite() -> None:
    assert table.load()["suite_sha256"] == Suite.locate().sha256


def test_the_page_is_that_of_the_table() -> None:
    assert table.PAGE.read_text("utf-8") == table.render(table.load())


def test_every_must_has_a_mutant() -> None:
    assert table.requirements_without_mutant() == []
    covered = {requirement for each in MUTANTS for requirement in each.requirements}
    assert covered & set(table.NO_MUTANT) == set()


@cache
def source_of(module: str) -> str:
    path = ROOT / "src/rckp" / module
    if not path.exists():  # a module that only the mutated copies have
        path = ROOT / "conformance/tools/mutation" / path.name
    return path.read_text("utf-8")


def test_every_mutant_fits_the_source() -> None:
    """The text to replace is in the source, and the result compiles. This runs in memory."""
    for tried in MUTANTS:
        changed: dict[str, str] = {}
        for change in (*(BY_HAND if tried.by_hand else ()), *tried.changes):
            text = changed.get(change.module) or source_of(change.module)
            try:
                changed[change.module] = apply(text, change)
            except ValueError as error:
                pytest.fail(f"{tried.id}: {error}")
        assert changed, tried.id
        for module, text in changed.items():
            if module.endswith(".py"):
                compile(text, f"{tried.id}: {module}", "exec", dont_inherit=True)


def test_a_mutated_copy_is_a_whole_package() -> None:
    with mutated_copy(MUTANTS[0]) as source:
        assert (source / "rckp/__init__.py").is_file()


def test_a_change_that_does_not_fit_is_refused() -> None:
    assert apply("a b a", Change("-", "a", "c", 2)) == "c b c"
    for change in (Change("-", "a", "c"), Change("-", "x", "c"), Change("-", "b", "b")):
        with pytest.raises(ValueError, match="times"):
            apply("a b a", change)


@pytest.mark.parametrize("by_hand", [False, True])
def test_no_case_fails_without_a_mutant(by_hand: bool) -> None:
    kills = trial(mutant("nothing", "DEC-1 ENC-1", "-", by_hand=by_hand), elsewhere=False)
    assert kills.asked == sum(
        check.class_ in ("reader", "writer") and "hostile" not in check.tags for check in checks()
    )
    assert kills.ids == []


@pytest.mark.slow
def test_the_mutants_are_noticed_by_the_cases_of_the_table() -> None:
    chosen = sample()
    assert chosen
    with ProcessPoolExecutor(2) as pool:
        for tried, kills in zip(chosen, pool.map(trial_again, chosen), strict=True):
            assert kills.ids == ROWS[tried.id]["first"], tried.id
