"""The built site and a browser, once for all tests of it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.tests.shared import shared
from conformance.tests.site.browser import Visit, chromium, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[3]
RUN = "from rckp.cli import main; main()"
ARCHIVE = "docs/rckp-suite.tar.bz2"  # not in the repository, but on the site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for module in ("mkdocs", "material"):
        if importlib.util.find_spec(module) is None:
            reason = f"{module} is missing: pip install -e '.[docs]'"
            if os.environ.get("RCKP_REQUIRE_ALL") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
    return shared(tmp_path_factory, "site", build)


def build(site: Path) -> None:
    for command in (
        ["-c", RUN, "conformance", "export", ARCHIVE],
        ["-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
    ):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session", params=["http", "file"])
def root(site: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the site: from a server, and from the disk."""
    if request.param == "file":
        yield site.as_uri() + "/"
    else:
        with served(site) as address:
            yield address


SCREEN = {"width": 1280, "height": 900}


@pytest.fixture
def visit(browser: Browser, root: str) -> Iterator[Visit]:
    with visiting(browser, root, viewport=SCREEN) as started:
        yield started


@pytest.fixture
def searching(browser: Browser, root: str) -> Iterator[Visit]:
    """As `visit`, with the search."""
    with visiting(browser, root, searching=True, viewport=SCREEN) as started:
        yield started
