"""What the arguments and options of the commands complete to in a shell."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# The kind of what an argument or an option names, by its name.
_DIRECTORIES = ("base",)
_FILES = ("like", "files_from")


class _Named(click.types.StringParamType):
    """A string that names a file or a directory."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Let the shell complete the name."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type=self._kind)]


def add_completion(command: click.Command) -> None:
    """Let a command, and those below it, complete the names of files and directories."""
    for each in command.params:
        if type(each.type) is not click.types.StringParamType:
            continue
        if each.name in _DIRECTORIES:
            each.type = _Named("dir")
        elif each.name in _FILES or (isinstance(each, click.Argument) and each.name != "name"):
            each.type = _Named("file")
    if isinstance(command, click.Group):
        for below in command.commands.values():
            add_completion(below)
