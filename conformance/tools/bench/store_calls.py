"""The system calls of a listing, counted by strace."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from conformance.tools.bench import store_peers as peers
from conformance.tools.bench.rows import Row
from conformance.tools.bench.spread import Spread
from conformance.tools.bench.store_peers import NOBODY
from conformance.tools.bench.store_trees import plant
from conformance.tools.bench.store_work import WORK, WORK_QUICK, Place

CALLS = "system calls of a listing, a file"


def calls_rows(place: Place) -> Iterator[Row]:
    """Yield a row with the system calls, counted by strace."""
    if shutil.which("strace") is None:
        line = "system calls of a listing: they need strace (apt install strace)"
        place.not_measured.append(line)
        return
    work = WORK_QUICK[0] if place.quick else WORK[0]
    tree = plant(place.directory / "tree", work.files, work.size, work.ours)
    program = peers.compiled_walk(place.directory, place.not_measured)
    try:
        ours = _system_calls(place.directory, [sys.executable, "-c", _LISTS, str(tree.base)])
        theirs = None
        if program:
            walk = [str(program), *peers.walk_arguments(tree.base, NOBODY)]
            theirs = _system_calls(place.directory, walk)
    finally:
        shutil.rmtree(tree.base)
    each = [Spread.of([n / work.files]) for n in (ours, theirs or ours)]
    yield Row(
        CALLS,
        work.says(0),
        "list_resumable",
        peers.WALK if program else None,
        "calls",
        each[0],
        each[1] if program else None,
        Spread.of([each[0].median / each[1].median if program else each[0].median]),
        "×" if program else "calls",
    )


_LISTS = f"""
import sys, rckp
store = rckp.CheckpointStore(sys.argv[1])
for line in sys.stdin:
    store.list_resumable(rckp.Identity{tuple(NOBODY)!r})
"""


def _system_calls(directory: Path, command: list[str]) -> int:
    """Return the calls of one listing: those of two listings, less those of one."""
    counts = []
    for times in (1, 2):
        trace = directory / "trace"
        subprocess.run(
            ["strace", "-f", "-o", trace, *command],
            input="list\n" * times,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        counts.append(len(trace.read_text("utf-8", "replace").splitlines()))
        trace.unlink()
    return counts[1] - counts[0]
