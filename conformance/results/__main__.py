"""`python -m results` (from `conformance/`): asks every adapter the whole suite anew.

Writes a file of results for each into this folder, and the page docs/implementations.html
that lays them side by side. Needs what the adapters need: a C compiler, Go, Rust and Node.
`python -m results --check` says whether they were made with the present suite.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from adapters.kaitai import prepare
from rckp.suite.collection import digest
from rckp.suite.results import load

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADAPTERS = ROOT / "conformance" / "adapters"
PAGE = ROOT / "docs" / "implementations.html"

Command = tuple[list[str], list[str]]  # the adapter, and the options that its run needs


def built(folder: Path) -> dict[str, Command]:
    """Every adapter, by the name of its file of results."""
    location = ["--grade", "location"]
    known = ["--known-failures"]
    c = shutil.copytree(ADAPTERS / "c", folder / "c")
    subprocess.run(["make", "-s", "CC=cc"], cwd=c, check=True)
    go = folder / "go"
    subprocess.run(["go", "build", "-o", go, "./cmd/rckp-lines"], cwd=ADAPTERS / "go", check=True)
    # Cargo writes a lock file with the registry's address beside the manifest: not into ours.
    roma = shutil.copytree(ADAPTERS / "roma", folder / "roma")
    subprocess.run(["cargo", "build", "-q", "--release"], cwd=roma, check=True)
    kaitai = prepare.prepare(folder / "kaitai")
    listed = ADAPTERS / "kaitai" / "known-failures-javascript.json"
    crate = ADAPTERS / "roma" / "known-failures.json"
    return {
        "python": ([sys.executable, "-m", "rckp.suite.reference"], location),
        "c": ([str(c / "rckp-adapter")], location),
        "go": ([str(go)], location),
        "javascript": (["node", str(ADAPTERS / "javascript" / "adapter.js")], location),
        "kaitai-python": (kaitai["kaitai-python"], ["--grade", "code"]),
        "kaitai-javascript": (kaitai["kaitai-javascript"], [*known, str(listed)]),
        "roma_lib": (
            [str(roma / "target/release/rckp-adapter")],
            [*known, str(crate), "--timeout", "5"],
        ),
    }


def check() -> int:
    """Returns 1 and says so if a file was made with another suite than the present one."""
    files = sorted(HERE.glob("*.jsonl"))
    stale = [file.name for file in files if load(file).suite_digest != digest()]
    for name in stale:
        print(f"made with another suite: {name}; run `python -m results`", file=sys.stderr)
    return 1 if stale or len(files) < 7 else 0


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    if arguments == ["--check"]:
        return check()
    rckp = [sys.executable, "-c", "from rckp.cli import main; main()", "conformance"]
    with tempfile.TemporaryDirectory() as folder:
        for name, (command, options) in built(Path(folder)).items():
            file = str(HERE / f"{name}.jsonl")
            subprocess.run(
                [*rckp, "run", *options, "--results", file, "--", *command], check=True
            )
    files = [str(file) for file in sorted(HERE.glob("*.jsonl"))]
    subprocess.run([*rckp, "report", "--html", str(PAGE), *files], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
