"""The page of recipes: its commands run in order, and print the output on the page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.tests.corpus import FIXTURES
from conformance.tests.site.test_examples import ROOT, as_pattern
from conformance.tests.tools import need

PAGE = (ROOT / "docs/recipes.md").read_text("utf-8")
RECIPES = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
REAL = FIXTURES / "files/real"


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a recipe, and what each prints."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    found = [re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", each, re.MULTILINE) for each in blocks]
    return [command for each in found for command in each]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The files that the page names. Nobody has written them just now."""
    base = tmp_path / "checkpoints"
    shutil.copytree(REAL, base)
    long_ago = time.time() - 86_400
    for path in base.rglob("*.ckpt"):
        os.utime(path, (long_ago, long_ago))
    for name, seed in (("monday.ckpt", "21441"), ("tuesday.ckpt", "21538")):
        (found,) = base.rglob(f"run-HillClimbing-{seed}-*")
        shutil.copy(found, tmp_path / name)
    (tmp_path / "damaged.ckpt").write_bytes((tmp_path / "tuesday.ckpt").read_bytes()[:1000])
    return tmp_path


def test_there_are_recipes() -> None:
    assert len(RECIPES) >= 9
    assert all(commands(text) for _, text in RECIPES)
    assert all(block.startswith("console\n$ ") for block in PAGE.split("```")[1::2])


@pytest.mark.parametrize(("title", "text"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_does_what_the_page_says(title: str, text: str, directory: Path) -> None:
    need("bash", how="the package bash of the system")
    programs = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
    }
    status = 0
    for command, output in commands(text):
        if command == "echo $?":
            assert status == int(output), title
            continue
        done = subprocess.run(
            ["bash", "-c", re.sub(r"\brckp (?=[a-z])", f"{sys.executable} -m rckp ", command)],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        status = done.returncode
        assert status in (0, 1), done.stderr
        pattern = "".join(map(as_pattern, output.splitlines(keepends=True)))
        assert re.fullmatch(pattern, done.stdout), (command, done.stdout, done.stderr)
