"""`--color`, NO_COLOR, FORCE_COLOR and TERM, and suggestions for mistyped commands."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from conformance.tests.corpus import FIXTURES
from rckp.cli import SUBCOMMANDS
from rckp.cli.application import group
from rckp.cli.suggestions import nearest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

CUT = str(FIXTURES / "cases/reader/truncated/step_state_payload/content-some.ckpt")


def printed(words: list[str], environment: dict[str, str], *, terminal: bool = False) -> str:
    """What a command writes to both of its output streams."""
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    ours, theirs = pty.openpty() if terminal else os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "rckp", *words],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=clean | {"TERM": "xterm", "LC_ALL": "C.UTF-8"} | environment,
    )
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:  # EIO: the other end is closed
        pass
    os.close(ours)
    child.wait(60)
    return seen.decode()


@pytest.mark.parametrize(
    ("environment", "options", "terminal", "wanted"),
    [
        ({}, [], False, False),
        ({}, [], True, True),
        ({"NO_COLOR": "1"}, [], True, False),
        ({"NO_COLOR": ""}, [], True, True),  # no-color.org: "when present and not an empty string"
        ({"FORCE_COLOR": "1"}, [], False, True),
        ({"FORCE_COLOR": ""}, [], False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], True, False),
        ({"TERM": "dumb"}, [], True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, [], True, True),
        ({}, ["--color", "always"], False, True),
        ({"NO_COLOR": "1"}, ["--color", "always"], False, True),
        ({"FORCE_COLOR": "1"}, ["--color=never"], True, False),
        ({"FORCE_COLOR": "1"}, ["--color", "auto"], False, True),
        ({}, ["--color", "auto"], True, True),
    ],
)
def test_whether_there_are_colours(
    environment: dict[str, str], options: list[str], terminal: bool, wanted: bool
) -> None:
    for words in (
        ["validate", *options, CUT],
        [*options, "validate", CUT],
        ["decode", *options, "nowhere"],  # an error, shown when the command has ended
    ):
        assert ("\x1b[" in printed(words, environment, terminal=terminal)) is wanted, words


def commands(command: click.Command) -> list[click.Command]:
    found = [command]
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            found += commands(below)
    return found


def test_every_command_has_the_option_once() -> None:
    every = commands(group)
    assert len(every) >= len(SUBCOMMANDS) + 5
    for command in every:
        assert [each.name for each in command.params].count("color") == 1, command.name


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("valdate", "validate"),
        ("VALIDATE", "validate"),
        ("val", "validate"),
        ("repair", "recover"),
        ("ls", "list"),
        ("dif", "diff"),
        ("exlpain", "explain"),
        ("xyzzy", None),
        ("", None),
        ("v" * 100_000, None),
    ],
)
def test_the_nearest_command(typed: str, wanted: str | None) -> None:
    assert nearest(typed, list(SUBCOMMANDS)) == wanted


def test_a_mistyped_command() -> None:
    for words, wanted in (
        (["valdate", "x"], "No such command 'valdate'. Did you mean validate?"),
        (["conformance", "exprot"], "No such command 'exprot'. Did you mean export?"),
        (["xyzzy"], "No such command 'xyzzy'.\n"),
        (["\x1b[31m"], "No such command '\\x1b[31m'.\n"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "rckp", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert wanted in done.stderr
