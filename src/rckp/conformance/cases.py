"""The cases of the suite: JSON files below `fixtures/cases`, binary inputs beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.case_shape import check_case
from rckp.conformance.shape import quote
from rckp.conformance.suite_files import SuiteFiles
from rckp.display import escape
from rckp.errors import EncodeError
from rckp.format.record import CheckpointRecord


class Edit(NamedTuple):
    """A change to a base: `insert` replaces `remove` at the offset `at`."""

    at: int
    remove: bytes
    insert: bytes


class Case(NamedTuple):
    """One case. `document` is the whole JSON object."""

    id: str
    path: Path
    document: dict[str, Any]
    files: SuiteFiles | None = None

    @property
    def op(self) -> str:
        """The operation, such as decode."""
        return str(self.document["op"])

    @property
    def classes(self) -> list[str]:
        """The classes of implementation that run the case."""
        return list(self.document["classes"])

    @property
    def requirements(self) -> list[str]:
        """The ids of the requirements that the case tests."""
        return list(self.document["requirements"])

    @property
    def expect(self) -> dict[str, Any]:
        """What must come out: a value, or an error."""
        return dict(self.document["expect"])

    @property
    def data(self) -> bytes:
        """The bytes of a decode case; they must be those that the case was written for."""
        given: dict[str, str] = self.document["input"]
        # Where a case is read without its suite, the suite is that of a checkout.
        files = self.files or SuiteFiles(_root_of(self), True)
        directory = self.path.parent.relative_to(files.root).as_posix()
        data = files.read(given["file"], directory)
        if hashlib.sha256(data).hexdigest() != given["sha256"]:
            raise ValueError(f"{self.id}: {given['file']} is not the file of the case (sha256)")
        return data

    @property
    def edits(self) -> list[Edit]:
        """How the bytes were made from those of the base; none for a valid file."""
        return [
            Edit(int(e["at"]), bytes.fromhex(e["remove"]), bytes.fromhex(e["insert"]))
            for e in self.document["input"].get("edits", ())
        ]


def cases_root() -> Path:
    """Where the cases are: in an installed package its own copy, in a checkout fixtures/."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "data" / "fixtures", package.parents[1] / "fixtures"):
        if (root / "manifest.json").is_file():
            return root
    raise FileNotFoundError("the conformance cases are missing from this installation of rckp")


def load_cases(
    root: Path, files: SuiteFiles | None = None, *, trusted: bool = False
) -> Iterator[Case]:
    """All cases below `root`/cases in the order of their ids.

    Those of a checkout can be `trusted`: their form is not checked, which takes the codec.
    Raises `ValueError` with one sentence that names the file for what is not a case, or has not the
    id of its place.
    """
    directory = root / "cases"
    files = files or SuiteFiles(root.parent, True)
    for path in sorted(directory.rglob("*.json")):
        yield load_case(
            root, path.relative_to(directory).with_suffix("").as_posix(), files, trusted=trusted
        )


def load_case(
    root: Path, id_: str, files: SuiteFiles | None = None, *, trusted: bool = False
) -> Case:
    """One case; of one that is `trusted` the form is not checked.

    Raises `FileNotFoundError` if there is none of this id, and `ValueError`."""
    path = root / "cases" / f"{id_}.json"
    if not path.is_file():
        raise FileNotFoundError(f"there is no case {escape(id_, 100)}")
    files = files or SuiteFiles(root.parent, True)
    name = path.relative_to(files.root).as_posix()
    document = files.json(name)
    try:
        if not trusted:
            check_case(document)
    except ValueError as error:
        raise ValueError(f"{escape(name, 200)}: {error}") from None
    if document["id"] != id_:
        raise ValueError(f"{escape(name, 200)}: the id is {quote(document['id'])}")
    return Case(id_, path, document, files)


def _root_of(case: Case) -> Path:
    return case.path.parents[len(case.id.split("/")) + 1]


def apply(base: bytes, edits: list[Edit]) -> bytes:
    """The base with all edits made; their offsets are those of the base.

    Raises ValueError if an edit does not find what it removes, or two of them overlap.
    """
    pieces, at = [], 0
    for edit in sorted(edits):
        stop = edit.at + len(edit.remove)
        if edit.at < at or base[edit.at : stop] != edit.remove:
            raise ValueError(f"an edit does not fit its base at offset {edit.at}")
        pieces += [base[at : edit.at], edit.insert]
        at = stop
    return b"".join([*pieces, base[at:]])


def text(value: str | Mapping[str, str]) -> str:
    """A text of a case: a string, or UTF-16 code units in hex where a surrogate is unpaired."""
    return value if isinstance(value, str) else _TYPED["utf16"](value["utf16"])  # type: ignore[return-value]


def unencodable_record(document: dict[str, Any]) -> CheckpointRecord:
    """The record of an encode case, wrong values included (see fixtures/case.schema.json).

    Raises `EncodeError` with the code wrong-type for a field that is missing or unknown.
    """
    from rckp.format._layout import LAYOUT
    from rckp.format.layout import INTEGER

    names = [field.name for field in LAYOUT.record_fields]
    for name in [*names, *document]:
        if name not in document or name not in names:
            raise EncodeError("wrong-type", name)  # no tuple lacks a field or has one more
    values: list[Any] = []
    for field in LAYOUT.record_fields:
        given = document[field.name]
        if isinstance(given, dict):
            [(kind, text)] = given.items()
            values.append(_TYPED[kind](text))
        elif given is not None and field.parts[0].role == INTEGER:
            values.append(int(given))
        else:
            values.append(given)
    return CheckpointRecord(*values)


_TYPED: dict[str, Callable[[str], object]] = {
    "boolean": lambda text: text == "true",
    "float": float,
    "integer": int,
    "text": str,
    "bytes": bytes.fromhex,
    "utf16": lambda text: bytes.fromhex(text).decode("utf-16-be", "surrogatepass"),
}
