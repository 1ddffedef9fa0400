"""Export of the suite as plain files, for use without Python."""

from __future__ import annotations

import bz2
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rckp.conformance import SPECIFICATION, SUITE_VERSION
from rckp.files.output_file import OutputFile, write_tree

if TYPE_CHECKING:
    from rckp.conformance.suite import Suite

ARCHIVE_SUFFIX = ".tar.bz2"

_DATE = 1767225600  # of every file of an archive: 2026-01-01, that two of the same suite be equal

_README = f"""\
# The RCKP conformance suite {SUITE_VERSION}

Cases for implementations of RCKP, edition {SPECIFICATION} of the specification. Everything
here is data; nothing needs Python. The files below `fixtures` are CC0-1.0.

* `fixtures/cases`: one JSON file a case, described by `fixtures/case.schema.json`; the bytes
  that a case is about lie beside it. Integers are decimal strings, bytes lower-case hex.
* `fixtures/manifest.json`: the SHA-256 of every file; its own is the digest of the suite.
* `fixtures/crash`: the scenarios of the crash tests, described in `fixtures/README.md`.
* `spec`: the specification, its requirements and codes, the schema of a record, the Kaitai
  Struct grammar, the entry for `file`, and descriptions for GNU poke, Apache Daffodil (DFDL), FIDO
  and the MIME database of freedesktop.org. `spec/cases/contents.md` leads from each requirement
  to the cases that test it, and from each case back to its requirements.
* `protocol.md` and `spec/adapter.schema.json`: how `rckp conformance run` asks an
  implementation. Whoever has a test driver already can do without.

To test a decoder without the runner: for each case whose `op` is `decode`, decode the file
`input.file`. If `expect` has a `record`, that must come out; if it has an `error`, the file
must be refused, for the reason that is told there. If `classes` has `writer`, the record must
encode to exactly the bytes of the file.

With the runner: `rckp conformance run --suite . -- YOUR-ADAPTER`, and for a store also
`rckp conformance crash --suite . -- YOUR-ADAPTER`
"""


def members(fixtures: Path, spec: Path, protocol: Path) -> dict[str, bytes]:
    """Every file of an exported suite, by its path there, in the order of the paths.

    `protocol` is the chapter on the protocol. Raises `OSError`.
    """
    files = {"README.md": _README.encode(), "protocol.md": protocol.read_bytes()}
    for directory in (fixtures, spec):
        for path in directory.rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                files[f"{directory.name}/{path.relative_to(directory).as_posix()}"] = (
                    path.read_bytes()
                )
    return dict(sorted(files.items()))


def archive(files: Mapping[str, bytes]) -> bytes:
    """The files as `.tar.bz2`, below one directory; the same bytes for the same files.

    bzip2, because its output has been the same for decades, which that of zlib and of liblzma
    is not: it depends on their versions.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"rckp-suite-{SUITE_VERSION}/{name}")
            entry.size, entry.mtime = len(data), _DATE
            tar.addfile(entry, io.BytesIO(data))
    return bz2.compress(packed.getvalue())


def export(suite: Suite, target: Path, protocol: Path) -> int:
    """Write the suite into a new or empty directory, or an archive; return the number of files.

    An archive is what ends in `.tar.bz2`; one that is there is replaced. `protocol` is the
    chapter on the protocol. Raises `FileExistsError` if there is something in the directory,
    `ValueError` if the suite is not what its manifest says, and `OSError`.
    """
    suite.verify()
    files = members(suite.fixtures, suite.spec, protocol)
    if target.name.endswith(ARCHIVE_SUFFIX):
        OutputFile(str(target)).write(archive(files))
    else:
        write_tree(str(target), files)
    return len(files)


def protocol_chapter() -> Path:
    """The chapter on the protocol: in an installed package its own copy, else that in docs."""
    package = Path(__file__).resolve().parents[1]
    for path in (package / "data" / "protocol.md", package.parents[1] / "docs" / "protocol.md"):
        if path.is_file():
            return path
    raise FileNotFoundError("the chapter on the protocol is missing from this installation")
