"""The command `rckp`. Each subcommand is a module here, imported when it is called.

Exit status: 0 for success, 1 if a file is invalid, 2 for a usage error or an input/output
error; 2 takes precedence over 1. After Ctrl-C it is 130.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import click

from rckp.cli import colour, streams
from rckp.cli.suggestions import SuggestingGroup
from rckp.display import escape

SUBCOMMANDS = (
    "validate",
    "inspect",
    "diff",
    "decode",
    "recover",
    "encode",
    "convert",
    "list",
    "resume",
    "purge",
    "conformance",
    "explain",
    "completion",
)

COMPLETE = "_RCKP_COMPLETE"  # the variable with which a shell asks for completions

INVALID = 1
EXIT_ERROR = 2
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


class LazyGroup(SuggestingGroup):
    """A group that imports the module of a subcommand when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands, the most frequently used first."""
        return [*SUBCOMMANDS]  # once it is imported, `list` is a module here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, or None for an unknown name."""
        if cmd_name not in SUBCOMMANDS:
            return None
        command = import_module(f"rckp.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            return None
        if not __doc__:
            from rckp.cli.help_text import restore_help  # only for `python -OO`

            restore_help(command)
        colour.add_option(command)
        if COMPLETE in os.environ:
            from rckp.cli.completed_values import add_completion  # only for a shell

            add_completion(command)
        return command


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from rckp import __version__

        click.echo(f"rckp {__version__} (RCKP specification 1.0)")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    help="""Validate, inspect and convert RCKP checkpoints, the files that roma_lib writes.

    Start with `rckp validate FILE`. `rckp explain CODE` explains an error code.
    """,
    epilog="Exit status: 0 all files are valid, 1 a file is invalid, 2 wrong usage or an "
    "input/output error, 130 after Ctrl-C.",
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
    """Run a subcommand."""


group.params.append(colour.option())


def main() -> None:
    """Run the command and exit. Print one message for an error, never a traceback."""
    streams.prepare()
    wanted = colour.colour_wanted()
    status: object
    # Errors are shown after click has left its own context, but with the same colours.
    with click.Context(group, info_name="rckp", color=wanted) as context:
        colour.follow(context)
        try:
            status = group.main(
                prog_name="rckp", standalone_mode=False, color=wanted, complete_var=COMPLETE
            )
            sys.stdout.flush()
        except streams.StandardOutputError as error:
            if not error.is_closed_pipe:
                _say(f"standard output: cannot be written: {_reason(error.reason)}")
            streams.give_up_standard_output()
            status = EXIT_ERROR
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            streams.give_up_standard_output()
            status = INTERRUPTED
        except Exception as error:
            status = show_error(error)
            streams.give_up_standard_output()
    sys.exit(status if isinstance(status, int) else 0)


def show_error(error: Exception) -> int:
    """Print what is wrong on standard error. Return the exit status."""
    if isinstance(error, click.ClickException):
        return _show_click_error(error)
    if os.environ.get("RCKP_TRACEBACK"):
        import traceback  # only for developers

        traceback.print_exception(error)
    code = getattr(error, "code", None)
    if isinstance(error, OSError):
        _say(_explain_os_error(error))
    elif isinstance(error, MemoryError):
        _say("there is not enough memory for this")
    elif isinstance(code, str):  # an RckpError, whose message names the file
        _say(str(error))
    else:
        _say(
            f"this is a fault of rckp itself: {type(error).__name__}: {str(error)[:200]}; "
            "with RCKP_TRACEBACK=1 in the environment it shows where"
        )
    return EXIT_ERROR


def _show_click_error(error: click.ClickException) -> int:
    status = int(getattr(error, "status", error.exit_code))
    if not hasattr(error, "status"):
        if isinstance(error, click.UsageError) and error.ctx is not None:
            no_message = not error.message and not isinstance(error, click.MissingParameter)
            if no_message or isinstance(error, NoArguments):
                error.show()  # the help text
                return status
            click.echo(error.ctx.get_usage(), err=True)
            click.echo(f"Try '{error.ctx.command_path} --help' for help.\n", err=True)
        # A list of choices has a line for each.
        message = " ".join(error.format_message().split("\n\t"))
        click.echo(f"Error: {escape(message)}", err=True)
        return status
    error.show()
    return status


# Not in click 8.1.
NoArguments: type[click.UsageError] | tuple[()] = getattr(click.exceptions, "NoArgsIsHelpError", ())


def _say(sentence: str) -> None:
    label = click.style("error", fg="red", bold=True)
    click.echo(f"{label}: {escape(sentence)}", err=True)


def _explain_os_error(error: OSError) -> str:
    try:
        os.getcwd()
    except OSError:
        return "the current directory does not exist any more, or cannot be read"
    name = error.filename
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    return _reason(error) if not isinstance(name, str) else f"{name}: {_reason(error)}"


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
