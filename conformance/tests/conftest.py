"""What holds for all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).resolve().parent
EVERYTHING = os.environ.get("RCKP_REQUIRE_ALL") == "1"

# A shell that starts the tests in the background lets them ignore Ctrl-C, and their children
# inherit that; some tests are about nothing else.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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
    "format/test_differential.py",
    "format/test_many.py",
    "store/test_commands.py",
    "store/test_descriptors.py",
    "store/test_model.py",
    "store/test_run.py",
    "store/test_storm.py",
    "suite/test_adapters.py",
    "suite/test_adequacy.py",
    "suite/test_bench.py",
    "suite/test_conformance.py",
    "suite/test_mutation.py",
    "suite/test_neighbourhood.py",
    "suite/test_package.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what is marked slow, unless all is wanted or something is chosen by hand."""
    chosen = config.option.markexpr or any("::" in str(each) for each in config.args)
    if not EVERYTHING and not chosen:
        config.option.markexpr = "not slow"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes a browser, and as quick what takes neither that nor other programs."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        module = item.path.relative_to(HERE).as_posix()
        marks = {mark.name for mark in item.iter_markers()}
        if not module.startswith(_NOT_QUICK) and not marks & {"slow", "toolchain", "system"}:
            item.add_marker("quick")
