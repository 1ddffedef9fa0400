"""What the commands that look at one file share: opening it, and saying why it will not do."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

import click

from rckp.cli import TROUBLE
from rckp.display import escape
from rckp.errors import PathError, RckpError
from rckp.read.source import OpenFile, SourceError, refusal


def not_empty(path: str, argument: str) -> None:
    """Raise `UsageError` for an empty path, such as that of an unset variable of a shell."""
    if not path:
        raise click.UsageError(f"{argument} is empty; for the current directory, write a dot.")


def open_source(path: str) -> BinaryIO:
    """A file that can be read from any place; standard input (`-`) is kept on disk for it.

    Raises `Refused` for what is missing, unreadable or no regular file.
    """
    not_empty(path, "The name of the file")
    try:
        if path != "-":
            with OpenFile(path) as file:
                return _whole_file(file)
        import shutil  # noqa: PLC0415 - only for standard input
        import tempfile  # noqa: PLC0415

        spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.seek(0)
        return spool
    except SourceError as error:
        raise Refused(path, error, TROUBLE) from None
    except OSError as error:
        raise Refused(path, refusal(error, path), TROUBLE) from None


def _whole_file(file: OpenFile) -> BinaryIO:
    import io  # noqa: PLC0415
    import os  # noqa: PLC0415

    class Source(io.FileIO):
        """Raises `Refused` for an error of reading, which names the file."""

        def readinto(self, buffer: Any) -> Any:
            try:
                return super().readinto(buffer)
            except OSError as error:
                raise Refused(file.path, refusal(error, file.path), TROUBLE) from None

    return io.BufferedReader(Source(os.dup(file.fd), "rb"))


def read_source(path: str) -> bytes:
    """All bytes of a file or of standard input. Raises `Refused`."""
    not_empty(path, "The name of the file")
    try:
        if path == "-":
            return sys.stdin.buffer.read()
        with OpenFile(path) as file:
            pieces = []
            while piece := file.read(1 << 20):
                pieces.append(piece)
            file.check_unchanged()
            return b"".join(pieces)
    except SourceError as error:
        raise Refused(path, error, TROUBLE) from None
    except OSError as error:
        raise Refused(path, refusal(error, path), TROUBLE) from None


class Refused(click.ClickException):
    """An error about one file: what is wrong, and on a second line what to do next."""

    def __init__(self, path: str, error: RckpError | str, status: int, hint: str = "") -> None:
        text = str(error)
        if not isinstance(error, PathError):  # whose message begins with its path
            text = f"{path}: {text}"
        super().__init__(escape(text))
        self.status = status
        self.hint = hint or (error.action if isinstance(error, RckpError) else "")

    def show(self, file: object = None) -> None:
        """Prints both lines on standard error."""
        label = click.style("error", fg="red", bold=True)
        click.echo(f"{label}: {self.message}", err=True)
        if self.hint:
            click.echo(click.formatting.wrap_text(escape(self.hint), 79, "  ", "  "), err=True)
