"""Programs that look only at the first bytes: `file`, GLib's `gio`, and FIDO.

Each is started once for all files.
"""

from __future__ import annotations

import csv
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.tools.other_tools.answers import Answer, Tool
from conformance.tools.other_tools.inputs import SPEC, Input
from rckp.derive.file_types import PUID
from rckp.derive.magic import MIME_TYPE

MIME_PROGRAMS = ("gio", "update-mime-database")
MIME_NEEDED = "`apt-get install shared-mime-info libglib2.0-bin`"
FILE_NEEDED = "`apt-get install file`, or `brew install libmagic`"
FIDO_NEEDED = "`pip install opf-fido`"
FIDO = "opf-fido"
_MAGIC, _MIME, _FIDO = "rckp.magic", "rckp.mime.xml", "rckp.fido.xml"
_TIMEOUT = 300  # seconds


def libmagic(files: Iterable[Input], directory: Path) -> dict[str, Tool]:
    """Ask `file` about all files. `directory` takes a list of them."""
    files = list(files)
    words = ["file", "--brief", "--mime-type", "--magic-file", str(SPEC / _MAGIC)]
    lines = _run([*words, "--files-from", str(_listed(files, directory))]).splitlines()
    answers = {each.id: _answer(line) for each, line in zip(files, lines, strict=True)}
    version = _run(["file", "--version"]).splitlines()[0].removeprefix("file-")
    return {"file": Tool("`file`", version, (_MAGIC,), answers)}


def mime(files: Iterable[Input], directory: Path) -> dict[str, Tool]:
    """Ask GLib about all files, with a MIME database in `directory`."""
    files = list(files)
    environment = install(directory)
    words = ["gio", "info", "--attributes=standard::content-type"]
    said = _run([*words, *(str(each.path) for each in files)], environment)
    key = "standard::content-type: "
    types = [line.strip().removeprefix(key) for line in said.splitlines() if key in line]
    answers = {each.id: _answer(found) for each, found in zip(files, types, strict=True)}
    version = f"GLib {_run(['gio', '--version']).strip()}"
    return {"mime": Tool("MIME type", version, (_MIME,), answers)}


def install(directory: Path) -> dict[str, str]:
    """Install the MIME type for a user whose data is in `directory`; return the environment."""
    database = directory / "mime"
    (database / "packages").mkdir(parents=True)
    shutil.copy(SPEC / _MIME, database / "packages" / "rckp.xml")
    environment = {**os.environ, "XDG_DATA_HOME": str(directory)}
    _run(["update-mime-database", str(database)], environment)
    return environment


def fido(files: Iterable[Input], directory: Path) -> dict[str, Tool]:
    """Ask FIDO about all files. `directory` takes a list of them.

    All signatures of PRONOM that come with FIDO take part.
    """
    files = list(files)
    words = [sys.executable, "-m", "fido.fido", "-q", "-loadformats", str(SPEC / _FIDO)]
    found: dict[str, set[str]] = {}
    for row in csv.reader(_run([*words, "-input", str(_listed(files, directory))]).splitlines()):
        status, _, puid, *_, path, _, _ = row
        found.setdefault(path, set()).add(puid if status == "OK" else "KO")
    answers = {}
    for each in files:
        said = found[str(each.path)]
        answers[each.id] = Answer(", ".join(sorted(said)), recognised=said == {PUID})
    version = importlib.metadata.version(FIDO)
    return {"fido": Tool("FIDO", version, (_FIDO,), answers)}


def _answer(content_type: str) -> Answer:
    return Answer(content_type, recognised=content_type == MIME_TYPE)


def _listed(files: Iterable[Input], directory: Path) -> Path:
    """A file with the path of each file in a line."""
    listed = directory / "files.txt"
    listed.write_text("".join(f"{each.path}\n" for each in files), "utf-8")
    return listed


def _run(words: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Return what a program prints; FIDO writes a line about each empty file to stderr."""
    return subprocess.run(
        words, capture_output=True, text=True, check=True, timeout=_TIMEOUT, env=environment
    ).stdout
