"""The mutants of independent implementations: each is noticed by the check that is named for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conformance.tests.corpus import corpus
from conformance.tests.tools import need
from conformance.tools.implementation_mutation import fresh
from conformance.tools.implementation_mutation.mistakes import MISTAKES
from conformance.tools.implementation_mutation.mutant import Cases, Crash, Permitted
from conformance.tools.implementation_mutation.trial import (
    IMPLEMENTATIONS,
    ROOT,
    Implementation,
    changed_files,
    failed_cases,
    is_noticed,
    run_trial,
)
from conformance.tools.mutation.trial import roles
from rckp.conformance.crash import ptrace
from rckp.conformance.crash.faults import KINDS
from rckp.conformance.crash.scenarios import load_scenarios
from rckp.conformance.suite import Suite

REQUIREMENTS = ROOT / "spec/requirements.json"
BY_ID = {each.id: each for each in MISTAKES}
HOW = {"cc": "`apt-get install gcc make libc6-dev`", "go": "https://go.dev/dl"}
ALL = [
    pytest.param(number, mistake, id=f"{implementation.name}-{mistake}")
    for number, implementation in enumerate(IMPLEMENTATIONS)
    for mistake in implementation.mutants
]


def test_every_mistake_is_made_in_two_implementations() -> None:
    assert len(BY_ID) == len(MISTAKES)
    for implementation in IMPLEMENTATIONS:
        assert list(implementation.mutants) == list(BY_ID), implementation.name
    assert len(IMPLEMENTATIONS) >= 2


def test_every_mutant_fits_the_source() -> None:
    """All of them, in memory: each text to replace is in the source exactly once."""
    for implementation in IMPLEMENTATIONS:
        for mistake, mutant in implementation.mutants.items():
            try:
                files = changed_files(implementation, mutant)
            except ValueError as error:
                pytest.fail(f"{implementation.name}: {mistake}: {error}")
            assert files, mistake


def test_fresh_sets_are_complete() -> None:
    requirements = {each["id"] for each in json.loads(REQUIREMENTS.read_text())["requirements"]}
    for each in fresh.load():
        assert len(each.mutants) == 60, each.implementation
        assert len({mutant.mistake for mutant in each.mutants}) == 60
        for mutant in each.mutants:
            assert {mutant.at_first, mutant.now} <= {"", *fresh.STEPS}, mutant.mistake
            assert bool(mutant.now) == bool(mutant.check) != bool(mutant.reason), mutant.mistake
            assert mutant.now or not mutant.at_first, mutant.mistake
            assert mutant.requirement in requirements, mutant.mistake


def test_the_share_of_a_fresh_set() -> None:
    mutants = (
        fresh.FreshMutant("a", "SAFE-1", "run", "run", "x/y", ""),
        fresh.FreshMutant("b", "SAFE-2", "", "company", "crash/z", ""),
        fresh.FreshMutant("c", "SAFE-3", "", "", "", "it cannot"),
    )
    text = fresh.section([fresh.FreshSet("C", "who", mutants)], str.lower)
    assert "| C | 3 | 1 (33%) | 2 (67%) | 1 | 0 | 0 | 1 |" in text
    assert "| C | b | safe-2 | noticed by `crash/z` |" in text
    assert "| C | c | safe-3 | not noticed: it cannot |" in text
    assert "| C | a |" not in text


def test_what_notices_a_mutant_exists() -> None:
    scenarios = {each.name for each in load_scenarios(Suite.locate())}
    for implementation in IMPLEMENTATIONS:
        for mistake, mutant in implementation.mutants.items():
            noticed = mutant.noticed
            assert isinstance(noticed, Permitted) == bool(BY_ID[mistake].permitted), mistake
            if isinstance(noticed, Cases):
                assert set(noticed.ids) <= set(corpus()), mistake
                cited = {r for id_ in noticed.ids for r in corpus()[id_].requirements}
                assert cited & set(BY_ID[mistake].requirements), mistake
            elif isinstance(noticed, Crash) or noticed.scenario:
                assert noticed.scenario in scenarios, mistake
                assert noticed.kind in KINDS, mistake


def test_every_requirement_of_a_mistake_is_one() -> None:
    for each in MISTAKES:
        assert set(each.requirements) <= set(roles()), each.id


def test_another_check_is_not_enough() -> None:
    expected = Crash("overwrite", "EIO", "fsync#|link")
    assert is_noticed(["crash/overwrite/EIO/fsync#2"], expected)
    assert is_noticed(["crash/overwrite/EIO/linkat#1"], expected)
    assert is_noticed(["crash/overwrite/order/undisturbed"], expected)
    assert not is_noticed(["crash/overwrite/EIO/write#1", "crash/sweep/EIO/fsync#2"], expected)
    assert not is_noticed([], expected)


def test_a_pattern_without_cases_is_an_error() -> None:
    with pytest.raises(ValueError, match="no case has an id like"):
        failed_cases(["true"], ["nothing/*"])


@pytest.mark.toolchain
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda each: each.name)
def test_without_a_change_nothing_fails(implementation: Implementation, tmp_path: Path) -> None:
    need(*implementation.programs, how=HOW[implementation.programs[0]])
    source = ROOT / "conformance/implementations" / implementation.directory
    adapter = implementation.build(shutil.copytree(source, tmp_path / "source"))
    ids = [m.noticed.ids for m in implementation.mutants.values() if isinstance(m.noticed, Cases)]
    assert failed_cases([str(adapter)], [each for some in ids for each in some]) == []


@pytest.mark.toolchain
@pytest.mark.slow
@pytest.mark.parametrize(("number", "mistake"), ALL)
def test_a_mutant_is_noticed(number: int, mistake: str) -> None:
    implementation = IMPLEMENTATIONS[number]
    need(*implementation.programs, how=HOW[implementation.programs[0]])
    if isinstance(implementation.mutants[mistake].noticed, Crash) and ptrace.unsupported_reason():
        pytest.skip(ptrace.unsupported_reason())
    assert run_trial(number, mistake).wrong == ""
