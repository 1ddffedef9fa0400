"""One mutant put to the test: a copy of `src`, the change in it, and the tests of its module."""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.tools.python_mutation.mutants import Mutant

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "src/rckp"
_MEMORY = 4 << 30  # bytes of address space that a mutant may take
_NOTHING_RAN = 5  # pytest's status if it found no test

# The copy must be what is tested, whatever else is installed.
_START = (
    "import resource, sys; import pytest, rckp; "
    "assert rckp.__file__.startswith(sys.argv[1]), rckp.__file__; "
    "resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), resource.RLIM_INFINITY)); "
    "sys.exit(pytest.main(sys.argv[3:]))"
)


@contextmanager
def copy_of_source() -> Iterator[Path]:
    """Copy `src` for the time of the trials; beside it what the package looks for."""
    with tempfile.TemporaryDirectory(prefix="rckp-mutation-") as name:
        os.chmod(name, 0o755)  # noqa: S103 - some tests run as another user
        root = Path(name).resolve()
        shutil.copytree(
            PACKAGE, root / "src/rckp", ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
        # A time stamp of a second would not tell a mutant from the one before.
        checked = py_compile.PycInvalidationMode.CHECKED_HASH
        compileall.compile_dir(root / "src", quiet=2, invalidation_mode=checked)
        for shared in ("fixtures", "spec", "docs"):
            (root / shared).symlink_to(ROOT / shared)
        yield root / "src"


@contextmanager
def applied(mutant: Mutant, source: Path) -> Iterator[None]:
    """Change one module of the copy, and undo that."""
    path = source / "rckp" / f"{mutant.module}.py"
    text = path.read_bytes()
    try:
        path.write_bytes(mutant.apply(text))
        yield
    finally:
        path.write_bytes(text)


def run_tests(source: Path, tests: Sequence[str], timeout: float) -> tuple[str, float, str]:
    """Run tests against the copy: `passed`, `failed` or `timeout`, seconds, and the last line.

    The random tests are the same in each run. Raises `RuntimeError` if no test was found.
    """
    command = [sys.executable, "-c", _START, str(source), str(_MEMORY), "-q", "-x"]
    command += ["-p", "no:cacheprovider", "-n0", "--tb=no", "--no-header", "-m", "slow or not slow"]
    command += [f"conformance/tests/{test}" for test in tests]
    environment = os.environ | {
        "PYTHONPATH": f"{source}{os.pathsep}{ROOT / 'conformance'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "RCKP_PURE_PYTHON": "1",
        "CI": "1",  # Hypothesis: always the same examples, none remembered, no deadline
    }
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as child:
            try:
                status = child.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").strip().splitlines() or [""]
    seconds = time.monotonic() - began
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    if status == _NOTHING_RAN:
        raise RuntimeError(f"no test was run: {lines[-1]}")
    verdict = "timeout" if status is None else "failed" if status else "passed"
    return verdict, seconds, (failed or lines)[-1][:200]
