"""`python -m rckp.derive [--check]`: write or check all generated files.

Sources are `src/rckp/grammar.py`, `spec/errors.json`, `spec/foreign.json`, the chapters in
`spec/` and the cases in `fixtures/`.
With `--check`, it writes nothing, names each stale file, and returns the exit status 1.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from rckp.derive.chapters import SpecError
from rckp.derive.outputs import OWNED, outputs


def main(arguments: list[str]) -> int:
    """Return the exit status: 0; 1 for an error in a chapter or a stale file; 2 for usage."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m rckp.derive [--check]", file=sys.stderr)
        return 2
    root = find_root(Path(__file__))
    try:
        derived = outputs(root)
    except SpecError as error:
        print(error, file=sys.stderr)
        return 1
    stale: dict[Path, str | None] = dict.fromkeys(orphans(root, derived))
    for name, text in derived.items():
        path = root / name
        if not path.is_file() or path.read_text("utf-8") != text:
            stale[path] = text
    for path, wanted in stale.items():
        if arguments:
            print(f"stale: {path.relative_to(root)}", file=sys.stderr)
        elif wanted is None:
            path.unlink()
            print(f"removed {path.relative_to(root)}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, "utf-8", newline="\n")
            print(f"wrote {path.relative_to(root)}")
    if arguments and stale:
        print("run `python -m rckp.derive` and commit what it writes", file=sys.stderr)
        return 1
    return 0


def orphans(root: Path, derived: Mapping[str, str]) -> list[Path]:
    """Return the files in generated directories that are not generated any more."""
    owned = [directory for directory in OWNED if any(name.startswith(directory) for name in derived)]
    return [
        path
        for directory in owned
        for path in sorted(root.glob(f"{directory}**/*"))
        if path.is_file() and path.relative_to(root).as_posix() not in derived
    ]


def find_root(start: Path) -> Path:
    """Return the checkout that contains `start`."""
    for directory in start.resolve().parents:
        if (directory / "spec" / "errors.json").is_file() and (directory / "pyproject.toml").is_file():
            return directory
    sys.exit("python -m rckp.derive works in a checkout of the project, not in an installed copy")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
