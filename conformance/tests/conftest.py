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

# Tests of these directories start many processes, or build something; none of them is quick.
_SLOW_DIRECTORIES = ("crash", "site")


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
        directory = item.path.relative_to(HERE).parts[0]
        marks = {mark.name for mark in item.iter_markers()}
        if directory not in _SLOW_DIRECTORIES and not marks & {"slow", "toolchain", "system"}:
            item.add_marker("quick")
