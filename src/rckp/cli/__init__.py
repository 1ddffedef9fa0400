"""The command `rckp`. Each subcommand is a module here, imported when it is called.

Exit status: 0 if all is well, 1 if something is not valid, 2 for a usage error and for
what could not be read; if both 1 and 2 apply, 2. After Ctrl-C it is 130.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import click

SUBCOMMANDS = (
    "validate",
    "inspect",
    "decode",
    "encode",
    "list",
    "resume",
    "purge",
    "conformance",
    "explain",
)

INVALID = 1
TROUBLE = 2
INTERRUPTED = 130

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


class LazyGroup(click.Group):
    """A group that imports the module of a subcommand when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the subcommands, in the order in which people need them."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, or None if there is none of that name."""
        if cmd_name not in SUBCOMMANDS:
            return None
        command = import_module(f"rckp.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from rckp import __version__  # noqa: PLC0415

        click.echo(f"rckp {__version__} (RCKP specification 1.0)")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Exit status: 0 all valid, 1 something is not, 2 usage or input/output trouble.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def group() -> None:
    """Check, show and convert RCKP checkpoints, the files that roma_lib writes.

    Start with `rckp validate FILE`; `rckp explain CODE` says what a code means.
    """


def main() -> None:
    """Runs the command and exits."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end the program.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        status = group.main(prog_name="rckp", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        status = getattr(error, "status", error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`). Nothing more can be said to it.
        import os  # noqa: PLC0415

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = TROUBLE
    sys.exit(status if isinstance(status, int) else 0)
