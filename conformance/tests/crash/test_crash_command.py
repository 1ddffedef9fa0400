"""`rckp conformance crash`: right stores pass, and each wrong protocol is noticed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import ROOT
from conformance.tests.crash.protocols import VARIANTS
from conformance.tools.implementation_mutation.mutant import Crash
from conformance.tools.implementation_mutation.trial import is_noticed, violations
from rckp.conformance.crash import ptrace
from rckp.conformance.crash.faults import KINDS
from rckp.conformance.crash.oracle import Scene, Violation
from rckp.conformance.crash.runner import CrashRunner
from rckp.conformance.crash.scenarios import Scenario, load_scenarios
from rckp.conformance.crash.traced_adapter import Fault, TracedAdapter
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite

PYTHON = [sys.executable, "-P", "-m", "rckp.conformance.reference"]
WRONG = [sys.executable, "-m", "conformance.tools.power_cut.wrong"]
# The kind `company` has tests of its own, in test_company.py.
FAULTS = [word for kind in KINDS if kind != "company" for word in ("--kind", kind)]

# For each wrong protocol: the scenario, the kind of check that notices it, and a check that fails.
NOTICED = {
    "written in place": ("overwrite", "order", "published"),
    "published before it is filled": ("first-write", "order", "file-flushed"),
    "the old one removed first": ("overwrite", "order", "existing-file-kept"),
    "temporary names that end in .ckpt": ("overwrite", "kill", "linkat#1|renameat#1"),
    "nothing swept": ("sweep", "order", "swept"),
    "nothing kept aside": ("quarantine", "order", "undisturbed"),
    "kept aside by renaming": ("quarantine", "order", "quarantined"),
    "the first name not removed": ("first-write", "order", "undisturbed"),
    "collisions ignored": ("collision", "order", "undisturbed"),
    "nothing abandoned": ("overwrite", "EIO", "writev#1"),
    "file not flushed": ("overwrite", "order", "file-flushed"),
    "file flushed after publishing": ("overwrite", "order", "file-flushed"),
    "directory not flushed": ("overwrite", "order", "directory-flushed"),
    "directory flushed before publishing": ("overwrite", "order", "directory-flushed"),
    "parents not flushed": ("first-write", "order", "created-directories-flushed"),
    "flushed again after a failure": ("overwrite", "EIO", "fsync#"),
    "one call to write, unchecked": ("overwrite", "short", "writev#1"),
    "errors of writing ignored": ("overwrite", "ENOSPC", "writev#1"),
}


@pytest.fixture(autouse=True)
def traceable() -> None:
    reason = ptrace.unsupported_reason()
    if reason:
        pytest.skip(reason)


def test_every_wrong_protocol_has_a_check() -> None:
    assert NOTICED.keys() == VARIANTS.keys()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_wrong_protocol_is_noticed(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    expected = Crash(*NOTICED[variant])
    assert expected.kind in KINDS
    assert is_noticed(violations([*WRONG, variant], expected), expected)


@pytest.mark.toolchain
@pytest.mark.slow
def test_the_store_in_c_survives_everything(c_adapter: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    words = ("--results", results, "--", c_adapter)
    found = rckp("conformance", "crash", *FAULTS, *words)
    assert found.status == 0, found.text
    assert {each.outcome for each in load(results).results} == {"pass"}


@pytest.mark.slow
def test_the_reference_survives_everything() -> None:
    found = rckp("conformance", "crash", *FAULTS, "--grade", "location", "--", *PYTHON)
    assert found.status == 0, found.text
    assert "all as expected" in found.text


@pytest.mark.parametrize(
    "chosen",
    [
        "--scenario first-write --kind order --kind EIO",
        "--scenario collision --scenario delete --kind company",
    ],
)
def test_the_results_are_the_same_every_time(chosen: str, tmp_path: Path) -> None:
    written = []
    for number in range(2):
        results = tmp_path / f"{number}.jsonl"
        chosen_words = (*chosen.split(), "--results")
        found = rckp("conformance", "crash", *chosen_words, results, "--", *PYTHON)
        assert found.status == 0, found.text
        written.append(results.read_bytes())
    assert written[0] == written[1]


def test_a_part_of_the_checks() -> None:
    scenarios = [each for each in load_scenarios(Suite.locate()) if each.name == "overwrite"]
    rests = ("fsync#", "rename")
    with CrashRunner(lambda: TracedAdapter(PYTHON, 20.0), 1, ("EIO",), rests) as runner:
        made = [each.check.rest for each in runner.outcomes(scenarios)]
    assert made[0] == "undisturbed"
    assert {each.partition("#")[0] for each in made[1:]} == {"fsync", "renameat"}


def test_a_call_that_is_made_by_chance_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    act = CrashRunner._act
    made: list[str] = []

    def act_differently(
        runner: CrashRunner, scenario: Scenario, fault: Fault | None
    ) -> tuple[Scene, list[Violation]]:
        scene, violations = act(runner, scenario, fault)
        calls = scene.observation.calls
        if not made:
            made.append("once")
            last = next(call for call in reversed(calls) if call.name == "close")
            calls = [*calls, last._replace(at=99)]
        return scene._replace(observation=scene.observation._replace(calls=calls)), violations

    monkeypatch.setattr(CrashRunner, "_act", act_differently)
    scenarios = [each for each in load_scenarios(Suite.locate()) if each.name == "delete"]
    with CrashRunner(lambda: TracedAdapter(PYTHON, 20.0), 1, ("EIO",), ("close#",)) as runner:
        rests = [each.check.rest for each in runner.outcomes(scenarios)]
    assert made
    assert "close#1" in rests
    assert "close#99" not in rests


def test_known_failures_and_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    wrong = ("--", *WRONG, "directory not flushed")
    chosen = ("conformance", "crash", "--scenario", "overwrite", "--kind", "order")
    found = rckp(*chosen, "--junit", tmp_path / "junit.xml", *wrong)
    assert found.status == 1
    assert "overwrite: directory-flushed order (must)" in found.text, found.text
    assert "SAFE-11" in found.text
    assert "directory-flushed" in (tmp_path / "junit.xml").read_text()
    known = {"crash/overwrite/order/directory-flushed": "not done yet"}
    (tmp_path / "known.json").write_text(json.dumps(known))
    found = rckp(
        *chosen, "--known-failures", tmp_path / "known.json", "--claim", tmp_path / "claim", *wrong
    )
    assert found.status == 0, found.text
    claim = json.loads((tmp_path / "claim").read_text())
    assert claim["classes"]["store"]["known_failures"] == 1
    found = rckp(*chosen, "--known-failures", tmp_path / "known.json", "--", *PYTHON)
    assert found.status == 1  # it passes: the list is wrong


def test_an_adapter_that_cannot_be_tested(tmp_path: Path) -> None:
    found = rckp("conformance", "crash", "--", tmp_path / "missing")
    assert found.status == 2
    assert found.err.startswith("Error: Cannot start ")
    found = rckp("conformance", "crash", "--scenario", "nothing", "--", *PYTHON)
    assert (found.status, found.out) == (2, b"")
    assert "There is no scenario nothing" in found.err


def test_the_scenarios_of_an_exported_suite(tmp_path: Path) -> None:
    assert rckp("conformance", "export", tmp_path / "suite").status == 0
    given = ("--suite", tmp_path / "suite", "--scenario", "delete", "--kind", "order")
    found = rckp("conformance", "crash", *given, "--", *PYTHON)
    assert found.status == 0, found.err
    (tmp_path / "suite/fixtures/crash/delete.json").write_text("{}")
    found = rckp("conformance", "crash", *given, "--", *PYTHON)
    assert found.status == 2
    assert "fixtures/crash/delete.json" in found.err


def test_the_calls_of_a_request() -> None:
    found = rckp("conformance", "crash", "--calls", "--scenario", "overwrite", "--", *PYTHON)
    assert found.status == 0, found.err
    calls = [line.split() for line in found.text.splitlines()[1:] if line]
    names = [each[0].partition("#")[0] for each in calls]
    assert names.index("flock") < names.index("renameat") < len(names)
    assert ["fsync", "scope"] in [[name, each[-1]] for name, each in zip(names, calls, strict=True)]


def test_another_system_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "need Linux" in ptrace.unsupported_reason()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ptrace, "MACHINE", "riscv64")
    assert "riscv64" in ptrace.unsupported_reason()
