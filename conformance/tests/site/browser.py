"""A real browser for the tests of the site: Debian's Chromium, driven by Playwright.

A page that writes to the console, throws, or asks for anything outside the site fails its test.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.tests.tools import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request

CHROMIUM = "`apt-get install chromium`"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # What a page asks for is a fault, and does not leave the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# In place of the worker that makes the index of the search, which a page starts at once and which
# takes more time than the page itself. From a disk, the theme makes the index in another way.
NO_INDEX = """const Threads = Worker;
window.Worker = function (address, options) {
  if (!/\\/workers\\/search\\./.test(address)) return new Threads(address, options);
  return Object.assign(new EventTarget(), { postMessage() {}, terminate() {} });
};"""
WITHIN = 15_000  # ms that anything on a page may take

# Three frames in a row in which nothing moves: what a frame changes may start a transition in
# the next. A frame is awaited with a limit, because a page that is not drawn has no frames.
STILL = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame += 1) {
    await new Promise((resume) => {
      requestAnimationFrame(resume);
      setTimeout(resume, 100);
    });
    if (document.getAnimations().length > 0) return false;
  }
  return document.readyState === 'complete';
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. Skips, or fails in CI, where it or Playwright is missing."""
    need("chromium", how=CHROMIUM)
    if importlib.util.find_spec("playwright") is None:
        reason = "playwright is missing: pip install -e '.[test]'"
        if os.environ.get("RCKP_REQUIRE_ALL") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Playwright leaves futures with an exception that nobody asks for. asyncio would log it when
    # they are collected, and format its traceback: in the midst of anything else, such as the
    # parsing of a module, which CPython 3.11 cannot do within itself.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    with sync_playwright() as playwright:
        # The same without windows, menus and extensions, which takes a quarter less time.
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until the fonts are loaded and no animation or transition is running or pending.

    Call it before anything is measured: a colour or a place that is still changing is neither
    the old one nor the new one.
    """
    wait_until(page, STILL)


def wait_until(page: Page, condition: str) -> None:
    """Waits until a condition in JavaScript holds; `wait_for_function` needs `unsafe-eval`."""
    deadline = time.monotonic() + 4 * WITHIN / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


def eventually(found: Callable[[], object], wanted: object) -> None:
    """Assert that `found` returns a value, after the page has been drawn."""
    deadline = time.monotonic() + WITHIN / 1000
    while (last := found()) != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    assert last == wanted


def headline(page: Page, name: str) -> str:
    """The verdict on the file of this name, once it is there."""
    page.locator(".rckp-name", has_text=name).wait_for()
    page.locator("#rckp-inspector[aria-busy=false]").wait_for()
    settle(page)
    return page.locator(".rckp-headline").inner_text()


def search(page: Page, query: str) -> Locator:
    """Return the links that the search of a page finds.

    The first word is typed, and the rest pasted when the index has come: lunr warns of a query
    that ends in a hyphen.
    """
    box = page.locator(".md-search__input")
    results = page.locator(".md-search-result__link")
    box.press_sequentially(re.split("[-/]", query)[0])
    results.first.wait_for()
    box.fill(query)
    box.press("End")
    return results


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site over HTTP: the address of its root."""
    handler = functools.partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class Visit:
    """A page of the site, and all that went wrong on it. `root` is the address of the site."""

    def __init__(self, context: BrowserContext, root: str) -> None:
        self.root = root
        self.faults: list[str] = []
        self.requests: list[str] = []
        context.set_default_timeout(WITHIN)
        context.on("request", self._asked)
        self.page: Page = context.new_page()
        self.page.on("console", lambda said: self.faults.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.root, "data:", "blob:")):
            self.faults.append(f"asks for {request.url}")

    def go(self, path: str) -> Page:
        """Open a page of the site by its path from the root, and wait until nothing moves."""
        self.page.goto(self.root + path)
        settle(self.page)
        return self.page


@contextmanager
def visiting(
    browser: Browser, root: str, *, searching: bool = False, **options: object
) -> Iterator[Visit]:
    """A new visit with reduced motion. From a server, the search works only for `searching`.

    Fails at its end if the page was not quiet, or asked for nothing at all.
    """
    context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    try:
        if not searching:
            context.add_init_script(NO_INDEX)
        visit = Visit(context, root)
        yield visit
        assert visit.faults == [], visit.faults
        assert visit.requests
    finally:
        context.close()
