"""`python -m conformance.tools.results`: run the suite against every implementation.

It also runs the single-edit tables against each reader. It writes two files of results for each
implementation to conformance/implementations/results, and the page docs/implementations.md that
compares them. It needs a C compiler, Go, Rust, a JDK, Perl and Node.
`python -m conformance.tools.results NAME...` runs only those implementations; `--check` reports
whether all results are of the present suite.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from conformance.implementations.kaitai import prepare
from rckp.conformance.cases import load_cases
from rckp.conformance.checks import GRADES
from rckp.conformance.matrix import page as matrix_page
from rckp.conformance.results import Results
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite
from rckp.derive import chapters, requirements
from rckp.derive.case_pages import address as case_page
from rckp.derive.tables import table

ROOT = Path(__file__).resolve().parents[3]
ADAPTERS = ROOT / "conformance" / "implementations"
KEPT = ADAPTERS / "results"
COMMAND = "python -m conformance.tools.results"
PAGE = ROOT / "docs" / "implementations.md"
CLASSES = ("reader", "writer", "identity", "store", "selection")
KNOWN = {
    "java": ADAPTERS / "java" / "known-failures.json",
    "roma_lib": ADAPTERS / "roma" / "known-failures.json",
    "kaitai-javascript": ADAPTERS / "kaitai" / "known-failures-javascript.json",
}

DIFFERENCES = {
    "kaitai-javascript": ADAPTERS / "kaitai" / "known-differences-javascript.json",
}
SINGLE_EDIT = ".single-edit.json"
_LEFT_BY_BUILDS = shutil.ignore_patterns("classes", "target", "*.o")
_GRADES = GRADES[::-1]  # the columns of the table of single edits


class Command(NamedTuple):
    """The command of an adapter, and the options of its runs."""

    words: list[str]
    grade: str
    options: tuple[str, ...] = ()

    def given(self, name: str, known: Mapping[str, Path]) -> list[str]:
        """Return the options of a command of the suite, with the list of known failures."""
        listed = ["--known-failures", str(known[name])] if name in known else []
        return ["--grade", self.grade, *self.options, *listed]


def _python(_directory: Path) -> Command:
    return Command([sys.executable, "-P", "-m", "rckp.conformance.reference"], "location")


def _c(directory: Path) -> Command:
    _make(ADAPTERS / "c", directory, "CC=cc")
    return Command([str(directory / "rckp-adapter")], "location")


def _go(directory: Path) -> Command:
    words = ["go", "build", "-o", str(directory), "./cmd/rckp-lines"]
    subprocess.run(words, cwd=ADAPTERS / "go", check=True)
    return Command([str(directory)], "location")


def _java(directory: Path) -> Command:
    _make(ADAPTERS / "java", directory)
    return Command([str(directory / "adapter.sh")], "location")


def _perl(_directory: Path) -> Command:
    return Command(["perl", str(ADAPTERS / "perl" / "adapter.pl")], "location")


def _rust(directory: Path) -> Command:
    return Command([_cargo(ADAPTERS / "rust", directory, "adapter")], "location")


def _javascript(_directory: Path) -> Command:
    return Command(["node", str(ADAPTERS / "javascript" / "adapter.js")], "location")


def _kaitai_python(directory: Path) -> Command:
    return Command(prepare.prepare(directory)["kaitai-python"], "code")


def _kaitai_javascript(directory: Path) -> Command:
    return Command(prepare.prepare(directory)["kaitai-javascript"], "verdict")


def _roma_lib(directory: Path) -> Command:
    words = [_cargo(ADAPTERS / "roma", directory, "rckp-adapter")]
    return Command(words, "verdict", ("--timeout", "5"))


def _make(source: Path, directory: Path, *words: str) -> None:
    shutil.copytree(source, directory, ignore=_LEFT_BY_BUILDS)
    subprocess.run(["make", "-s", *words], cwd=directory, check=True)


def _cargo(source: Path, directory: Path, program: str) -> str:
    # Cargo writes a lock file with the registry's address beside the manifest: not into ours.
    shutil.copytree(source, directory, ignore=_LEFT_BY_BUILDS)
    subprocess.run(["cargo", "build", "-q", "--release"], cwd=directory, check=True)
    return str(directory / "target/release" / program)


# By the name of its file of results, in the order of the page: what builds it in a new directory.
BUILT: dict[str, Callable[[Path], Command]] = {
    "python": _python,
    "c": _c,
    "go": _go,
    "java": _java,
    "perl": _perl,
    "rust": _rust,
    "javascript": _javascript,
    "kaitai-python": _kaitai_python,
    "kaitai-javascript": _kaitai_javascript,
    "roma_lib": _roma_lib,
}


def page(found: list[Results], near: list[dict[str, Any]]) -> str:
    """Return the text of docs/implementations.md."""
    inputs = sum(each["asked"] for each in near[0]["tables"])
    return f"""<!-- Generated by `python -m conformance.tools.results`. Do not edit. -->
# Implementations

