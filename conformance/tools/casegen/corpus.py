"""Checks of all cases in fixtures/, and their computed members."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from rckp.conformance.cases import load_case, load_cases
from rckp.conformance.suite import DRAFT, data_files
from rckp.derive import chapters
from rckp.derive.requirements import Requirement, case_level, extract

ROOT = Path(__file__).resolve().parents[3] / "fixtures"
_BASE = "https://rckp.invalid"


def manifest(root: Path) -> str:
    """Return the text of the manifest: the sha256 of every file of data, by path."""
    digests = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in data_files(root).items()
    }
    return json.dumps({"version": 1, "sha256": digests}, indent=0, ensure_ascii=True) + "\n"


def serialised(document: dict[str, Any]) -> str:
    """Return the text of the file of a case."""
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


@cache
def schema() -> Draft202012Validator:
    """Return the schema of the cases."""
    spec = ROOT.parent / "spec"
    document = json.loads((ROOT / "case.schema.json").read_text("utf-8"))
    registry: Registry[Any] = Registry().with_resources(
        (
            f"{_BASE}/spec/{name}",
            Resource.from_contents(json.loads((spec / name).read_text("utf-8"))),
        )
        for name in ("record.schema.json", "record-next.schema.json")
    )
    Draft202012Validator.check_schema(document)
    identified = {"$id": f"{_BASE}/fixtures/case.schema.json", **document}
    return Draft202012Validator(identified, registry=registry)


def copy(like: str, id_: str) -> Path:
    """Copy a case, and its file if it has one of its own, under another id. Return the path.

    Raise `FileExistsError` if there is such a case.
    """
    source, path = ROOT / "cases" / f"{like}.json", ROOT / "cases" / f"{id_}.json"
    if path.exists():
        raise FileExistsError(f"there is a case {id_}")
    document = json.loads(source.read_text("utf-8")) | {"id": id_}
    path.parent.mkdir(parents=True, exist_ok=True)
    if document["input"].get("file") == source.with_suffix(".ckpt").name:
        shutil.copy(source.with_suffix(".ckpt"), path.with_suffix(".ckpt"))
        document["input"]["file"] = path.with_suffix(".ckpt").name
        del document["input"]["sha256"]
    path.write_text(serialised(document), "utf-8", newline="\n")
    return path


def complete() -> int:
    """Fill in levels, and digests that are missing. Return the number of cases changed."""
    requirements = extract(chapters.read(ROOT.parent))
    changed = 0
    for path in sorted((ROOT / "cases").rglob("*.json")):
        before = path.read_text("utf-8")
        document = json.loads(before)
        document["level"] = case_level(document["requirements"], requirements)
        given = document["input"]
        if "file" in given and "sha256" not in given:
            data = (path.parent / given["file"]).read_bytes()
            given["sha256"] = hashlib.sha256(data).hexdigest()
        if (after := serialised(document)) != before:
            path.write_text(after, "utf-8", newline="\n")
            changed += 1
    return changed


def errors() -> Iterator[str]:
    """Yield one line for each thing that is wrong with a case."""
    requirements = extract(chapters.read(ROOT.parent))
    yield from _errors(ROOT, requirements)
    yield from _errors(ROOT / DRAFT, requirements)


def _errors(root: Path, requirements: Mapping[str, Requirement]) -> Iterator[str]:
    for case in load_cases(root):
        document = json.loads(case.path.read_text("utf-8"))
        for error in schema().iter_errors(document):
            yield f"{case.id}: {error.json_path}: {error.message}"
        if document["id"] != case.path.relative_to(root / "cases").with_suffix("").as_posix():
            yield f"{case.id}: the id is not that of the path"
        if unknown := set(case.requirements) - set(requirements):
            yield f"{case.id}: there is no requirement {', '.join(sorted(unknown))}"
        elif document["level"] != _level(case.requirements, requirements):
            yield f"{case.id}: the level is not that of its requirements"
        given = document["input"]
        if "file" in given:
            data = (case.path.parent / given["file"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != given.get("sha256"):
                yield f"{case.id}: the sha256 is not that of the file"
        if case.path.read_text("utf-8") != serialised(document):
            yield f"{case.id}: the file is not formatted as the generator formats it"
    if (root / "manifest.json").read_text("utf-8") != manifest(root):
        yield f"{root.name}/manifest.json does not list the present files"


def _level(cited: list[str], requirements: Mapping[str, Requirement]) -> str:
    """The level of a case; those of the draft layout cite nothing, and bind nobody."""
    return case_level(cited, requirements) if cited else "may"


def case_data(id_: str) -> tuple[bytes, str]:
    """Return the bytes of a case of the operation decode, and their sha256."""
    case = load_case(ROOT, id_)
    return case.data, case.document["input"]["sha256"]
