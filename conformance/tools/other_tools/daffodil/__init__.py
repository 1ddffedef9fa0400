"""Apache Daffodil with `spec/rckp.dfdl.xsd` and `spec/rckp_next.dfdl.xsd`, in one JVM."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.tools.other_tools.answers import Answer, Tool, accepts, rejects
from conformance.tools.other_tools.inputs import SPEC, Error, Input
from rckp.format.layout import INTEGER, RAW, STATUS, Field
from rckp.format.layouts import NEXT, RELEASED, codec

PROGRAMS = ("java", "mvn")
NEEDED = "`apt-get install default-jdk-headless maven`"
SCHEMAS = {RELEASED: SPEC / "rckp.dfdl.xsd", NEXT: SPEC / "rckp_next.dfdl.xsd"}
HERE = Path(__file__).resolve().parent
VERSION = "3.10.0"
_POM, _PROGRAM = HERE / "pom.xml", HERE / "Ask.java"
_TIMEOUT = 600  # seconds
_QUICK = "-XX:TieredStopAtLevel=1"  # half the processor time of a run of this length
_ENDINGS = re.compile(r"_(length|flag|bytes|content)$|_length \(prefixLength\)$")
_AT = r"Schema context: (\S+)[^\n]*\nData location was preceding byte (\d+)"
_MISSING = re.compile(
    rf"Insufficient bits in data\. Needed (\d+) bit\(s\) but found only (\d+) available\n{_AT}"
)
_FAILED = re.compile(rf"Assertion failed: (?!Discriminator)([^\n]+)\n{_AT}")
_MESSAGE = re.compile(r"(?:(\w+): )?([\w-]+)(?: after (\d+) of (\d+) bytes)?")
# An assertion about one of these is made after its bytes are read.
_SIZES = {"bad-magic": 4, "invalid-option-flag": 1, "invalid-status": 1}


class RoundTripError(Exception):
    """Daffodil did not write a valid file as it was; the text is its answer."""


def fetch(directory: Path) -> Path:
    """Return a directory with Daffodil's archives, fetched with Maven if they are not there."""
    digest = hashlib.sha256(_POM.read_bytes()).hexdigest()
    jars, done = directory / digest[:16], directory / f"{digest[:16]}.done"
    if not done.exists():
        subprocess.run(
            ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies",
             "-DincludeScope=runtime", f"-DoutputDirectory={jars}"],
            check=True, timeout=_TIMEOUT,
        )  # fmt: skip
        done.touch()
    return jars


def run(files: Iterable[Input], directory: Path) -> dict[str, Tool]:
    """Ask Daffodil about all files. `directory` takes its archives."""
    files = list(files)
    given = "".join(f"{SCHEMAS[each.layout]}\t{each.path}\n" for each in files)
    done = subprocess.run(
        ["java", _QUICK, "-cp", f"{fetch(directory)}/*", str(_PROGRAM)],
        input=given, capture_output=True, text=True, check=False, timeout=_TIMEOUT,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    if done.returncode or done.stderr or len(lines) != len(files):
        raise RuntimeError(f"Daffodil: exit {done.returncode}\n{done.stderr[-4000:]}")
    answers = {
        each.id: _answer(each, *(line.split("\t"))) for each, line in zip(files, lines, strict=True)
    }
    names = tuple(schema.name for schema in SCHEMAS.values())
    return {"daffodil": Tool("Daffodil", VERSION, names, answers)}


def _answer(given: Input, verdict: str, text: str, again: str = "") -> Answer:
    said = bytes.fromhex(text).decode()
    if verdict == "error":
        return _rejection(said)
    written = bytes.fromhex(again).decode()
    if given.error is None and written != "same":
        raise RoundTripError(f"{given.id}: {written}")
    values = json.loads(said)[codec(given.layout).layout.name]
    fields = codec(given.layout).layout.record_fields
    return accepts("the infoset", tuple(_value(field, values) for field in fields))


def _rejection(said: str) -> Answer:
    """The error in the diagnostics, of which the last is the cause."""
    if failed := _FAILED.findall(said):
        message, context, after = failed[-1]
        found = _MESSAGE.fullmatch(message)
        if found is None:
            return rejects(message)
        name, code, valid, size = found.groups()
        back = int(size) - int(valid) if size else _SIZES.get(code, 0)
        field = name or _ENDINGS.sub("", context)
        return rejects(f"Assertion failed: {message}", Error(code, field, int(after) - back))
    if missing := _MISSING.findall(said):
        needed, found_bits, context, after = missing[-1]
        sizes = (int(needed) // 8, int(found_bits) // 8)
        error = Error("truncated", _ENDINGS.sub("", context), int(after), *sizes)
        return rejects(f"Needed {needed} bit(s) but found only {found_bits} available", error)
    return rejects(said.splitlines()[0])


def _value(field: Field, values: dict[str, Any]) -> Any:
    """The value of a field in the infoset."""
    first, last = field.parts[0], field.parts[-1]
    if first.role == INTEGER:
        return values[field.name]
    if first.role == STATUS:
        return values[f"{field.name}_name"]
    content = values.get(f"{field.name}_content")
    if content is None:
        return None
    text: str = content[field.name]
    return bytes.fromhex(text) if last.role == RAW else text
