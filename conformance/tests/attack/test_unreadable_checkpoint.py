"""A checkpoint that cannot be read is not taken for a foreign file (SAFE-10), in any language."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rckp
from conformance.tests.attack.writing import NEW, OLD
from conformance.tests.corpus import ROOT
from conformance.tests.store.examples import names
from conformance.tests.tools import need
from rckp.conformance.adapter import Adapter
from rckp.format.record_json import to_json


def python(_: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "rckp.conformance.reference"]


def c(tmp_path: Path) -> list[str]:
    need("cc", "make", how="`apt-get install gcc make libc6-dev`")
    source = shutil.copytree(ROOT / "conformance/implementations/c", tmp_path / "c")
    subprocess.run(["make", "-s", "CC=cc", "rckp-adapter"], cwd=source, check=True)
    return [str(source / "rckp-adapter")]


def go(tmp_path: Path) -> list[str]:
    need("go", how="Go 1.22 or later, from Debian's golang packages or from go.dev")
    program = tmp_path / "go"
    source = ROOT / "conformance/implementations/go"
    subprocess.run(["go", "build", "-o", program, "./cmd/rckp-lines"], cwd=source, check=True)
    return [str(program)]


def rust(tmp_path: Path) -> list[str]:
    need("cargo", how="`apt-get install cargo`, or https://rustup.rs")
    source = ROOT / "conformance/implementations/rust"
    target = ["--target-dir", str(tmp_path / "target")]
    subprocess.run(["cargo", "build", "-q", "--release", *target], cwd=source, check=True)
    return [str(tmp_path / "target/release/adapter")]


def java(tmp_path: Path) -> list[str]:
    need("javac", "java", "make", how="`apt-get install default-jdk-headless make`")
    source = shutil.copytree(ROOT / "conformance/implementations/java", tmp_path / "java")
    subprocess.run(["make", "-s"], cwd=source, check=True)
    return [str(source / "adapter.sh")]


def perl(_: Path) -> list[str]:
    need("perl", "prove", how="`apt-get install perl`")
    return ["perl", str(ROOT / "conformance/implementations/perl/adapter.pl")]


@pytest.mark.toolchain
@pytest.mark.parametrize("implementation", [python, c, go, rust, java, perl])
def test_an_error_of_reading_is_not_written(
    tmp_path: Path, implementation: Callable[[Path], list[str]]
) -> None:
    need("strace", how="`apt-get install strace`")
    store = rckp.CheckpointStore(tmp_path / "base")
    path = store.write(OLD)
    calls = "read,pread64"
    traced = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-P", str(path)]
    traced += ["-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO"]
    with Adapter([*traced, *implementation(tmp_path)], timeout=120) as adapter:
        response = adapter.send(
            {
                "type": "run",
                "id": "unreadable",
                "op": "write",
                "base": os.fsencode(store.base_dir).hex(),
                "record": to_json(NEW),
            }
        )
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert response["type"] == "error", response
    assert response["code"] == "not-written"
    assert store.read(path) == OLD
    assert names(path.parent) == [path.name]
