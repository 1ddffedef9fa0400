"""The start-up time and the memory of `rckp validate`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from conformance.tools.bench.codec_work import size_of
from conformance.tools.bench.files import hostile_files, write_file
from conformance.tools.bench.installed import Installed
from conformance.tools.bench.records import ASCII, MIXED
from conformance.tools.bench.rows import Row, Target
from conformance.tools.bench.spread import Effort, Spread, ratios

START, MEMORY = "start-up", "memory of rckp validate, beyond that of a 300 B file"

_MEBI = 1 << 20
_BOUND = Target(2.0, of_all=True)  # MiB
_LARGE_ROUNDS = 3  # they take seconds each
_ALL_FROM = 30  # slow rounds: a shorter run measures fewer hostile files
_TWENTY = "twenty-bytes.ckpt"
_INVALID = "299 B, invalid"


class Start(NamedTuple):
    """A command as a user types it. `at_most` is a multiple of `python -c pass`."""

    command: tuple[str, ...]
    at_most: float | None
    status: int = 0


STARTS = (
    Start(("rckp", "validate", "300 B"), 3.5),
    Start(("rckp", "validate", _TWENTY), None, 1),
    Start(("python", "-c", "import rckp"), 2.5),
    Start(("python", "-c", "import click"), None),  # what other commands cannot do without
)
_NOTHING = Start(("python", "-c", "pass"), None)


def start_rows(effort: Effort, installed: Installed, files: dict[str, Path]) -> Iterator[Row]:
    """Yield a row for each command, compared with an interpreter that does nothing."""
    known = {"rckp": installed.command, "python": installed.python}
    known |= {name: str(path) for name, path in files.items()}
    seconds: dict[Start, list[float]] = {start: [] for start in (_NOTHING, *STARTS)}
    for _ in range(effort.slow_rounds + 1):
        for start, taken in seconds.items():
            command = [known.get(word, word) for word in start.command]
            taken.append(installed.run(command, status=start.status).seconds)
    for taken in seconds.values():
        del taken[0]  # the files were not in memory yet
    for start in STARTS:
        yield Row(
            START,
            " ".join(start.command),
            start.command[0],
            " ".join(_NOTHING.command),
            "ms",
            Spread.of([1000 * s for s in seconds[start]]),
            Spread.of([1000 * s for s in seconds[_NOTHING]]),
            ratios(seconds[start], seconds[_NOTHING]),
            "×",
            None if start.at_most is None else Target(start.at_most),
        )


def memory_rows(
    effort: Effort, installed: Installed, files: dict[str, Path], directory: Path, large: int
) -> Iterator[Row]:
    """Yield a row for each kind of file, by its path and through a pipe."""
    small = files["300 B"]
    # An invalid file takes the memory of click, which shows its finding, whatever its size.
    cut = directory / "cut.ckpt"
    cut.write_bytes(small.read_bytes()[:-1])
    hostile = hostile_files()
    rounds = min(10, effort.slow_rounds)
    paths = [path for name, path in hostile.items() if name != _TWENTY]
    paths = paths[:: max(1, _ALL_FROM // effort.slow_rounds)]

    def measure(path: Path, status: int = 0, *, piped: bool = False) -> int:
        command = [installed.command, "validate", "-" if piped else str(path)]
        run = installed.run(command, feed=path if piped else None, status=status)
        if run.memory is None:
            raise RuntimeError("the launcher is larger than the command: nothing was measured")
        return run.memory

    for piped in (False, True):
        how = ", from a pipe" if piped else ""
        base = [measure(small, piped=piped) for _ in range(rounds)]
        again = [measure(small, piped=piped) for _ in range(rounds)]
        yield _memory_row(f"300 B once more{how}", again, base, None)
        twenty = [measure(hostile[_TWENTY], 1, piped=piped) for _ in range(rounds)]
        invalid = [measure(cut, 1, piped=piped) for _ in range(rounds)]
        work = f"20 B that declare 4 GiB{how}"
        yield _memory_row(work, twenty, invalid, _BOUND)._replace(against=_INVALID)
        lying = [measure(path, 1, piped=piped) for path in paths]
        work = f"{len(lying)} files, each with a lying length{how}"
        yield _memory_row(work, lying, invalid, _BOUND)._replace(against=_INVALID)
        for text in (ASCII, MIXED):
            path = write_file(directory / "large.ckpt", large, text)
            try:
                taken = [measure(path, piped=piped) for _ in range(_LARGE_ROUNDS)]
            finally:
                path.unlink()
            yield _memory_row(f"{size_of(large)}, {text}{how}", taken, base, _BOUND)


def _memory_row(work: str, taken: list[int], base: list[int], target: Target | None) -> Row:
    small = Spread.of([b / _MEBI for b in base])
    return Row(
        MEMORY,
        work,
        "rckp validate",
        "300 B",
        "MiB",
        Spread.of([t / _MEBI for t in taken]),
        small,
        Spread.of([t / _MEBI - small.median for t in taken]),
        "MiB",
        target,
    )
