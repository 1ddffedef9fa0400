"""`python -m conformance.tools.bench`: one run, one table."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from conformance.tools.bench import (
    codec_work,
    command_work,
    directory_work,
    fast_work,
    file_work,
    machine,
    many_work,
    memory_work,
    size_work,
    store_calls,
    store_listing,
    store_purging,
    store_work,
    suite_work,
    writers_work,
)
from conformance.tools.bench.files import hostile_files, write_file
from conformance.tools.bench.installed import Installed, can_measure
from conformance.tools.bench.records import ASCII
from conformance.tools.bench.rows import Row, as_text, document, table
from conformance.tools.bench.spread import FULL, QUICK, Effort

_LARGE = 1 << 30  # bytes
_LARGE_QUICK = 1 << 22

STORE = {
    "listing": store_listing.listing_rows,
    "listing-calls": store_calls.calls_rows,
    "purging": store_purging.purging_rows,
    "store-size": store_listing.size_rows,
}
GROUPS = (
    *("codec", "file", "memory", "start", "command-memory", "many", "directory", "size", "suite"),
    *STORE,
    *("saving", "writers"),
    "fast",
)

_HOW = """\
Ratios and differences are medians over rounds in which everything compared was measured in
turn; quartiles beside them. Ours and theirs are medians, too. `all`: the target holds for
every round, not for the median. A peer works from and into what stands behind its name, with
the same fields; rckp from a record into a record. Processes run from a copy of rckp in an
environment of its own whose byte code is compiled; memory is the highest resident set of the
process."""

# What a reader might look for, and does not find.
_NOT_MEASURED = ("other interpreters and other systems than the one named above",)


def main() -> int:
    """Return 1 with `--check` if a target is missed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m conformance.tools.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    parser.add_argument(
        "--quick", action="store_true", help="see whether it runs; the figures mean nothing"
    )
    parser.add_argument(
        "--build", type=Path, metavar="DIRECTORY", help="build there what takes node or cargo"
    )
    parser.add_argument(
        "--dir", type=Path, metavar="DIRECTORY", help="make the files there; saving depends on it"
    )
    parser.add_argument("--only", choices=GROUPS, action="append", help="measure only this")
    given = parser.parse_args()
    found = machine.describe()
    not_measured = list(_NOT_MEASURED)
    with tempfile.TemporaryDirectory(prefix="rckp-bench-", dir=given.dir) as directory:
        rows = []
        found["file_system"] = machine.file_system(Path(directory))
        work = _Work(given.only or GROUPS, given.quick, Path(directory), given.build, not_measured)
        for row in _rows(work):
            rows.append(row)
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    found["load_average_after"] = machine.load()
    print(f"{machine.sentence(found)}\n\n{table(rows)}\n\n{_HOW}\n\nNot measured:")
    print("\n".join(f"- {each}" for each in not_measured))
    if given.quick:
        print("\nA quick run: these figures mean nothing.")
    if given.json:
        text = as_text(document(rows, found, not_measured, given.quick))
        given.json.write_text(text, "utf-8")
    missed = [row for row in rows if row.met is False]
    print(f"\n{sum(row.met is True for row in rows)} targets met, {len(missed)} missed")
    return 1 if missed and given.check else 0


class _Work(NamedTuple):
    only: Sequence[str]
    quick: bool
    directory: Path
    build: Path | None
    not_measured: list[str]


def _rows(work: _Work) -> Iterator[Row]:
    only, quick, directory, build, not_measured = work
    effort: Effort = QUICK if quick else FULL
    large = _LARGE_QUICK if quick else _LARGE
    if shutil.disk_usage(directory).free < 2 * large:
        not_measured.append("files of 1 GiB: there is no room for them in the temporary directory")
        large = _LARGE_QUICK
    if "codec" in only:
        yield from codec_work.rows(effort, build, not_measured)
    if "file" in only:
        yield from file_work.rows(effort, directory, build, not_measured)
    if "memory" in only:
        yield from memory_work.rows(effort)
    if not can_measure():
        not_measured.append("start-up and memory of the command, many files: only on Linux")
    elif {"start", "command-memory", "many", "directory", "fast"} & set(only):
        installed = Installed(directory / "installed")
        small = write_file(directory / "small.ckpt", 300, ASCII)
        files = {"300 B": small, "twenty-bytes.ckpt": hostile_files()["twenty-bytes.ckpt"]}
        if "start" in only:
            yield from command_work.start_rows(effort, installed, files)
        if "command-memory" in only:
            yield from command_work.memory_rows(effort, installed, files, directory, large)
        if "many" in only:
            yield from many_work.rows(effort, installed, directory, quick=quick)
        if "directory" in only:
            yield from directory_work.rows(effort, installed, directory, not_measured, quick=quick)
        if "fast" in only:
            yield from fast_work.rows(
                effort, installed, directory, large, not_measured, quick=quick
            )
    if "size" in only:
        yield from size_work.rows(effort, directory, large, not_measured)
    if not can_measure():
        not_measured.append("listing, purging and saving: only on Linux")
    else:
        place = store_work.Place(directory, build, not_measured, quick)
        for name in [name for name in STORE if name in only]:
            yield from STORE[name](place)
        if "saving" in only:
            from conformance.tools.bench import store_save

            yield from store_save.rows(effort, directory)
        if "writers" in only:
            yield from writers_work.rows(directory, quick=quick)
    if "suite" in only:
        yield from suite_work.rows(effort)


if __name__ == "__main__":
    sys.exit(main())
