"""The files that each tool is asked about, and what is true of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import rckp
from rckp.conformance.suite import Suite
from rckp.format.layouts import NEXT, RELEASED, codec

ROOT = Path(__file__).resolve().parents[3]
SPEC = ROOT / "spec"
FIXTURES = ROOT / "fixtures"
MAGIC = b"RCKP"


class Error(NamedTuple):
    """The first error of a file, in the words of a case."""

    code: str
    field: str = ""
    offset: int | None = None
    wanted: int = 0
    available: int = 0


class Input(NamedTuple):
    """A file, its layout, and the truth: an error, or the values of the record."""

    id: str
    layout: str
    path: Path
    error: Error | None
    record: tuple[Any, ...] | None

    @property
    def has_magic(self) -> bool:
        """Whether the file begins with the magic number."""
        with self.path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC


@cache
def inputs() -> tuple[Input, ...]:
    """All files: the cases of the released layout and of the draft, and the real files.

    The truth of a case is what the case expects. A real file is decoded.
    """
    suite = Suite.locate()
    found = []
    for layout, checks in ((RELEASED, suite.checks()), (NEXT, suite.draft_checks())):
        for case in {check.case.id: check.case for check in checks}.values():
            if case.op in ("decode", "decode-next"):
                path = (case.path.parent / case.document["input"]["file"]).resolve()
                error = _error(case.expect["error"]) if "error" in case.expect else None
                record = None if error else tuple(codec(layout).decode(case.data))
                found.append(Input(case.id, layout, path, error, record))
    return (*found, *_real_files())


def _error(expected: Mapping[str, str]) -> Error:
    numbers = {
        name: int(expected[name]) for name in ("offset", "wanted", "available") if name in expected
    }
    return Error(expected["code"], expected["field"], **numbers)


def _real_files() -> Iterator[Input]:
    """What `roma_lib` left when it was killed."""
    for path in sorted((FIXTURES / "files/real").rglob("*.ckpt")):
        yield decoded(path.relative_to(FIXTURES).as_posix(), path)


def decoded(id_: str, path: Path) -> Input:
    """Return a file of the released layout of which the reference knows the truth."""
    try:
        return Input(id_, RELEASED, path, None, tuple(rckp.decode(path.read_bytes())))
    except rckp.DecodeError as error:
        numbers = (error.offset, error.wanted or 0, error.available or 0)
        return Input(id_, RELEASED, path, Error(error.code, error.field, *numbers), None)
