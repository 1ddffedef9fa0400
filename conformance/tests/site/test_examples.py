"""The examples on the pages: each command is run, and must print what the page says.

A line `...` of an example stands for any lines.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Those of recipes.md need files beside them: see test_recipes.py.
PAGES = sorted({*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")} - {ROOT / "docs/recipes.md"})
RUN = "from rckp.cli import main; main()"


class Example(NamedTuple):
    """A command of a page, the output on the page, and its exit status if the page has it."""

    page: str
    command: str
    output: str
    status: int | None


def examples(page: Path) -> list[Example]:
    found = list[Example]()
    for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            if command == "echo $?":
                found[-1] = found[-1]._replace(status=int(output))
            else:
                found.append(Example(page.name, command, output, None))
    return [each for each in found if each.command.startswith("rckp ")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory like the project's root. What an example writes there is not in the tree."""
    for each in ROOT.iterdir():
        (tmp_path / each.name).symlink_to(each)
    return tmp_path


def run(command: str, directory: Path) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *shlex.split(command)[1:]],
        cwd=directory,
        # Examples name `rckp` and `python3`: those of this environment.
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        check=False,
    )
    return done.stdout.decode() + done.stderr.decode(), done.returncode


FOUND = [example for page in PAGES for example in examples(page)]


def test_the_minimal_adapter_is_the_file_that_can_be_run() -> None:
    code = (ROOT / "docs/examples/minimal_adapter.py").read_text("utf-8")
    assert f"```python\n{code}```" in (ROOT / "docs/implement.md").read_text("utf-8")
    assert len([line for line in code.splitlines() if line]) <= 25


def test_there_are_examples() -> None:
    assert len(FOUND) >= 6
    assert sum(bool(each.output.strip(".\n")) for each in FOUND) >= 6


def as_pattern(line: str) -> str:
    """A line `...` stands for any lines, and `...` at the end of a line for any text."""
    if line == "...\n":
        return r"(?:.*\n)*?"
    beginning = line.removesuffix("...\n")
    return re.escape(line) if beginning == line else re.escape(beginning) + ".*\n"


@pytest.mark.parametrize("example", FOUND, ids=lambda each: f"{each.page}: {each.command}")
def test_an_example_prints_what_the_page_says(example: Example, checkout: Path) -> None:
    printed, status = run(example.command, checkout)
    # What `rckp --version` adds where the compiled decoder is installed.
    printed = re.sub(r"^rckp_fast .*\n", "", printed, flags=re.MULTILINE)
    if example.status is not None:
        assert status == example.status
    if example.output:  # a command without output is there to be tried
        pattern = "".join(map(as_pattern, example.output.splitlines(keepends=True)))
        assert re.fullmatch(pattern, printed), printed
