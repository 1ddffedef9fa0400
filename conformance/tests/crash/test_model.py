"""The model of the write protocol: its results are up to date, and the stores follow it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.tests.crash.protocols import VARIANTS
from conformance.tests.tools import need, require, with_tests_importable
from conformance.tools.model import __main__ as tool
from conformance.tools.model import replay
from conformance.tools.model.checker import MODEL, ROOT, ModelError, check
from conformance.tools.model.configurations import (
    CONFIGURATIONS,
    DEADLOCK,
    MUTANTS,
    PROMISES,
    Mutant,
    requirement,
)
from rckp.conformance.crash.ptrace import unsupported_reason

REFERENCE = (sys.executable, "-P", "-m", "rckp.conformance.reference")
WRONG = (sys.executable, "-P", "-m", "conformance.tools.power_cut.wrong")
# Of the wrong protocols, those that are right while no call fails.
ONLY_IF_A_CALL_FAILS = {
    "flushed again after a failure",
    "one call to write, unchecked",
    "errors of writing ignored",
}


@pytest.fixture
def spin() -> None:
    need("spin", "cc", how="`apt-get install spin gcc`")


@pytest.fixture
def traced(spin: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("PYTHONPATH", with_tests_importable()["PYTHONPATH"])
    reason = unsupported_reason()
    require(not reason, reason or "")


def test_the_results_are_of_this_model() -> None:
    results = json.loads(tool.RESULTS.read_text("utf-8"))
    assert results["model"] == hashlib.sha256(MODEL.read_bytes()).hexdigest()
    assert results["promises"] == PROMISES
    assert list(results["configurations"]) == [each.name for each in CONFIGURATIONS]
    for each in CONFIGURATIONS:
        kept = results["configurations"][each.name]
        assert (kept["options"], kept["broken"]) == (each.options, list(each.broken))
    assert list(results["mutants"]) == [each.name for each in MUTANTS]


def test_every_promise_is_about_a_requirement_and_can_be_broken() -> None:
    listed = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    known = {each["id"] for each in listed}
    assert {requirement(promise) for promise in PROMISES} <= known
    assert {mutant.promise for mutant in MUTANTS} == set(PROMISES)


def test_the_model_has_every_promise_and_mutant() -> None:
    text = MODEL.read_text("utf-8")
    names = set(re.findall(r"^#define (\w+) +\d+", text, re.MULTILINE))
    assert {*PROMISES} - {DEADLOCK} <= names
    listed = text.partition("/* ---- Mutants")[2].partition("/* ---- Events")[0]
    found = re.findall(r"^#define (\w+) +\d+", listed, re.MULTILINE)
    assert sorted(found) == sorted(each.name for each in MUTANTS)


@pytest.mark.toolchain
@pytest.mark.usefixtures("spin")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_breaks_its_promise(mutant: Mutant) -> None:
    options = mutant.options | {"MUTANT": mutant.name}
    assert check(options, [mutant.promise], quick=True).broken == mutant.promise


@pytest.mark.toolchain
@pytest.mark.usefixtures("spin")
def test_a_search_that_is_cut_off_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.tools.model.checker._DEPTH", 100)
    with pytest.raises(ModelError, match="not complete"):
        check({}, PROMISES, quick=True)


@pytest.mark.toolchain
@pytest.mark.slow
@pytest.mark.usefixtures("spin")
def test_the_small_searches_have_their_results(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are searched by `nox -s model -- --check`, which takes 90 seconds."""
    assert tool.main(["--check", "--max-states", "200000"]) == 0
    said = capsys.readouterr().err
    assert said.count(" all hold") >= 7
    kept = json.loads(tool.RESULTS.read_text("utf-8"))
    kept["configurations"]["no lock, slow writers"]["states"] -= 1
    monkeypatch.setattr(tool, "_kept", lambda: kept)
    assert tool.main(["--check", "--max-states", "75000"]) == 1
    assert "stale: spec/model/results.json" in capsys.readouterr().err


def refused(words: Sequence[str], *, failures: bool) -> list[str]:
    recorded = replay.record(words, failures=failures)
    assert len(recorded) > (200 if failures else 9)
    return [str(each) for each in replay.replay(recorded)]


@pytest.mark.toolchain
@pytest.mark.usefixtures("traced")
def test_the_model_makes_the_calls_of_the_reference() -> None:
    assert refused(REFERENCE, failures=True) == []


@pytest.mark.toolchain
@pytest.mark.usefixtures("traced")
def test_the_model_makes_the_calls_of_the_store_in_c(c_adapter: Path) -> None:
    assert refused([str(c_adapter)], failures=True) == []


@pytest.mark.toolchain
@pytest.mark.slow
@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_wrong_protocol_is_refused(variant: str) -> None:
    found = refused([*WRONG, variant], failures=variant in ONLY_IF_A_CALL_FAILS)
    assert found
    assert all("the model cannot take" in each for each in found)


@pytest.mark.toolchain
@pytest.mark.usefixtures("traced")
def test_a_refusal_names_the_first_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main(["--", *WRONG, "file not flushed"]) == 1
    line = next(each for each in capsys.readouterr().out.splitlines() if "overwrite" in each)
    assert line.startswith("overwrite: the model cannot take renameat#1(")
    assert line.endswith(" after above, lock, create, write.")
