"""The suite as plain files, for those who want it without Python."""

from __future__ import annotations

import shutil
from pathlib import Path

from rckp.suite.collection import Suite
from rckp.suite.results import SPECIFICATION, SUITE_VERSION

_README = f"""\
# The RCKP conformance suite {SUITE_VERSION}

Cases for implementations of RCKP, edition {SPECIFICATION} of the specification. Everything
here is data; nothing needs Python. The files below `fixtures` are CC0-1.0.

* `fixtures/cases`: one JSON file a case, described by `fixtures/case.schema.json`; the bytes
  that a case is about lie beside it. Integers are decimal strings, bytes lower-case hex.
* `fixtures/manifest.json`: the SHA-256 of every file; its own is the digest of the suite.
* `spec`: the specification, its requirements and codes, and the schema of a record.
* `protocol.md` and `spec/adapter.schema.json`: how `rckp conformance run` asks an
  implementation. Whoever has a test driver already can do without.

To test a decoder without the runner: for each case whose `op` is `decode`, decode the file
`input.file`. If `expect` has a `record`, that must come out; if it has an `error`, the file
must be refused, for the reason that is told there. If `classes` has `writer`, the record must
encode to exactly the bytes of the file.

With the runner: `rckp conformance run --suite . -- YOUR-ADAPTER`
"""


def export(suite: Suite, folder: Path, protocol: Path) -> int:
    """Copies the suite into a new or empty folder, and gives the number of its files.

    `protocol` is the chapter on the protocol. Raises `FileExistsError` if there is something
    in the folder, `ValueError` if the suite is not what its manifest says, and `OSError`.
    """
    suite.verify()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there, and not an empty directory")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(suite.fixtures, folder / "fixtures")
    shutil.copytree(suite.spec, folder / "spec")
    shutil.copyfile(protocol, folder / "protocol.md")
    (folder / "README.md").write_text(_README, "utf-8", newline="\n")
    return sum(path.is_file() for path in folder.rglob("*"))


def protocol_chapter() -> Path:
    """The chapter on the protocol: in an installed package its own copy, else that in docs."""
    package = Path(__file__).resolve().parents[1]
    for path in (package / "data" / "protocol.md", package.parents[1] / "docs" / "protocol.md"):
        if path.is_file():
            return path
    raise FileNotFoundError("the chapter on the protocol is missing from this installation")
