"""Options that name a file to write: all of them check it first and write it in the same way."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager

import click

from rckp.cli import EXIT_ERROR
from rckp.cli.file_errors import FileError
from rckp.files.output_file import OutputFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.shell_completion import CompletionItem
    from typing_extensions import Buffer

_STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


class Output:
    """A file that a command writes at its end, or standard output for `-`.

    With `new`, a file that exists is not replaced.

    Raises `FileError` if the file cannot be written, when it is made and when it is written.
    """

    def __init__(self, path: str, *, new: bool = False) -> None:
        self.path = path
        self.is_standard_output: bool = path in _STANDARD_OUTPUT
        self._file: OutputFile | None = None
        if not self.is_standard_output:
            try:
                self._file = OutputFile(path, new=new)
            except OSError as error:
                raise _refused(path, error) from None

    def refuse_terminal(self, what: str = "a checkpoint") -> None:
        """Raise `UsageError` if a checkpoint, or `what` it is, would go to a terminal."""
        if self.is_standard_output and sys.stdout.isatty():
            raise click.UsageError(f"{what} is binary: name a file with --output")

    def write(self, data: bytes) -> None:
        """Write the whole file, and flush it."""
        with self.writing() as write:
            write(data)

    @contextmanager
    def writing(self) -> Iterator[Callable[[Buffer], object]]:
        """As `write`, of a file in pieces: a function that writes the next bytes."""
        if self._file is None:
            yield sys.stdout.buffer.write
            sys.stdout.flush()
            return
        with ExitStack() as stack:
            with self._errors():
                write = stack.enter_context(self._file.writing())

            def write_or_refuse(data: Buffer) -> None:
                with self._errors():
                    write(data)

            yield write_or_refuse
            with self._errors():  # the file gets its name
                stack.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _refused(self.path, error) from None


def _refused(path: str, error: OSError) -> FileError:
    reason = error.strerror or str(error)
    return FileError(path or "the output file", f"cannot be written: {reason}", EXIT_ERROR)


class OutputType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """The type of an option whose value is the name of a file to write."""

    name = "file"

    def __init__(self, *, new: bool = False) -> None:
        self._new = new

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Output:
        """Check the file. Raises `FileError`."""
        if isinstance(value, Output):
            return value
        return Output(str(value), new=self._new)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete names of files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


OUTPUT = OutputType()
NEW_OUTPUT = OutputType(new=True)
