"""Runs an example of docs/examples to its end, alone and while it is killed; prints both results.

    python -m conformance.tests.store.killed_forks EXAMPLE DIRECTORY KILLS SEED [OLD NEW]...

Most of the time of a short run is the start of Python and the imports. A run is a fork of this
process, which has imported everything. A run gets a share of the saves, then it waits to be
killed, so that none reaches its end. Many are killed earlier, at a random moment. At the end, a
run is killed after it has saved the state that it has restored: it must be the same.

A pair OLD NEW is a change of the source: a run with it is killed once, and its result is printed.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import rckp

_TIMEOUT = 120.0  # seconds; only a run that hangs takes as long


class Life:
    """A run in a fork. It writes a byte for each save, and its result at the end."""

    def __init__(self, optimise: Callable[[str], object], base: Path, saves: int = 0) -> None:
        """The run waits after `saves` saves, or never."""
        self._read, write = os.pipe()
        self.output = b""
        self.process = os.fork()
        if not self.process:
            _run(optimise, str(base), write, saves)
        os.close(write)

    def wait_for_save(self) -> bool:
        """Return whether the run has saved; it may have ended before."""
        while not self.output:
            if not self._receive():
                return False
        return self.output.startswith(b"s")

    def kill(self) -> int:
        """End the run with SIGKILL; return its number of saves."""
        os.kill(self.process, signal.SIGKILL)
        self._end(-signal.SIGKILL)
        return self.output.count(b"s")

    def result(self) -> tuple[Any, int]:
        """Wait for the end; return the result and the number of saves."""
        self._end(0)
        saves, _, text = self.output.partition(b"\n")
        return json.loads(text), len(saves)

    def _end(self, expected: int) -> None:
        while self._receive():
            pass
        os.close(self._read)
        _, status = os.waitpid(self.process, 0)
        ended = os.waitstatus_to_exitcode(status)
        if ended != expected:
            raise RuntimeError(f"the run ended with {ended} instead of {expected}")

    def _receive(self) -> bytes:
        if not select.select([self._read], [], [], _TIMEOUT)[0]:
            os.kill(self.process, signal.SIGKILL)
            raise TimeoutError
        received = os.read(self._read, 1 << 16)
        self.output += received
        return received


def _run(optimise: Callable[[str], object], base: str, pipe: int, limit: int) -> NoReturn:
    count, write = 0, rckp.CheckpointStore._write

    def counted(*arguments: Any) -> Path:
        nonlocal count
        path = write(*arguments)
        os.write(pipe, b"s")
        count += 1
        while count == limit:
            time.sleep(1)
        return path

    status = 1
    try:
        rckp.CheckpointStore._write = counted  # type: ignore[method-assign,assignment]
        try:
            result = optimise(base)
        except Exception as error:
            traceback.print_exc()
            result = {"error": f"{type(error).__name__}: {error}"}
        with open(pipe, "wb") as file:  # a float is written with the digits that identify it
            file.write(b"\n" + json.dumps(result).encode())
        status = 0
    finally:
        os._exit(status)


def load(source: str, path: str) -> Callable[[str], object]:
    """Return `optimise` of an example."""
    names: dict[str, Any] = {"__name__": Path(path).stem, "__file__": path}
    exec(compile(source, path, "exec"), names)  # noqa: S102
    found: Callable[[str], object] = names["optimise"]
    return found


def only_payload(base: Path) -> str:
    """Return the payload of the one checkpoint that a killed run has left, which is valid."""
    [path] = base.rglob("*.ckpt")
    report = rckp.validate(path)
    assert report.valid, report
    return rckp.decode(path.read_bytes()).step_state_payload


def main(example: str, directory: str, kills: str, seed: str, *changes: str) -> None:
    source = Path(example).read_text("utf-8")
    optimise = load(source, example)
    gc.collect()
    gc.freeze()  # the forks share the memory
    base, rng = Path(directory), random.Random(int(seed))
    began = time.monotonic()
    alone, saves = Life(optimise, base / "alone").result()
    pause = (time.monotonic() - began) / saves
    payloads, counts = list[str](), list[int]()
    for _ in range(int(kills)):
        share = 1 + (saves - 1) // (int(kills) + 1)  # the first save is that of the restored state
        life = Life(optimise, base / "killed", share)
        assert life.wait_for_save(), life.output
        time.sleep(rng.uniform(0, share * pause))
        counts.append(life.kill())
        payloads.append(only_payload(base / "killed"))
    life = Life(optimise, base / "killed", 1)
    life.wait_for_save()
    life.kill()
    restored = only_payload(base / "killed")
    killed, rest = Life(optimise, base / "killed").result()
    changed = list[Any]()
    for number, (old, new) in enumerate(zip(changes[::2], changes[1::2], strict=True)):
        assert old in source, old
        wrong = load(source.replace(old, new), example)
        life = Life(wrong, base / str(number), saves // 2)
        while life.output.count(b"s") < saves // 2:
            assert life._receive()
        life.kill()
        changed.append(Life(wrong, base / str(number)).result()[0])
    print(
        json.dumps(
            {
                "alone": alone,
                "killed": killed,
                "changed": changed,
                "payloads": payloads,
                "restored": restored,
                "saves": [saves, *counts, rest],
                "left": [str(each) for each in (base / "killed").rglob("*.ckpt")],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
