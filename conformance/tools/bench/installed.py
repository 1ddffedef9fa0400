"""An installed copy of rckp, and its processes, measured from outside.

Modules of a checkout may be compiled at every start, in an editable install or with
PYTHONDONTWRITEBYTECODE. Installed packages are not. So the package and its dependencies are copied
into a virtual environment and compiled there, as an installer does.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import rckp
from conformance.tools.bench import PURE_PYTHON

# Starts a command and says how long it took, the highest resident memory of it and of itself
# in KiB, and its exit status. Linux lets a process begin with the highest mark of the one that
# started it, so that this one must be smaller than what it starts. With a file to feed it,
# the command reads that from a pipe.
_LAUNCHER = """
import os, sys, time
feed, *command = sys.argv[1:]
actions = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
feeder = None
if feed:
    out, into = os.pipe()
    feeder = os.posix_spawn("/bin/cat", ["cat", feed], os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, into, 1), (os.POSIX_SPAWN_CLOSE, out)])
    os.close(into)
    actions += [(os.POSIX_SPAWN_DUP2, out, 0), (os.POSIX_SPAWN_CLOSE, out)]
start = time.perf_counter()
child = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
if feed:
    os.close(out)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - start
if feeder:
    os.waitpid(feeder, 0)
own = next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]
print(seconds, usage.ru_maxrss, own, os.waitstatus_to_exitcode(status))
"""

_SCRIPT = """#!{python}
import sys
from rckp.cli import main
if __name__ == '__main__':
    sys.exit(main())
"""


class Run(NamedTuple):
    """One run of a command: wall-clock seconds, and the most memory it had, in bytes.

    `memory` is None if it had no more than its launcher, as then it cannot be told.
    """

    seconds: float
    memory: int | None


def can_measure() -> bool:
    """Return whether processes can be measured on this system, which must be Linux."""
    return sys.platform == "linux" and Path("/bin/cat").exists()


class Installed:
    """An environment below `directory`, with rckp in it."""

    def __init__(self, directory: Path) -> None:
        venv.EnvBuilder(symlinks=True, with_pip=False).create(directory)
        paths = {"base": str(directory), "platbase": str(directory)}
        packages = Path(sysconfig.get_path("purelib", "venv", paths))
        for name in sorted(_needed("rckp") - {"rckp"}):
            _copy(metadata.distribution(name), packages)
        with suppress(metadata.PackageNotFoundError):
            _copy(metadata.distribution("rckp-fast"), packages)
        shutil.copytree(
            Path(rckp.__file__).parent,
            packages / "rckp",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        if not compileall.compile_dir(packages, quiet=1):
            raise RuntimeError("the copy cannot be compiled")
        self.python = str(directory / "bin/python")
        self.command = str(directory / "bin/rckp")
        Path(self.command).write_text(_SCRIPT.format(python=self.python), "utf-8")
        Path(self.command).chmod(0o755)

    def run(
        self,
        command: Sequence[str],
        *,
        feed: Path | None = None,
        status: int = 0,
        fast: bool = False,
    ) -> Run:
        """Run a command, `feed` its standard input. It must end with this exit status.

        With `fast`, it may use the compiled module.
        """
        done = subprocess.run(
            [self.python, "-I", "-S", "-c", _LAUNCHER, str(feed or ""), *command],
            env={"PATH": os.defpath, "LANG": "C.UTF-8", PURE_PYTHON: "" if fast else "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
        )
        seconds, memory, own, ended = done.stdout.split()
        if int(ended) != status:
            raise RuntimeError(f"{' '.join(command)} ended with {int(ended)}, not {status}")
        return Run(float(seconds), int(memory) * 1024 if int(memory) > int(own) else None)


def _needed(name: str) -> set[str]:
    """Yield a distribution and its dependencies on this system."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in found:
            continue
        try:
            wanted = metadata.requires(each) or []
        except metadata.PackageNotFoundError:
            continue  # for another system or another Python
        found.add(each)
        waiting += [_name(line) for line in wanted if "extra ==" not in line]
    return found


def _name(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    return match.group() if match else requirement


def _copy(distribution: metadata.Distribution, directory: Path) -> None:
    for file in _files(distribution):
        to = directory / file
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(distribution.locate_file(file)), to)


def _files(distribution: metadata.Distribution) -> Iterator[metadata.PackagePath]:
    for file in distribution.files or []:
        if ".." not in file.parts and file.suffix != ".pyc":
            yield file
