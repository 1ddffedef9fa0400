"""The standard streams of the command: never missing, and with distinguishable errors."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, cast


class StandardOutputError(Exception):
    """Standard output cannot be written; `reason` is an `OSError`.

    It is no `OSError` itself, so that nothing takes it for an error of a file, and click does
    not turn a closed pipe into exit status 1.
    """

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason

    @property
    def is_closed_pipe(self) -> bool:
        """Whether the reader has closed the output, as in `rckp … | head`."""
        return self.reason.errno in (errno.EPIPE, errno.ESHUTDOWN)


class _StandardOutput(io.FileIO):
    """Writes to standard output. Raises `StandardOutputError`."""

    def write(self, data: object) -> int | None:  # type: ignore[override]
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as error:
            raise StandardOutputError(error) from None


class _StandardError(io.FileIO):
    """Writes to standard error. Ignores errors, because there is nowhere to report them."""

    def write(self, data: object) -> int | None:  # type: ignore[override]
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return len(memoryview(data).cast("B"))  # type: ignore[arg-type]


def colour_wanted() -> bool | None:
    """Return whether to print colours, from the environment; None: only on a terminal.

    As no-color.org and force-color.org say; with both variables there are no colours.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def prepare() -> None:
    """Replace the standard streams by ones that fulfil what this module promises.

    A stream that the caller has closed is opened in a way that makes each use of it fail.
    Otherwise the next file that the program opens would get its descriptor, and messages
    would go into that file.
    """
    for number in range(3):
        _open_if_closed(number)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open until the end
    if hasattr(sys.stdin, "reconfigure"):  # an answer may be any bytes
        sys.stdin.reconfigure(errors="backslashreplace")
    sys.stdout = _text(sys.stdout, 1, _StandardOutput)
    sys.stderr = _text(sys.stderr, 2, _StandardError)


def _open_if_closed(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        # Standard input opened for writing, and output for reading: using them is an error.
        opened = os.open(os.devnull, (os.O_WRONLY, os.O_RDONLY, os.O_RDWR)[number])
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)


def _text(
    stream: Any, number: int, kind: type[_StandardOutput | _StandardError]
) -> io.TextIOWrapper:
    """Make the text stream on a descriptor, with the encoding of the one that it replaces."""
    if stream is None:
        encoding = "utf-8"
    else:
        encoding = stream.encoding
        if os.name == "nt" and stream.isatty():  # it does not write bytes
            stream.reconfigure(errors="backslashreplace")
            return cast("io.TextIOWrapper", stream)
    raw = kind(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="backslashreplace",  # what a terminal cannot show must not end the program
        line_buffering=number == 2 or raw.isatty(),
    )


def give_up_standard_output() -> None:
    """Discard the buffer of standard output.

    Without this the interpreter tries to write it at its exit, and ends with status 120.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
