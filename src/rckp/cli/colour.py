"""`--color`, an option of every command, and the variables that decide without it."""

from __future__ import annotations

import click

from rckp.cli.streams import colour_wanted

CHOICES = ("auto", "always", "never")

_contexts: list[click.Context] = []


def follow(context: click.Context) -> None:
    """Let a context, in which errors are shown, have the colours of the option as well."""
    _contexts.append(context)


def _set_colour(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    ctx.color = {"always": True, "never": False}.get(value, colour_wanted())
    for context in _contexts:
        context.color = ctx.color


def option() -> click.Option:
    """The option `--color`."""
    return click.Option(
        ["--color"],
        type=click.Choice(CHOICES),
        expose_value=False,
        is_eager=True,
        callback=_set_colour,
        help="Use colours; by default on a terminal, unless NO_COLOR or FORCE_COLOR is set.",
    )


def add_option(command: click.Command) -> None:
    """Give the option to a command, and to those below it, unless they have it."""
    if not any(each.name == "color" for each in command.params):
        command.params.append(option())
    if isinstance(command, click.Group):
        for below in command.commands.values():
            add_option(below)
