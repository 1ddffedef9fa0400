"""Options that several commands have, and the width of their output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def text_or_json(help_: str) -> Callable[[_Command], _Command]:
    """The option `--format` of a command that prints text for people, or stable JSON."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help=help_,
    )


def terminal_columns(least: int = 60) -> int:
    """The width of the terminal, 80 if there is none, but at least `least`."""
    import shutil  # few commands fit their output

    return max(least, shutil.get_terminal_size((80, 24)).columns)


def layout_option(help_: str, *more: str) -> Callable[[_Command], _Command]:
    """The option `--layout`; `more` are choices before the names of the layouts, the first the
    default."""
    from rckp.format.layouts import NAMES

    choices = [*more, *NAMES]
    return click.option(
        "--layout",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help=help_,
    )
