"""Help under `python -OO`, which removes the docstrings that click takes the help from."""

from __future__ import annotations

import ast
import inspect

import click


def restore_help(command: click.Command) -> None:
    """Give a command, and those below it, the help that is in its source."""
    callback = inspect.unwrap(command.callback) if command.callback else None
    if callback is not None and not command.help:
        try:
            source = inspect.getsource(inspect.getmodule(callback))  # type: ignore[arg-type]
        except (OSError, TypeError):  # a package without sources
            return
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == callback.__name__:
                command.help = ast.get_docstring(node)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            restore_help(below)
