"""Runs the command `rckp` as a person does: a process with arguments, streams and a status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


LIMIT = 600  # seconds; for what hangs, on a machine however busy


class Result(NamedTuple):
    """The result of a command; `out` is bytes, since it can be a checkpoint."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")


def rckp(
    *arguments: str | Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Result:
    """Runs `rckp` with these arguments; whatever it prints must be fit for a terminal."""
    done = subprocess.run(
        [sys.executable, "-c", "from rckp.cli import main; main()", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=os.environ | {"COLUMNS": "80", "LC_ALL": "C.UTF-8"} | (environment or {}),
        check=False,
        timeout=LIMIT,
    )
    result = Result(done.returncode, done.stdout, done.stderr.decode("utf-8"))
    assert "Traceback" not in result.err, result.err
    assert not CONTROL.search(result.err), result.err
    return result
