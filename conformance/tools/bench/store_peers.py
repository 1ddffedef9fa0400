"""What the store is compared with: what somebody would write first, the original, and C."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from conformance.tools.bench.build import NotBuiltError, roma_lib_program
from rckp.grammar import RECORD

# Of the run that the original's program begins, which is checked when it starts.
IDENTITY = rckp.Identity(
    "HillClimbing",
    "neighborhood=BitFlipNeighborhood;"
    "termination_criteria=TerminationCriteria { criteria: [MaxIterations(0)] }",
    "Knapsack Problem with 1 items and capacity 3",
    "capacity=3.000, items=[(weight=1.000, value=2.000)]",
)
NOBODY = IDENTITY._replace(
    algorithm_parameters=IDENTITY.algorithm_parameters.replace(
        "MaxIterations(0)", "MaxIterations(1)"
    )
)
_ITERATIONS = {IDENTITY: "0", NOBODY: "1"}
DECODED = "rglob, read, rckp.decode"
PARSED = "rglob, read, grammar parsed"
ROMA_LIB = "roma_lib, its listing"
WALK = "walk in C"
_SOURCE = Path(__file__).with_name("walk.c")


NAIVE: dict[str, Callable[[bytes], Any]] = {DECODED: rckp.decode, PARSED: RECORD.parse}


class Program(NamedTuple):
    """A program that lists for each line of input, and prints the time that it took."""

    process: subprocess.Popen[str]
    request: str
    responses: Any
    check: Callable[[str], float]

    def seconds(self, number: int) -> float:
        """As the program itself says."""
        taken = 0.0
        for _ in range(number):
            assert self.process.stdin
            self.process.stdin.write(self.request)
            self.process.stdin.flush()
            taken += self.check(self.responses.readline())
        return taken


def compiled_walk(directory: Path, not_measured: list[str]) -> Path | None:
    """The walk in C, compiled; without a compiler None, and a line."""
    program = directory / "walk"
    if program.exists():
        return program
    compiler = shutil.which("cc")
    if compiler is None:
        line = "the walk in C: it needs a C compiler (apt install gcc)"
        if line not in not_measured:
            not_measured.append(line)
        return None
    subprocess.run([compiler, "-O2", "-o", program, _SOURCE], check=True)
    return program


def walk_arguments(base: Path, identity: rckp.Identity) -> list[str]:
    """Return the position of the identity in the files of a store, and its bytes."""
    data = next(base.rglob("*.ckpt")).read_bytes()
    record = rckp.decode(data)
    hashes = identity.signature_hashes
    ours = rckp.encode(
        record._replace(
            **identity._asdict(),
            algorithm_signature_hash=hashes[0],
            problem_signature_hash=hashes[1],
        )
    )
    after = ours.index(record.run_id.encode()) + len(record.run_id)
    start = ours.index(identity.algorithm_name.encode(), after)
    stop = ours.index(hashes[1].to_bytes(8, "little")) + 8
    return [str(base), str(start), ours[start:stop].hex()]


@contextmanager
def walking(
    program: Path, base: Path, identity: rckp.Identity, files: int, matching: int
) -> Iterator[Program]:
    """Return the walk in C, which must find these numbers of files and of matches."""

    def check(line: str) -> float:
        seen, found, nanoseconds = map(int, line.split())
        if (seen, found) != (files, matching):
            raise AssertionError(f"the walk saw {seen} files and found {found}")
        return nanoseconds / 1e9

    with subprocess.Popen(
        [program, *walk_arguments(base, identity)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        yield Program(process, "walk\n", process.stdout, check)
        process.stdin.close()


def compiled_roma_lib(build: Path | None, not_measured: list[str]) -> Path | None:
    """The program that lets the original list; if it cannot be built None, and a line."""
    try:
        return roma_lib_program(build, "rckp-listing")
    except NotBuiltError as error:
        line = f"listing against the original: {error}"
        if line not in not_measured:
            not_measured.append(line)
        return None


@contextmanager
def roma_lib_listing(
    program: Path, base: Path, identity: rckp.Identity, matching: int, directory: Path
) -> Iterator[Program]:
    """Yield the listing of `roma_lib` for an identity, which must find a number of matches.

    The program does not print the matches. It prompts if there are several; the
    answer is 0, a new run.
    """
    shown = directory / "original-asks"
    out, into = os.pipe()
    with (
        shown.open("ab") as screen,
        open(out, encoding="ascii") as responses,
        subprocess.Popen(
            [
                program,
                f"/dev/fd/{into}",
                _ITERATIONS[identity],
                "--resume",
                "--nc",
                "--checkpoint-dir",
                base,
            ],
            stdin=subprocess.PIPE,
            stdout=screen,
            stderr=subprocess.DEVNULL,
            pass_fds=[into],
            text=True,
        ) as process,
    ):
        os.close(into)
        words = responses.readline().rstrip("\n").split("\t")
        texts = [bytes.fromhex(word).decode() for word in words]
        if texts != list(identity):
            raise AssertionError(f"the original lists for another identity: {texts}")

        def check(line: str) -> float:
            offered = sum(text.startswith(b"[") for text in shown.read_bytes().splitlines())
            os.truncate(shown, 0)
            if offered != (matching if matching > 1 else 0):
                raise AssertionError(f"the original offered {offered} of {matching}")
            return int(line) / 1e9

        assert process.stdin
        yield Program(process, "list\n0\n", responses, check)
        with suppress(BrokenPipeError):
            process.stdin.close()
