"""`rckp completion`."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from rckp.cli import COMPLETE, EXIT_ERROR

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print the completion script for a shell.")
@click.argument("shell", metavar="[SHELL]", required=False, type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script for bash, zsh or fish.

    Without SHELL, the script is for the shell in the variable SHELL. Completion knows the
    commands, their options, the error codes, and files.

    \b
    Examples:
      eval "$(rckp completion bash)"    # in ~/.bashrc
      eval "$(rckp completion zsh)"     # in ~/.zshrc, after compinit
      rckp completion fish > ~/.config/fish/completions/rckp.fish
    """
    from click.shell_completion import get_completion_class

    wanted = shell or PurePath(os.environ.get("SHELL", "")).name
    made = get_completion_class(wanted) if wanted in SHELLS else None
    if made is None:
        click.echo("Name one of the shells bash, zsh and fish.", err=True)
        ctx.exit(EXIT_ERROR)
        return
    root = ctx.find_root()
    click.echo(made(root.command, {}, "rckp", COMPLETE).source())
