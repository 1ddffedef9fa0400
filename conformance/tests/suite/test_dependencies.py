"""Dependencies between the packages run one way, and without cycles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import rckp

PACKAGE = Path(rckp.__file__).parent

# A package may import from those before it in its row, and from those named here.
ALLOWED: dict[str, set[str]] = {
    "format": set(),
    "files": {"format"},
    "payload": {"format"},
    "validation": {"format", "files", "payload"},
    "store": {"format", "files", "payload"},
    "catalogue": {"format", "files", "payload", "validation", "store"},
    "conformance": {"format", "files", "validation", "store"},
    "cli": {"format", "files", "payload", "validation", "store", "catalogue", "conformance"},
    # A developer's program, which no other package may import.
    "derive": {
        *("format", "files", "payload", "validation", "store", "catalogue"),
        *("conformance", "cli"),
    },
}
# At the root: what every package may import, and which imports none of them.
BASE = {"_codes", "display", "errors", "log", "grammar"}
# At the root: what imports packages; no package may import it but for the version.
ENTRANCES = {"__init__": set(ALLOWED) - {"derive"}, "__main__": {"cli"}, "strategies": {"format"}}


def imports(path: Path) -> Iterator[str]:
    """The modules of rckp that a module imports, also in functions and for type checkers."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == "rckp":
                yield from (f"rckp.{alias.name}" for alias in node.names)
            elif node.module.startswith("rckp."):
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("rckp."))


def module_name(path: Path) -> str:
    return ".".join(("rckp", *path.relative_to(PACKAGE).with_suffix("").parts))


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def group(module: str) -> str:
    return module.split(".")[1]


def test_packages_import_only_what_is_before_them() -> None:
    groups = {group(name) for name in MODULES}
    assert groups == {*ALLOWED, *BASE, *ENTRANCES}, "a new package needs a place in this test"
    wrong = []
    for name, path in MODULES.items():
        own = group(name)
        allowed = {own, *BASE, *ALLOWED.get(own, ENTRANCES.get(own, set()))}
        for target in imports(path):
            if target == "rckp.__version__":
                continue
            if group(target) in {*ALLOWED, *BASE, *ENTRANCES} and group(target) not in allowed:
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {
        name: {target for target in imports(path) if target in MODULES and target != name}
        for name, path in MODULES.items()
    }
    list(TopologicalSorter(graph).static_order())  # raises CycleError with the modules
