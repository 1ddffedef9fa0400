"""Completion in shells, and the man pages that are made from the commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.format.test_colours import commands
from conformance.tests.tools import need
from rckp.cli import SUBCOMMANDS
from rckp.cli.application import group
from rckp.derive import man_pages

SHARE = ROOT / "share"
RCKP = [sys.executable, "-m", "rckp"]


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RCKP, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
    )


def completed(line: str, shell: str = "bash") -> list[str]:
    """What the shell is told for the last word of a line."""
    words = line.split(" ")
    environment = {"_RCKP_COMPLETE": f"{shell}_complete", "COMP_WORDS": line}
    environment["COMP_CWORD"] = words[-1] if shell == "fish" else str(len(words) - 1)
    done = run([], **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_commands_options_and_values_are_completed() -> None:
    assert completed("rckp val") == ["plain,validate"]
    assert completed("rckp re") == ["plain,recover", "plain,resume"]
    assert completed("rckp conformance sin") == ["plain,single-edit"]
    assert "plain,--files-from" in completed("rckp validate --f")
    assert completed("rckp validate --format sa") == ["plain,sarif"]
    assert completed("rckp validate --ignore trun") == ["plain,truncated"]
    assert completed("rckp validate --ignore bad-magic,trun") == ["plain,bad-magic,truncated"]
    assert "plain,not-written" not in completed("rckp validate --ignore ")
    assert completed("rckp explain trun") == ["plain,truncated"]
    assert "plain,DEC-2" in completed("rckp explain DEC-")
    assert completed("rckp diff --color a") == ["plain,auto", "plain,always"]
    assert completed("rckp completion z") == ["plain,zsh"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("rckp validate x", "file"),
        ("rckp validate --files-from x", "file"),
        ("rckp diff a b", "file"),
        ("rckp recover a -o b", "file"),
        ("rckp encode x", "file"),
        ("rckp list x", "dir"),
        ("rckp purge x", "dir"),
        ("rckp resume --like x", "file"),
    ],
)
def test_files_and_directories_are_left_to_the_shell(line: str, kind: str) -> None:
    assert completed(line) == [f"{kind},{line.rsplit(maxsplit=1)[-1]}"]


def test_zsh_and_fish_get_the_help_as_well() -> None:
    assert completed("rckp val", "zsh")[:2] == ["plain", "validate"]
    assert any(
        "validate" in line and "Validate checkpoint" in line
        for line in completed("rckp val", "fish")
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(shell: str) -> None:
    done = run(["completion", shell])
    assert done.returncode == 0
    assert f"_RCKP_COMPLETE={shell}_complete" in done.stdout
    assert run(["completion"], SHELL=f"/bin/{shell}").stdout == done.stdout


def test_an_unknown_shell() -> None:
    assert run(["completion", "tcsh"]).returncode == 2
    unknown = run(["completion"], SHELL="/bin/tcsh")
    assert unknown.returncode == 2
    assert "bash, zsh and fish" in unknown.stderr


def program(directory: Path) -> Path:
    """A program `rckp` in a directory."""
    directory.mkdir()
    file = directory / "rckp"
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -m rckp "$@"\n')
    file.chmod(0o755)
    return file


def test_bash_completes_with_the_packaged_script(tmp_path: Path) -> None:
    need("bash", how="install bash")
    path = f"{program(tmp_path / 'bin').parent}{os.pathsep}{os.environ['PATH']}"
    script = f"""
source {SHARE}/bash-completion/completions/rckp
COMP_WORDS=(rckp conformance ru); COMP_CWORD=2
_rckp_completion rckp
echo "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert done.stdout == "run\n", done.stderr


def test_there_is_a_page_for_every_command() -> None:
    pages = man_pages.pages()
    assert len(pages) == len(commands(group))
    assert {f"share/man/man1/rckp-{name}.1" for name in SUBCOMMANDS} < set(pages)
    for path, text in pages.items():
        assert (ROOT / path).read_text("utf-8") == text, path
        assert text.isascii()


def test_a_page_has_every_option() -> None:
    pages = man_pages.pages()
    for path, command in zip(pages, commands(group), strict=True):
        for each in command.params:
            if isinstance(each, click.Option):
                assert man_pages._text(each.opts[0]) in pages[path]
                assert each.help, (path, each.name)


def test_text_for_troff() -> None:
    assert man_pages._text(".x -y \\z") == "\\&.x \\-y \\ez"
    assert man_pages._text("'x") == "\\&'x"
    assert man_pages._text("`rckp` …") == "\\fBrckp\\fR \\[u2026]"


@pytest.mark.toolchain
def test_groff_formats_every_page() -> None:
    need("groff", how="apt-get install groff")
    for path in sorted((SHARE / "man/man1").glob("*.1")):
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-rLL=78n", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""  # no unknown request, and no line that is too long
        shown = re.sub(
            r".\x08|\x1b\[[0-9;]*m", "", done.stdout
        )  # bold is typed twice, or in colour
        assert all(len(line) <= 80 for line in shown.splitlines())
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SEE ALSO"):
            assert f"\n{section}\n" in shown, path
