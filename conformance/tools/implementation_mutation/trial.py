"""One mutant put to the test: a copy of the implementation with the mistake, and its checks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

from conformance.tools.implementation_mutation import c, go
from conformance.tools.implementation_mutation.mutant import Cases, Crash, Mutant, Permitted
from conformance.tools.mutation.mutant import apply
from rckp.conformance.adapter import Adapter
from rckp.conformance.checks import Check
from rckp.conformance.crash.runner import CrashRunner
from rckp.conformance.crash.scenarios import load_scenarios
from rckp.conformance.crash.traced_adapter import TracedAdapter
from rckp.conformance.runner import SuiteRunner
from rckp.conformance.suite import Suite

ROOT = Path(__file__).resolve().parents[3]
_TIMEOUT = 10.0  # seconds for an answer
_CRASH_TIMEOUT = 20.0


class Implementation(NamedTuple):
    """An implementation with mutants. `build` is given a copy, and returns the adapter."""

    name: str
    directory: str  # below conformance/implementations
    mutants: dict[str, Mutant]
    programs: tuple[str, ...]
    build: Callable[[Path], Path]


def _build_c(source: Path) -> Path:
    # Without optimisation, which takes most of the time; a mutant may leave a function unused.
    subprocess.run(["make", "-s", "CC=cc -w", "CFLAGS=-O0", "rckp-adapter"], cwd=source, check=True)
    return source / "rckp-adapter"


def _build_go(source: Path) -> Path:
    adapter = source / "rckp-adapter"
    # Without symbols, and with memory instead of time for what it has no more use for.
    words = ["go", "build", "-ldflags=-s -w", "-o", str(adapter), "./cmd/rckp-lines"]
    subprocess.run(words, cwd=source, check=True, env={**os.environ, "GOGC": "off"})
    return adapter


IMPLEMENTATIONS = (
    Implementation("C", "c", c.MUTANTS, ("cc", "make"), _build_c),
    Implementation("Go", "go", go.MUTANTS, ("go",), _build_go),
)


class Trial(NamedTuple):
    """What came of a mutant. `failed` are the ids of the checks that failed."""

    mistake: str
    implementation: str
    failed: tuple[str, ...]
    wrong: str  # why this is not what the catalogue says, or empty


def changed_files(implementation: Implementation, mutant: Mutant) -> dict[str, str]:
    """Return the new text of each file that the mutant changes.

    Raises `ValueError` if a change does not fit the source.
    """
    source = ROOT / "conformance/implementations" / implementation.directory
    files: dict[str, str] = {}
    for change in mutant.changes:
        text = files.get(change.module) or (source / change.module).read_text("utf-8")
        files[change.module] = apply(text, change)
    return files


@cache
def _prepared(name: str) -> tempfile.TemporaryDirectory[str]:
    """A built copy without a change, until the process ends: a mutant builds only what differs."""
    (implementation,) = (each for each in IMPLEMENTATIONS if each.name == name)
    directory = tempfile.TemporaryDirectory(prefix="rckp-unchanged-")
    source = ROOT / "conformance/implementations" / implementation.directory
    copy = Path(directory.name) / "source"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*_test.go", "rckp-adapter*"))
    implementation.build(copy)
    return directory


@contextmanager
def built(implementation: Implementation, mutant: Mutant) -> Iterator[list[str]]:
    """Build a mutant of an implementation; give the command that starts its adapter."""
    with tempfile.TemporaryDirectory(prefix="rckp-mutant-") as directory:
        copy = Path(directory) / "source"
        # The times of the files are copied as well, by which make decides what to build.
        shutil.copytree(Path(_prepared(implementation.name).name) / "source", copy)
        for name, text in changed_files(implementation, mutant).items():
            (copy / name).write_text(text, "utf-8")
        yield [str(implementation.build(copy))]


def run_trial(number: int, mistake: str) -> Trial:
    """Build the mutant of a mistake in an implementation, given by its number; run its checks."""
    implementation = IMPLEMENTATIONS[number]
    mutant = implementation.mutants[mistake]
    with built(implementation, mutant) as words:
        failed, wrong = _check(words, mutant.noticed)
    return Trial(mistake, implementation.name, tuple(failed), wrong)


def _check(words: Sequence[str], noticed: Cases | Crash | Permitted) -> tuple[list[str], str]:
    if isinstance(noticed, Cases):
        failed = failed_cases(words, noticed.ids)
        missing = [each for each in noticed.ids if each not in failed]
        return failed, f"{', '.join(missing)} passed" if missing else ""
    if isinstance(noticed, Crash):
        failed = violations(words, noticed)
        return failed, "" if is_noticed(failed, noticed) else f"no check {noticed} failed"
    failed = failed_cases(words, [noticed.pattern])
    if noticed.scenario:
        failed += violations(words, Crash(noticed.scenario, noticed.kind, ""))
    return failed, f"{failed[0]} failed" if failed else ""


@cache
def _suite() -> Suite:
    return Suite.locate()


@cache
def _checks() -> list[Check]:
    return _suite().checks()


def failed_cases(words: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return the ids of the cases that an adapter fails at grade location."""
    chosen = [
        each for each in _checks() if any(fnmatchcase(each.id, pattern) for pattern in patterns)
    ]
    if not chosen:
        raise ValueError(f"no case has an id like {', '.join(patterns)}")
    with SuiteRunner(lambda: Adapter(words, _TIMEOUT), "location", {}) as runner:
        results = list(runner.results(chosen))
    return [each.id for each in results if each.outcome not in ("pass", "unsupported")]


def violations(words: Sequence[str], chosen: Crash) -> list[str]:
    """Return the ids of such checks of `rckp conformance crash` that a store fails."""
    scenarios = {each.name: each for each in load_scenarios(_suite())}

    def start() -> TracedAdapter:
        return TracedAdapter(words, _CRASH_TIMEOUT)

    with CrashRunner(start, 1, (chosen.kind,), tuple(chosen.rest.split("|"))) as runner:
        outcomes = list(runner.outcomes([scenarios[chosen.scenario]]))
    if any(each.result.outcome not in ("pass", "fail") for each in outcomes):
        differences = outcomes[0].result.grading.differences
        raise ValueError(f"{chosen.scenario} cannot be tested: {differences}")
    return [each.check.id for each in outcomes if each.result.outcome == "fail"]


def is_noticed(failed: Sequence[str], noticed: Crash) -> bool:
    """Return whether one of the failed checks is such a check, or the request does not work."""
    starts = tuple(f"crash/{noticed.scenario}/{noticed.kind}/{r}" for r in noticed.rest.split("|"))
    starts += (f"crash/{noticed.scenario}/order/undisturbed",)
    return any(each.startswith(starts) for each in failed)
