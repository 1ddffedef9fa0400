"""The wheel and the source archive of this version, which the site offers.

They are built while mkdocs renders the pages, and are put into the site at its end. They are not
in the repository.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import rckp

MARK = "<!-- distribution -->"
WHEEL = f"rckp-{rckp.__version__}-py3-none-any.whl"
SOURCE = f"rckp-{rckp.__version__}.tar.gz"
_ABOUT = {
    WHEEL: "the wheel: the command, the library, the specification and the suite",
    SOURCE: "the source: also the tests, the implementations in other languages, and this site",
    "rckp-suite.tar.bz2": "the suite alone, for implementations in any language",
}


def table() -> str:
    """Return the table of the files as Markdown; mkdocs cannot check links to them yet."""
    rows = [f'| <a href="{name}" download>{name}</a> | {about} |' for name, about in _ABOUT.items()]
    return "\n".join(["| file | contents |", "|---|---|", *rows])


def start(root: Path, directory: Path) -> subprocess.Popen[bytes]:
    """Start to build both files into a directory."""
    words = ("-m", "hatchling", "build", "-d", str(directory), "-t", "wheel", "-t", "sdist")
    return subprocess.Popen(
        [sys.executable, *words], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[bytes], directory: Path, site: Path) -> None:
    """Wait for the files, and move them into the site. Raise `RuntimeError` without them."""
    _, said = process.communicate()
    if process.returncode:
        raise RuntimeError(f"hatchling failed: {said.decode(errors='replace')}")
    for name in (WHEEL, SOURCE):
        (site / name).write_bytes((directory / name).read_bytes())
