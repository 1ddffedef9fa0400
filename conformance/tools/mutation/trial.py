"""The run of the cases against one mutant: a copy of the reference with a mistake."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from conformance.tools.mutation.mutant import Change, Mutant, apply
from rckp.conformance.adapter import Adapter
from rckp.conformance.checks import Check
from rckp.conformance.results import Result
from rckp.conformance.runner import SuiteRunner
from rckp.conformance.suite import Suite

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT = 5.0  # seconds; what hangs costs so much for each case
_LONGEST_TEST = 60.0  # seconds; a test that hangs has noticed

# Isolated, so that nothing but the copy can be imported; and it must be the copy.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import rckp; "
    "assert rckp.__file__.startswith(sys.argv[1]), rckp.__file__; "
    "from rckp.conformance.reference import main; main()"
)

# What makes the reference read UTF-8 by our own code.
BY_HAND = (
    Change(
        "format/_codec.py",
        "_text: Callable[[Any], str] = bytes.decode",
        "_text: Callable[[Any], str] = by_hand",
    ),
    Change(
        "format/_codec.py",
        "from struct import Struct, error\n",
        "from struct import Struct, error\n\nfrom rckp.format.utf8_by_hand import text as by_hand\n",
    ),
    Change("format/buffers.py", 'return str(data, "utf-8")', "return by_hand(data)"),
    Change("format/buffers.py", "(bytes(view), bytes.decode)", "(bytes(view), by_hand)"),
    Change(
        "format/buffers.py",
        "from __future__ import annotations\n",
        "from __future__ import annotations\n\n"
        "from rckp.format.utf8_by_hand import text as by_hand\n",
    ),
    Change("format/scan.py", "import codecs\n", "from rckp.format import utf8_by_hand as codecs\n"),
    Change(
        "format/scan.py",
        'decoded = str(held[:used], "utf-8")',
        "decoded = codecs.text(held[:used])",
    ),
)
_CLASSES_OF_FORMAT = ("reader", "writer")  # they judge and write what it requires


class Kills(NamedTuple):
    """The results of a mutant. `verdict` is the number of kills at grade *verdict*."""

    id: str
    asked: int
    ids: list[str]
    verdict: int
    citing: int  # kills by cases that cite a requirement of the mutant
    lost: list[str]  # crashes and hangs among them
    elsewhere: bool | None  # whether the test named for it failed; None if it was not run


def _classes(requirement: str) -> tuple[str, ...]:
    role = roles()[requirement]
    return _CLASSES_OF_FORMAT if role == "format" else (role,)


@cache
def roles() -> dict[str, str]:
    """Return the role of each requirement, by id."""
    rows = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))["requirements"]
    return {row["id"]: row["role"] for row in rows}


@cache
def _checks() -> list[Check]:
    return Suite.locate().checks()


def classes(mutant: Mutant) -> tuple[str, ...]:
    """Return the classes whose cases are run."""
    if mutant.classes:
        return mutant.classes
    return tuple(sorted({class_ for each in mutant.requirements for class_ in _classes(each)}))


@contextmanager
def mutated_copy(mutant: Mutant, *, linked: bool = False) -> Iterator[Path]:
    """Yield a directory with the mutated rckp, beside the cases as in a checkout.

    With `linked`, the modules that stay as they are are links, which takes a tenth of the time;
    another user may not be able to follow them. Raises `ValueError` if a change does not fit the
    source.
    """
    with tempfile.TemporaryDirectory(prefix="rckp-mutant-") as name:
        os.chmod(name, 0o755)  # noqa: S103 - some tests run as nobody
        source = Path(name).resolve() / "src"
        package = source / "rckp"
        copy: Callable[[str, str], object] = os.symlink if linked else shutil.copy2
        shutil.copytree(ROOT / "src/rckp", package, copy_function=copy)
        for shared in ("fixtures", "spec"):
            source.parent.joinpath(shared).symlink_to(ROOT / shared)
        changes = mutant.changes
        if mutant.by_hand:
            shutil.copy(Path(__file__).with_name("utf8_by_hand.py"), package / "format")
            changes = BY_HAND + changes
        for change in changes:
            path = package / change.module
            text = apply(path.read_text("utf-8"), change)
            path.unlink()  # it may be a link to the source
            path.write_text(text, "utf-8")
        yield source


def trial(mutant: Mutant, *, elsewhere: bool = True, only: Sequence[str] | None = None) -> Kills:
    """Run the cases of the classes concerned against the mutated reference.

    `only` selects cases by id. `elsewhere` also runs the test that the mutant names.
    """
    elsewhere = elsewhere and bool(mutant.elsewhere)
    with mutated_copy(mutant, linked=not elsewhere) as source:
        chosen = [
            check
            for check in _checks()
            if check.class_ in classes(mutant)
            and (mutant.hostile or "hostile" not in check.tags)
            and (only is None or check.id in only)
        ]
        command = [sys.executable, "-I", "-S", "-c", _START, str(source)]
        killing: list[Result] = []
        with SuiteRunner(lambda: Adapter(command, TIMEOUT), "location", {}) as run:
            killing += (each for each in run.results(chosen) if each.outcome != "pass")
        failed = _fails(mutant.elsewhere, source) if elsewhere else None
    return Kills(
        mutant.id,
        len(chosen),
        [each.id for each in killing],
        sum(each.grade == "none" for each in killing),
        sum(bool({*each.requirements} & {*mutant.requirements}) for each in killing),
        [each.id for each in killing if each.outcome != "fail"],
        failed,
    )


def _fails(node: str, source: Path) -> bool:
    """Return whether the test of the reference fails with the mutated copy."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-n0",
        f"tests/{node}",
    ]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT / "conformance",
            env=os.environ
            | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "RCKP_PURE_PYTHON": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_TEST,
        )
    except subprocess.TimeoutExpired:
        return True
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{node} could not be run:\n{done.stdout}{done.stderr}")
    return done.returncode == 1
