"""Programs that need Node or Cargo, built once in the directory of `--build`.

Without that directory they are left out, with a line that says how to get them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROMA = Path(__file__).resolve().parents[2] / "implementations" / "roma"
_OPTION = "give `--build DIRECTORY`"


class NotBuiltError(ImportError):
    """A program is not built. The message says what it needs."""


def kaitai_reader(build: Path | None) -> tuple[Any, Callable[[Any, bytes], Any]]:
    """Return the generated class, and a function that returns the fields of bytes by name."""
    from conformance.implementations.kaitai import kaitai_python, prepare

    if build is None or prepare.missing_tools():
        raise NotBuiltError(f"{_OPTION}; it {prepare.NEEDED}")
    directory = build / "kaitai"
    try:
        prepare.prepare(directory)
    except (prepare.PreparationError, subprocess.TimeoutExpired) as error:
        raise NotBuiltError(f"it {prepare.NEEDED}, and a registry: {error}") from error
    return kaitai_python.load(directory), lambda reader, data: kaitai_python.decode(reader, data)[
        "record"
    ]


def roma_lib_program(build: Path | None, program: str = "rckp-bench") -> Path:
    """Return the program that times the functions of `roma_lib`, or `rckp-listing`, its listing."""
    if build is None or shutil.which("cargo") is None:
        raise NotBuiltError(f"{_OPTION}; it needs cargo (rustup.rs), and roma_lib 0.1.2")
    # Cargo writes a lock file with the registry's address beside the manifest: not into ours.
    source = shutil.copytree(_ROMA, build / "roma", dirs_exist_ok=True)
    target = Path(os.environ.get("RCKP_ROMA_TARGET") or build / "roma-target")
    done = subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--bin", program, "--target-dir", target],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotBuiltError(f"cargo cannot build it: {done.stderr.strip()[-300:]}")
    return target / "release" / program
