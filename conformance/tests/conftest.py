"""What holds for all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from conformance.tests.tools import EVERYTHING

HERE = Path(__file__).resolve().parent

# A shell that starts the tests in the background lets them ignore Ctrl-C, and `nohup` lets them
# ignore SIGHUP. Their children inherit that, and some tests are about nothing else.
for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (getattr(signal, "SIGHUP", None), signal.SIG_DFL),
    (getattr(signal, "SIGQUIT", None), signal.SIG_DFL),
    (signal.SIGTERM, signal.SIG_DFL),
):
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

# The machine decides how long an example takes, so no test fails for that. In CI the examples
# are the same each time; elsewhere new ones are tried.
settings.register_profile("rckp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("rckp-ci", settings.get_profile("rckp"), derandomize=True)
settings.load_profile("rckp-ci" if EVERYTHING else "rckp")

# Tests of these directories and modules start many processes, or build something: none is quick.
_NOT_QUICK = (
    "attack",
    "crash",
    "site",
    "format/test_cli.py",
    "format/test_dask.py",
    "format/test_decode_and_encode.py",
    "format/test_differential.py",
    "format/test_many.py",
    "format/test_parallel_command.py",
    "format/test_worker_pool.py",
    "store/test_commands.py",
    "store/test_descriptors.py",
    "store/test_killed_runs.py",
    "store/test_model.py",
    "store/test_run.py",
    "store/test_storm.py",
    "suite/test_adapters.py",
    "suite/test_adequacy.py",
    "suite/test_bench.py",
    "suite/test_adapter_messages.py",
    "suite/test_compact_results.py",
    "suite/test_conformance.py",
    "suite/test_conformance_reports.py",
    "suite/test_mutation.py",
    "suite/test_one_shot.py",
    "suite/test_single_edit.py",
    "suite/test_package.py",
)

# Tests that take long and show again what others show: only the full run has them, as README.md
# says. What is slow in part is marked at the test.
_FULL_ONLY = (
    "attack/test_bounded_reading.py",
    "crash/test_errors.py::test_every_system_call_fails[error=EIO]",
    "crash/test_errors.py::test_interrupted_before_every_system_call",
    "format/test_javascript.py::test_it_agrees_about_single_edits",
    "site/test_browser.py::test_every_anchor_holds",
    "site/test_browser.py::test_search_stumbles_over_no_requirement",
    "site/test_clipping.py",
    "site/test_inspector_cases.py::test_every_golden_file",
    "store/test_descriptors.py",
    "store/test_roma.py::test_the_benchmark_times_what_the_crate_does",
    "suite/test_bench.py",
    "suite/test_java.py::test_it_agrees",
    "suite/test_mutation.py::test_every_mutant",
    "suite/test_single_edit.py::test_a_difference_is_told_and_may_be_known",
    "suite/test_single_edit.py::test_the_command",
    "suite/test_perl.py::test_it_agrees",
    "suite/test_rust.py::test_it_agrees",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Three workers for two processors: many tests wait for other processes, and for time-outs."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return max(2, (os.cpu_count() or 1) * 3 // 2)


def pytest_configure(config: pytest.Config) -> None:
    """Skip slow tests, unless all tests run or tests are selected by hand."""
    chosen = config.option.markexpr or any("::" in str(each) for each in config.args)
    if not EVERYTHING and not chosen:
        config.option.markexpr = "not slow"


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked slow
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes a browser, and as quick what takes neither that nor other programs."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        module = item.path.relative_to(HERE).as_posix()
        if f"{module}::{item.name}".startswith(_FULL_ONLY):
            item.add_marker("slow")
        marks = {mark.name for mark in item.iter_markers()}
        if not module.startswith(_NOT_QUICK) and not marks & {"slow", "toolchain", "system"}:
            item.add_marker("quick")
