"""Talks to an adapter: an implementation that speaks JSON Lines, one question, one answer."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

ANSWER_WITHIN = 60  # seconds; a hang is a failure, not a test run that never ends

Answer = dict[str, Any]


class Adapter:
    """A running adapter: one question, one answer, each a line of JSON."""

    def __init__(self, process: subprocess.Popen[str], stderr: IO[bytes]) -> None:
        self._process = process
        self._stderr = stderr

    def ask(self, request: Answer) -> Answer:
        assert self._process.stdin
        assert self._process.stdout
        watch = threading.Timer(ANSWER_WITHIN, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            self._stderr.seek(0)
            pytest.fail(f"no answer; on stderr: {self._stderr.read()[-2000:]!r}")
        answer: Answer = json.loads(line)
        return answer

    def decode(self, data: bytes) -> Answer:
        """The answer without its type and id: a record, or an error with or without a code."""
        answer = self.ask({"type": "run", "id": "x", "op": "decode", "bytes": data.hex()})
        assert answer.pop("id") == "x"
        kind = answer.pop("type")
        assert (kind, list(answer)) in [("ok", ["record"]), ("error", ["code"]), ("error", [])]
        return answer


@contextmanager
def running(command: list[str]) -> Iterator[Adapter]:
    with (
        tempfile.TemporaryFile() as stderr,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
        ) as process,
    ):
        try:
            yield Adapter(process, stderr)
            assert process.stdin
            process.stdin.write('{"type": "bye"}\n')
            process.stdin.close()
            assert process.wait(10) == 0
        finally:
            process.kill()
