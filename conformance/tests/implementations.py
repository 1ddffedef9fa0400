"""The implementations in other languages, each built once in a test run.

Each function returns the command that starts the adapter. A test that calls it is skipped if the
machine cannot build it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.shared import shared
from conformance.tests.tools import need

Command = list[str]
_SOURCES = ROOT / "conformance/implementations"


def python(_: pytest.TempPathFactory) -> Command:
    """Return the command of the reference."""
    return [sys.executable, "-P", "-m", "rckp.conformance.reference"]


def c(factory: pytest.TempPathFactory, target: str = "rckp-adapter") -> Command:
    """Return the command of a program that the Makefile of the implementation in C builds."""
    need("cc", "make", how="`apt-get install gcc make libc6-dev`")
    return [_built(factory, "c", f"c/{target}", ["make", "-s", "CC=cc", target], name=target)]


def go(factory: pytest.TempPathFactory) -> Command:
    """Return the command of the implementation in Go."""
    need("go", how="Go 1.22 or later, from Debian's golang packages or from go.dev")
    build = ["go", "build", "-o", "rckp-lines", "./cmd/rckp-lines"]
    return [_built(factory, "go", "go/rckp-lines", build)]


def java(factory: pytest.TempPathFactory) -> Command:
    """Return the command of the implementation in Java."""
    need("javac", "java", "make", how="`apt-get install default-jdk-headless make`")
    return [_built(factory, "java", "java/adapter.sh", ["make", "-s"])]


def perl(_: pytest.TempPathFactory) -> Command:
    """Return the command of the implementation in Perl."""
    need("perl", "prove", how="`apt-get install perl`")
    return ["perl", str(_SOURCES / "perl/adapter.pl")]


def rust(factory: pytest.TempPathFactory) -> Command:
    """Return the command of the implementation in Rust."""
    need("cargo", how="`apt-get install cargo`, or https://rustup.rs")
    build = ["cargo", "build", "-q", "--release"]
    return [_built(factory, "rust", "rust/target/release/adapter", build)]


def _built(
    factory: pytest.TempPathFactory,
    language: str,
    program: str,
    build: Sequence[str],
    name: str | None = None,
) -> str:
    """Build a copy of the source: compilers write beside it, cargo even the registry's address."""

    def make(directory: Path) -> None:
        ignored = shutil.ignore_patterns("target", "classes", "*.o")
        source = shutil.copytree(_SOURCES / language, directory / language, ignore=ignored)
        subprocess.run(build, cwd=source, check=True)

    return str(shared(factory, name or language, make) / program)
