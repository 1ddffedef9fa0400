"""Makes the readers that the Kaitai Struct compiler generates from spec/rckp.ksy.

    python conformance/implementations/kaitai/prepare.py DIRECTORY

installs package.json into DIRECTORY with npm and compiles there. It prints the commands that
run the two adapters. Nothing is installed twice: a changed package.json or rckp.ksy is.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
KSY = HERE.parents[2] / "spec" / "rckp.ksy"
NEEDED = "needs node (18 or later) and npm: `apt-get install nodejs npm`, or https://nodejs.org"


class PreparationError(Exception):
    """npm or the compiler failed; the text is what it said."""


def missing_tools() -> list[str]:
    """Which of the programs that this needs are not installed."""
    return [tool for tool in ("node", "npm") if shutil.which(tool) is None]


def prepare(directory: Path) -> dict[str, list[str]]:
    """The command of each adapter, by its name, after the readers are made in `directory`.

    Raises `PreparationError`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    package = HERE / "package.json"
    once(directory, "installed", package.read_bytes(), lambda: install(package, directory))
    sources = KSY.read_bytes() + package.read_bytes() + (HERE / "compile.cjs").read_bytes()
    once(directory, "compiled", sources, lambda: _compile(directory))
    return {
        "kaitai-python": [sys.executable, str(HERE / "kaitai_python.py"), str(directory)],
        "kaitai-javascript": ["node", str(HERE / "kaitai_js.cjs"), str(directory)],
    }


def once(directory: Path, step: str, source: bytes, do: Callable[[], None]) -> None:
    """Does a step in `directory` unless it was done there with the same source."""
    stamp = directory / f".{step}"
    digest = hashlib.sha256(source).hexdigest()
    if not stamp.is_file() or stamp.read_text("ascii") != digest:
        stamp.unlink(missing_ok=True)
        do()
        stamp.write_text(digest, "ascii")


def install(package: Path, directory: Path) -> None:
    """Installs what a package.json names into `directory`. Raises `PreparationError`."""
    shutil.copyfile(package, directory / "package.json")
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--no-update-notifier"]
    _run(["npm", "install", "--ignore-scripts", *quiet], directory)


def _compile(directory: Path) -> None:
    _run(["node", str(HERE / "compile.cjs"), str(KSY), str(directory)], directory)


def _run(command: list[str], directory: Path) -> None:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise PreparationError(f"{' '.join(command[:2])}: exit {done.returncode}\n{said}")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: prepare.py DIRECTORY", file=sys.stderr)
        return 2
    if absent := missing_tools():
        print(f"no {' and no '.join(absent)} here; this {NEEDED}", file=sys.stderr)
        return 2
    try:
        commands = prepare(Path(arguments[0]))
    except PreparationError as error:
        print(error, file=sys.stderr)
        return 1
    for name, command in commands.items():
        print(f"{name}: {' '.join(command)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
