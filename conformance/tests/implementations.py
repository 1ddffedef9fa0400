"""The implementations in other languages, each built once in a test run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.tests.shared import shared
from conformance.tests.tools import need
from conformance.tools.results.__main__ import BUILT

# By name: the programs that build and run it, and how to get them.
NEEDED: dict[str, tuple[tuple[str, ...], str]] = {
    "python": ((), ""),
    "c": (("cc", "make"), "`apt-get install gcc make libc6-dev`"),
    "go": (("go",), "Go 1.22 or later, from Debian's golang packages or from go.dev"),
    "rust": (("cargo",), "`apt-get install cargo`, or https://rustup.rs"),
    "java": (("javac", "java", "make"), "`apt-get install default-jdk-headless make`"),
    "perl": (("perl", "prove"), "`apt-get install perl`"),
}


def command(factory: pytest.TempPathFactory, name: str) -> list[str]:
    """Return the command of an adapter. Skips the test if the machine cannot build it."""
    programs, how = NEEDED[name]
    need(*programs, how=how)

    def make(directory: Path) -> None:
        words = BUILT[name](directory / "built").words
        (directory / "command.json").write_text(json.dumps(words), "utf-8")

    stored = shared(factory, f"implementation-{name}", make) / "command.json"
    words: list[str] = json.loads(stored.read_text("utf-8"))
    return words
