"""`python -m conformance.tools.other_tools`: ask other programs about every file of the suite.

Each program uses the description that is generated for it in `spec/`. The command writes
`verdicts.json` and the tables of docs/other-tools.md. `python -m conformance.tools.other_tools
NAME...` asks only those programs. `--pages` asks none, and writes the tables again.
`--check` reports whether the verdicts and the pages belong to the present suite and descriptions.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from conformance.tools.other_tools import daffodil, pages, poke, recognisers, verdicts
from conformance.tools.other_tools.answers import Tool
from conformance.tools.other_tools.inputs import ROOT, Input, inputs

COMMAND = "python -m conformance.tools.other_tools"

Run = Callable[[Iterable[Input], Path], dict[str, Tool]]
# In the order of the page: what asks a program, and the names of the tools that it makes of it.
RUNS: dict[str, tuple[Run, tuple[str, ...]]] = {
    "poke": (poke.run, ("poke", "poke-map")),
    "daffodil": (daffodil.run, ("daffodil",)),
    "file": (recognisers.libmagic, ("file",)),
    "mime": (recognisers.mime, ("mime",)),
    "fido": (recognisers.fido, ("fido",)),
}


def check() -> int:
    """Return 1, with messages, if the verdicts or the pages are stale."""
    found = verdicts.load()
    stale = [*verdicts.stale(found), *verdicts.unexplained(found)]
    if not stale:
        stale = [
            f"{path}: it is not the page of these verdicts"
            for path, text in pages.pages(found).items()
            if (ROOT / path).read_text("utf-8") != text
        ]
    for each in stale:
        print(f"{each} (`{COMMAND}` renews it)", file=sys.stderr)
    return 1 if stale else 0


def main(arguments: list[str]) -> int:
    """Return the exit status. With names of programs, ask only those."""
    if arguments == ["--check"]:
        return check()
    if arguments == ["--pages"]:
        _write_pages(verdicts.load())
        return 0
    if unknown := set(arguments) - set(RUNS):
        print("no such program:", *sorted(unknown), file=sys.stderr)
        return 2
    tools: dict[str, Tool] = {}
    for name in arguments or RUNS:
        with tempfile.TemporaryDirectory() as directory:
            tools |= RUNS[name][0](inputs(), Path(directory))
    found = verdicts.graded(inputs(), tools)
    if arguments:
        order = [tool for _, names in RUNS.values() for tool in names]
        found = verdicts.merged(verdicts.load(), found, order)
    if wrong := verdicts.unexplained(found):
        print("wrong answers without a reason:", *wrong, sep="\n", file=sys.stderr)
        return 1
    verdicts.STORED.write_text(verdicts.dump(found), "utf-8", newline="\n")
    _write_pages(found)
    return 0


def _write_pages(found: verdicts.Verdicts) -> None:
    for path, text in pages.pages(found).items():
        (ROOT / path).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
