"""Which decoder is in use: the compiled one if it is installed, fits, and nobody refuses it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conformance.tests.format.differential import FAST
from conformance.tests.tools import require

SHOWN = "from rckp.format import accelerator, codec; print(codec.decode, accelerator.described())"


def shown(*directories: Path, **environment: str) -> str:
    """What another process says about the decoder in use; modules of `directories` come first."""
    path = os.pathsep.join([*map(str, directories), *sys.path])
    given = {"PYTHONPATH": path, "RCKP_PURE_PYTHON": ""} | environment
    command = [sys.executable, "-c", SHOWN]
    done = subprocess.run(command, env=os.environ | given, capture_output=True, check=True)
    return done.stdout.decode()


def test_it_is_used_unless_refused() -> None:
    if FAST is None:
        require(
            False, "rckp_fast is not installed: `pip install ./src/rckp-fast`, which takes Rust"
        )
    assert shown() == f"<built-in function decode> rckp_fast {FAST.__version__}\n"
    refused = shown(RCKP_PURE_PYTHON="1")
    assert refused.startswith("<function decode at ")
    assert refused.endswith("rckp_fast 1.0.0, not in use: RCKP_PURE_PYTHON is set\n")


def test_one_of_another_layout_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "rckp_fast.py").write_text("__version__ = '0.9'; LAYOUT_SHA256 = 'another'\n")
    told = shown(tmp_path)
    assert told.startswith("<function decode at ")
    assert told.endswith("rckp_fast 0.9, not in use: it is for another layout\n")


def test_one_that_cannot_be_loaded_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "rckp_fast.py").write_text("raise ImportError('wrong processor')\n")
    told = shown(tmp_path)
    assert told.startswith("<function decode at ")
    assert told.endswith(" None\n")