The table has the results of each implementation in the whole suite, as `rckp conformance run`
reports them. A cell has the number of passed checks of a class. A check is *unsupported* if the
implementation has no public function for it, or if its language cannot express the input. The
[matrix](matrix.html) shows every check of each implementation. The
[results](protocol.md#results) in `conformance/implementations/results/` are compact: passes that
the suite implies have no line.

{table(["implementation", "language", *CLASSES], map(_row, found))}

| implementation | origin |
|---|---|
| Python | the reference |
| C, Go | [clean-room implementations](clean-room.md), written from the specification alone |
| Java, Perl, Rust | [clean-room implementations](clean-room.md), written from this site alone |
| rckp-inspector | the decoder of the [browser inspector](inspector.md) |
| kaitai-python, kaitai-javascript | generated by Kaitai Struct from `rckp.ksy` |
| roma_lib | the published Rust library whose format this is |

## Single edits {{ data-search-exclude }}

Each reader also decoded the inputs of `rckp conformance single-edit`: every file that differs in
one byte from one of {len(near[0]["tables"])} small valid files, {inputs:,} inputs. A cell
has the number of responses whose highest grade of agreement is that of the column.

{table(["implementation", *_GRADES], map(_near, near), range(1, 1 + len(_GRADES)))}

{_differences(near)}

## Known failures

{_known()}
"""


def _near(survey: Mapping[str, Any]) -> list[str]:
    """Return a row: how many responses of an implementation reach which grade."""
    total: Counter[str] = Counter()
    for each in survey["tables"]:
        total.update(each["agreement"])
    cells = [f"{total[grade]:,}" if total[grade] else "–" for grade in _GRADES]
    return [f"{survey['name']} {survey['version']}", *cells]


def _differences(near: list[dict[str, Any]]) -> str:
    """Return the table of differences below the wanted grade, with the reasons."""
    rows: list[list[str]] = []
    for name, survey in zip(BUILT, near, strict=True):
        known = json.loads(DIFFERENCES[name].read_text("utf-8")) if name in DIFFERENCES else {}
        total: Counter[str] = Counter()
        for each in survey["tables"]:
            for kind, difference in each["differences"].items():
                total[kind] += difference["number"]
        rows += [
            [survey["name"], kind, f"{number:,}", known[kind]]
            for kind, number in sorted(total.items())
        ]
    return table(["implementation", "expected, got", "inputs", "reason"], rows, [2])


def _row(found: Results) -> list[str]:
    by = found.implementation
    cells = []
    for class_ in CLASSES:
        own = [each for each in found.results if each.class_ == class_]
        passed = sum(each.outcome == "pass" for each in own)
        unsupported = sum(each.outcome == "unsupported" for each in own)
        note = f", {unsupported} unsupported" if unsupported else ""
        cells.append(f"{passed} of {len(own)}{note}" if own else "–")
    return [f"{by.name} {by.version}, at grade *{found.required_grade}*", by.language, *cells]


def _known() -> str:
    """Return tables of the reasons for known failures, with the number of checks of each."""
    parts = []
    for name, file in KNOWN.items():
        reasons = Counter(
            reason.split(":")[0] for reason in json.loads(file.read_text("utf-8")).values()
        )
        rows = [[str(count), reason] for reason, count in reasons.most_common()]
        parts.append(
            f"### {name} {{ data-search-exclude }}\n\n{table(['checks', 'reason'], rows, [0])}"
        )
    return "\n\n".join(parts)


def check() -> int:
    """Return 1, with messages, if results or the page do not belong to the present suite."""
    present = Suite.locate().sha256
    stale = []
    for name in BUILT:
        try:
            if _results(name).suite_sha256 != present:
                stale.append(f"{name}.jsonl: it is of another suite")
        except ValueError as error:
            stale.append(f"{name}.jsonl: {error}")
        if _survey(name)["suite_sha256"] != present:
            stale.append(f"{name}{SINGLE_EDIT}: it is of another suite")
    if not stale and PAGE.read_text("utf-8") != whole_page():
        stale.append(f"{PAGE.name}: it is not the page of these results")
    for each in stale:
        print(f"{each} (`python -m conformance.tools.results` renews it)", file=sys.stderr)
    return 1 if stale else 0


def matrix() -> str:
    """Return the page with every check of each implementation, which the site shows."""
    known = requirements.extract(chapters.read(ROOT))
    cases = {case.id for case in load_cases(ROOT / "fixtures", trusted=True)}

    def link(id_: str) -> str:
        if id_ in known:
            return f"spec/{Path(known[id_].chapter).stem}.html#{id_}"
        return f"spec/{case_page(id_)}" if id_ in cases else ""

    texts = Suite.locate().requirement_texts()
    return matrix_page(list(map(_results, BUILT)), texts, link=link, home="implementations.html")


def whole_page() -> str:
    """Return the text of docs/implementations.md, from the stored results."""
    return page(list(map(_results, BUILT)), list(map(_survey, BUILT)))


def _results(name: str) -> Results:
    return load(KEPT / f"{name}.jsonl")


def _survey(name: str) -> dict[str, Any]:
    survey: dict[str, Any] = json.loads((KEPT / f"{name}{SINGLE_EDIT}").read_text("utf-8"))
    return survey


def main(arguments: list[str]) -> int:
    """Return the exit status. With names of implementations, run only those."""
    if arguments == ["--check"]:
        return check()
    if unknown := set(arguments) - set(BUILT):
        print("no such implementation:", *sorted(unknown), file=sys.stderr)
        return 2
    rckp = [sys.executable, "-P", "-m", "rckp", "conformance"]
    with tempfile.TemporaryDirectory() as directory:
        for name in arguments or BUILT:
            command = BUILT[name](Path(directory) / name)
            for verb, known, file, form in (
                ("run", KNOWN, f"{name}.jsonl", ["--compact"]),
                ("single-edit", DIFFERENCES, f"{name}{SINGLE_EDIT}", []),
            ):
                options = [*command.given(name, known), *form, "--results", str(KEPT / file)]
                subprocess.run([*rckp, verb, *options, "--", *command.words], check=True)
    PAGE.write_text(whole_page(), "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
