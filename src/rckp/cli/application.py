"""The click application: the group of subcommands, and how an error ends it."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from rckp.cli import COMPLETE, EXIT_ERROR, INTERRUPTED, SUBCOMMANDS, colour, streams
from rckp.cli.suggestions import SuggestingGroup
from rckp.display import escape


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
        from rckp.format.accelerator import described

        click.echo(f"rckp {__version__} (RCKP specification 1.0)")
        if accelerator := described():
            click.echo(accelerator)
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


def run() -> object:
    """Run the command. Return the exit status, or None for success."""
    with _context() as context:
        colour.follow(context)
        try:
            status: object = group.main(
                prog_name="rckp",
                standalone_mode=False,
                color=context.color,
                complete_var=COMPLETE,
            )
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:
            status = _end(error)
    return status


def enter() -> None:
    """Enter a context for the rest of the process, so that click prints colours as wanted."""
    _context().__enter__()


def end_by(error: BaseException) -> int:
    """Print what ended a command that runs without click. Return the exit status."""
    with _context():
        if isinstance(error, KeyboardInterrupt):
            click.echo(err=True)  # after ^C on the terminal, as click does
        return _end(error)


def _context() -> click.Context:
    """Return the context in which errors are shown, after click has left its own."""
    return click.Context(group, info_name="rckp", color=streams.colour_wanted())


def _end(error: BaseException) -> int:
    """Print one message for an error, never a traceback. Return the exit status."""
    if isinstance(error, streams.StandardOutputError):
        if not error.is_closed_pipe:
            _say(f"standard output: cannot be written: {_reason(error.reason)}")
        status = EXIT_ERROR
    elif isinstance(error, (click.Abort, KeyboardInterrupt)):
        click.echo("interrupted", err=True)
        status = INTERRUPTED
    elif isinstance(error, Exception):
        status = show_error(error)
    else:
        raise error
    streams.give_up_standard_output()
    return status


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
