"""Runs the command `rckp` as a person does: a process with arguments, streams and a status."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from conformance.tests.fork_server import ForkServer

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

MAX_PIPED = 1 << 16  # bytes that a pipe holds
LIMIT = 600  # seconds; for what hangs, on a machine however busy

# The interpreter reads these at its start, so that a fork of a running one does not obey them.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_")

ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""The environment in which Python takes names for ASCII."""


class Result(NamedTuple):
    """The result of a command; `out` is bytes, since it can be a checkpoint."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")


@functools.cache
def _server() -> ForkServer:
    return ForkServer()


def run_forked(
    arguments: list[str],
    streams: tuple[int, int, int],
    environment: dict[str, str],
    directory: Path | None = None,
) -> int:
    """Run `rckp` with these descriptors as its standard streams, and return its exit status."""
    place = str(directory or Path.cwd())
    return _server().run(arguments, place, environment, streams, LIMIT)


def rckp(
    *arguments: str | Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Result:
    """Runs `rckp` with these arguments; whatever it prints must be fit for a terminal."""
    words = [*map(str, arguments)]
    own = environment or {}
    variables = os.environ | {"COLUMNS": "80", "LC_ALL": "C.UTF-8"} | own
    if len(stdin) > MAX_PIPED or any(name.startswith(_READ_AT_START) for name in own):
        command = [sys.executable, "-c", "from rckp.cli import main; main()", *words]
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env=variables,
            check=False,
            timeout=LIMIT,
        )
        status, out, error = done.returncode, done.stdout, done.stderr
    else:
        reading, writing = os.pipe()
        os.write(writing, stdin)
        os.close(writing)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                streams = (reading, output.fileno(), errors.fileno())
                status = run_forked(words, streams, variables, cwd)
            finally:
                os.close(reading)
            output.seek(0)
            errors.seek(0)
            out, error = output.read(), errors.read()
    result = Result(status, out, error.decode("utf-8"))
    assert "Traceback" not in result.err, result.err
    assert not CONTROL.search(result.err), result.err
    return result
