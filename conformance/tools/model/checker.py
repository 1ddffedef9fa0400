"""One search with Spin: the model is compiled with some options and searched exhaustively."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from conformance.tools.model.configurations import DEADLOCK, PROMISES

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "spec/model/writing.pml"
_DEPTH = 200_000
_HASH = 22  # of 2^22 slots
_TIMEOUT = 600
_VALUES = {
    name: int(value)
    for name, value in re.findall(r"^#define (\w+) +(\d+)", MODEL.read_text("utf-8"), re.MULTILINE)
}


class ModelError(Exception):
    """Spin, the compiler or the search failed; the text says how."""


class Outcome(NamedTuple):
    """The result of a search. `broken` is a promise, or empty if the search was complete."""

    broken: str
    states: int
    transitions: int
    depth: int
    seconds: float  # of processor time, compilation included


def version() -> str:
    """The version of Spin, such as `6.5.2`."""
    text = subprocess.run(["spin", "-V"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Version (\S+)", text)
    if found is None:
        raise ModelError(f"spin -V wrote {text.strip()!r}")
    return found[1]


def check(
    options: Mapping[str, str | int], promises: Iterable[str], *, quick: bool = False
) -> Outcome:
    """Search for a state that breaks one of the promises. Raise `ModelError`.

    `quick` compiles without optimization, which is faster for a search that soon ends.
    """
    wanted = set(promises)
    before = os.times()
    with tempfile.TemporaryDirectory() as directory:
        build(Path(directory), MODEL, dict(options) | {"PROMISES": _mask(wanted)}, quick=quick)
        words = ["./pan", f"-m{_DEPTH}", f"-w{_HASH}", "-n"]
        if DEADLOCK not in wanted:
            words.append("-E")
        output = _run(words, Path(directory))
    after = os.times()
    seconds = after.children_user + after.children_system
    return _outcome(output, seconds - before.children_user - before.children_system)


def build(directory: Path, model: Path, options: Mapping[str, str | int], *, quick: bool) -> None:
    """Compile the searcher `pan` of a model. Raise `ModelError`."""
    definitions = [f"-D{name}={value}" for name, value in options.items()]
    output = _run(["spin", "-a", *definitions, str(model)], directory)
    if not (directory / "pan.c").is_file() or "Error" in output:
        raise ModelError(f"spin: {output.strip()}")
    level = "-O0" if quick else "-O2"
    # No reduction: it saves nothing here, and nothing needs to be shown about it.
    _run(["cc", level, "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c"], directory)
    if not (directory / "pan").is_file():
        raise ModelError("cc wrote no program")


def _mask(promises: set[str]) -> int:
    return sum(_VALUES[name] for name in promises if name != DEADLOCK)


def _run(words: list[str], directory: Path) -> str:
    ended = subprocess.run(
        words, cwd=directory, capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    if ended.returncode:
        raise ModelError(f"{words[0]}: {(ended.stdout + ended.stderr).strip()[-2000:]}")
    return ended.stdout


def _outcome(output: str, seconds: float) -> Outcome:
    numbers = {
        name: re.search(pattern, output)
        for name, pattern in (
            ("errors", r"errors: (\d+)"),
            ("states", r"(\d+) states, stored"),
            ("transitions", r"(\d\S*) transitions"),
            ("depth", r"depth reached (\d+)"),
        )
    }
    found = {name: int(float(match[1])) for name, match in numbers.items() if match is not None}
    broken = _broken(output)
    complete = not re.search(r"Search not completed|too small|out of memory|truncated", output)
    if len(found) != len(numbers) or complete == bool(broken) or found["errors"] != bool(broken):
        raise ModelError(f"the search was not complete: {output.strip()[-2000:]}")
    return Outcome(broken, found["states"], found["transitions"], found["depth"], seconds)


def _broken(output: str) -> str:
    """The promise whose assertion was violated."""
    if "invalid end state" in output.partition("\nWarning")[0].partition("Full state")[0]:
        return DEADLOCK
    found = re.search(r"assertion violated[ (!]+\d+&(\d+)\)", output)
    if found is None:
        return ""
    (name,) = (each for each in PROMISES if _VALUES.get(each) == int(found[1]))
    return name
