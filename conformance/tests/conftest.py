"""What holds for all tests."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from conformance.tests.corpus import ROOT
from conformance.tests.shared import shared
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

_ROOM = 4 << 30  # bytes


def _work_in_memory() -> None:
    """Let the full run make its files in a file system in memory, if it is like a disk.

    Thousands are created and removed. ext4 then takes up to a millisecond for each new one, since
    it does not use the place of a removed file again for some seconds.
    """
    if not EVERYTHING or "TMPDIR" in os.environ:
        return
    from conformance.tools.bench.machine import in_memory  # only the full run takes it

    place = in_memory(_ROOM)
    if place is None or os.statvfs(place).f_flag & (os.ST_NOEXEC | os.ST_NODEV | os.ST_NOSUID):
        return
    directory = tempfile.mkdtemp(prefix="rckp-tests-", dir=place)
    os.chmod(directory, 0o755)  # noqa: S103 - some tests run a program of it as another user
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["TMPDIR"] = tempfile.tempdir = directory  # the workers inherit it


_work_in_memory()

# Optimising the programs in Rust takes longer than running them. All else is as in a release.
os.environ.setdefault("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")

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
    "catalogue/test_writing.py",
    "format/test_bucket.py",
    "format/test_cli.py",
    "format/test_dask.py",
    "format/test_decode_and_encode.py",
    "format/test_differential.py",
    "format/test_many.py",
    "format/test_parallel_command.py",
    "format/test_remote.py",
    "format/test_worker_pool.py",
    "store/test_commands.py",
    "store/test_descriptors.py",
    "store/test_killed_runs.py",
    "store/test_model.py",
    "store/test_notebook.py",
    "store/test_optimisers.py",
    "store/test_run.py",
    "store/test_run_surroundings.py",
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
    "attack/test_hostile_adapters.py::test_hostile_arguments",
    "attack/test_hostile_adapters.py::test_the_locale",
    "attack/test_json_input.py::test_refused",
    "attack/test_json_output.py::test_commands_on_a_file",
    "attack/test_output_files.py::test_a_full_disk_leaves_nothing",
    "attack/test_results_files.py::test_malformed_results_get_one_sentence",
    "attack/test_unreadable_checkpoint.py",
    "attack/test_whole_file.py::test_a_valid_file_that_does_not_fit",
    "catalogue/test_bucket.py",
    "catalogue/test_parquet.py::test_the_number_of_processes",
    "catalogue/test_writing.py::test_ctrl_c",
    "catalogue/test_writing.py::test_standard_output",
    "catalogue/test_writing.py::test_what_may_not_be_read",
    "crash/test_company.py",
    "crash/test_crash_command.py::test_the_results_are_the_same_every_time",
    "crash/test_errors.py",
    "crash/test_kill.py::test_killed_before_every_system_call",
    "crash/test_model.py::test_a_mutant_breaks_its_promise",
    "crash/test_model.py::test_the_model_makes",
    "crash/test_real_file_systems.py",
    "format/test_cli.py::test_inspect_shows_everything_before_the_break",
    "format/test_dask.py",
    "format/test_derived.py::test_the_codec_is_derived_without",
    "format/test_differential.py::test_many_inputs",
    "format/test_go.py",
    "format/test_javascript.py::test_it_agrees_about_single_edits",
    "format/test_javascript.py::test_it_agrees_at_grade_location[1]",
    "format/test_javascript.py::test_it_agrees_at_grade_location[5]",
    "format/test_kaitai.py",
    "format/test_kaitai_next.py",
    "format/test_next_layout.py::test_decode_and_encode",
    "format/test_next_layout.py::test_inspect",
    "format/test_next_layout.py::test_the_layouts_of_april",
    "format/test_parallel_command.py",
    "payload/test_convert.py::test_a_million",
    "payload/test_difference.py::test_memory_does_not_grow_with_the_number_of_values",
    "payload/test_next_payload.py::test_memory_is_bounded_by_the_size",
    "payload/test_roma_runs.py",
    "site/test_api.py",
    "site/test_browser.py::test_a_link_leads",
    "site/test_browser.py::test_every_anchor_holds",
    "site/test_browser.py::test_nothing_stands_in_the_way[api",
    "site/test_browser.py::test_nothing_stands_in_the_way[downloads",
    "site/test_browser.py::test_nothing_stands_in_the_way[errors",
    "site/test_browser.py::test_nothing_stands_in_the_way[evidence",
    "site/test_browser.py::test_nothing_stands_in_the_way[matrix",
    "site/test_browser.py::test_nothing_stands_in_the_way[spec",
    "site/test_browser.py::test_nothing_stands_in_the_way[ten-minutes",
    "site/test_browser.py::test_nothing_stands_in_the_way[validate",
    "site/test_browser.py::test_search_finds_by_other",
    "site/test_browser.py::test_search_stumbles_over_no_requirement",
    "site/test_clipping.py",
    "site/test_downloads.py",
    "site/test_inspector_cases.py::test_every_golden_file",
    "site/test_single_page.py::test_it_can_be_printed",
    "site/test_requirements.py::test_no_sentence_of_the_chapters_can_require_without_an_id",
    "store/test_descriptors.py",
    "store/test_roma.py",
    "suite/test_adapters.py::test_a_broken_adapter_gets_one_sentence",
    "suite/test_adapters.py::test_grades",
    "suite/test_adequacy.py::test_no_case_fails_without",
    "suite/test_bench.py",
    "suite/test_c.py",
    "suite/test_conformance_reports.py::test_junit",
    "suite/test_java.py",
    "suite/test_mutation.py::test_every_mutant",
    "suite/test_one_shot.py",
    "suite/test_package.py",
    "suite/test_perl.py::test_it_agrees",
    "suite/test_rust.py::test_it_agrees",
    "suite/test_single_edit.py::test_the_author_would",
    "suite/test_single_edit.py::test_a_difference_is_told_and_may_be_known",
    "suite/test_single_edit.py::test_the_command",
)


@pytest.fixture(scope="session")
def derived_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each file that `rckp.derive` generates, by its path from the root."""

    def make(directory: Path) -> None:
        from rckp.derive.outputs import outputs  # no other test takes it

        (directory / "files.json").write_text(json.dumps(outputs(ROOT)), "utf-8")

    files = shared(tmp_path_factory, "derived-files", make) / "files.json"
    found: dict[str, str] = json.loads(files.read_text("utf-8"))
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Two workers for each processor: many tests wait for other processes, and for time-outs."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Skip slow tests, unless all tests run or tests are selected by hand."""
    chosen = config.option.markexpr or any("::" in str(each) for each in config.args)
    if not EVERYTHING and not chosen:
        config.option.markexpr = "not slow"


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked slow
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that take a browser, and quick tests. Sort slow tests first."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        module = item.path.relative_to(HERE).as_posix()
        if f"{module}::{item.name}".startswith(_FULL_ONLY):
            item.add_marker("slow")
        marks = {mark.name for mark in item.iter_markers()}
        if not module.startswith(_NOT_QUICK) and not marks & {"slow", "toolchain", "system"}:
            item.add_marker("quick")
    items.sort(key=_when)


def _when(item: pytest.Item) -> tuple[bool, bool]:
    """Long tests come first, so that none is left to one worker; those in a browser come last.

    A browser stays open, with an event loop that runs in the thread of the tests.
    """
    is_short = item.get_closest_marker("slow") is None
    return item.get_closest_marker("browser") is not None, is_short
