"""Power cuts on ext4, XFS and btrfs: a fixed selection; `conformance.tools.power_cut` does more."""

from __future__ import annotations

import json
import sys

import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.crash.power import trees_by_step
from conformance.tests.crash.scenarios import SCENARIOS, SCOPE, Tree
from conformance.tests.crash.test_power_cut import CAUGHT, RECORDED
from conformance.tests.crash.tracing import Bench
from conformance.tests.crash.tracing import Task as Traced
from conformance.tests.tools import require
from conformance.tools.power_cut import campaign, renew, scenarios
from conformance.tools.power_cut.__main__ import main
from conformance.tools.power_cut.campaign import Found
from conformance.tools.power_cut.file_systems import FILE_SYSTEMS
from conformance.tools.power_cut.recorder import Record, Write
from conformance.tools.power_cut.states import BLOCK, Blocks, Entry, states
from conformance.tools.power_cut.trial import Task

PYTHON = [sys.executable, "-P", "-m", "rckp.conformance.reference"]
WRONG = [sys.executable, "-m", "conformance.tools.power_cut.wrong"]
# Files that only one of the two kinds of tests puts beside the checkpoint.
NOT_COMPARED = {*scenarios.OTHERS, "other.ckpt"}


@pytest.fixture(scope="session")
def real() -> None:
    """What these tests need. Programs can be installed, but a container may have no devices."""
    names = list(FILE_SYSTEMS)
    program = campaign.missing_program(names)
    require(not program, program)
    if reason := campaign.missing_device(names):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def found(real: None) -> list[Found]:  # noqa: ARG001
    """The results of the Python reference."""
    return campaign.run_all(campaign.tasks(FILE_SYSTEMS, quick=True), PYTHON, lambda _: None)


@pytest.mark.parametrize("file_system", FILE_SYSTEMS)
def test_nothing_is_lost(found: list[Found], file_system: str) -> None:
    own = [each for each in found if each.task.file_system == file_system]
    assert {each.task.scenario for each in own} == set(scenarios.SCENARIOS)
    assert [text for each in own for text in each.outcome.examples] == []
    assert all(each.outcome.states > 20 for each in own)


def test_the_model_knows_every_state(found: list[Found], bench: Bench) -> None:
    """The model of the fast tests is at least as harsh as the file systems."""
    names = list(scenarios.SCENARIOS)
    model: dict[str, dict[int, list[Tree]]] = {}
    for ending in bench.undisturbed([Traced(name) for name in names], *RECORDED):
        name = ending.task.scenario
        made = f"base/{SCOPE}" if "directories made" in name else ""
        trees = trees_by_step(ending.calls, str(ending.root), SCENARIOS[name].trees[0], made)
        model[name] = {step: list(map(compared, each)) for step, each in trees.items()}
    unknown = [
        (each.task, responses, sorted(tree))
        for each in found
        for responses, tree in each.outcome.trees
        if compared(tree) not in model[each.task.scenario][responses]
    ]
    assert unknown == []


def compared(tree: Tree) -> Tree:
    return {name: data for name, data in tree.items() if name not in NOT_COMPARED}


# Those that lose something on each file system without another program that flushes, and where.
# `renew` runs all of them.
CONTROLS = {
    "file not flushed": "first write",
    "directory not flushed": "overwrite",
    "directory flushed before publishing": "two writes",
}


@pytest.mark.parametrize("variant", CONTROLS)
@pytest.mark.usefixtures("real")
def test_a_wrong_protocol_loses_something(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    tasks = [Task(name, CONTROLS[variant], False, 2) for name in FILE_SYSTEMS]
    lost = campaign.run_all(tasks, [*WRONG, variant], lambda _: None)
    assert all(each.outcome.violations for each in lost)


def entries(*records: Record) -> list[Entry]:
    return [Entry(each, int(number >= 3)) for number, each in enumerate(records)]


def test_the_states_of_a_log() -> None:
    """Flushed writes are on the disk, others may be, and a write may be torn."""
    first, second, third = (Write(n * BLOCK, bytes([n + 1]) * BLOCK) for n in range(3))
    log = entries(first, None, second, third)
    base: Blocks = {}
    seen = [(set(each.blocks), each.responses, each.torn) for each in states(base, log, 1, 16)]
    whole = {(tuple(sorted(blocks)), responses) for blocks, responses, torn in seen if not torn}
    assert whole == {((), 0), ((0,), 0), ((0,), 1), ((0, 1), 1), ((0, 2), 1), ((0, 1, 2), 1)}
    torn = [each for each in states(base, log, 1, 16) if each.torn]
    assert torn[0].blocks[0] == bytes([1]) * 512 + bytes(BLOCK - 512)
    assert {state.digest() for state in torn} == {state.digest() for state in torn[:6]}


def test_a_state_that_equals_another_has_its_digest() -> None:
    base = {0: b"x" * BLOCK}
    log = entries(Write(0, b"y" * 512), Write(0, b"x" * 512))
    *_, prefix = [each for each in states(base, log, 0, 16) if each.what.startswith("the first 2")]
    assert prefix.blocks == {}


def test_the_command_says_why_it_cannot_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(campaign, "missing_program", lambda _: "")
    assert main(["--quick", "--", "true"]) == 2
    assert capsys.readouterr().err == "Only root can mount file systems.\n"


def test_the_page_has_the_figures() -> None:
    results = json.loads(renew.RESULTS.read_text("utf-8"))
    assert renew.page(results) == renew.PAGE.read_text("utf-8")
    assert set(results["implementations"]) == set(renew.STORES)
    assert set(CAUGHT) <= set(results["controls"])
