"""The checks of the project by name: `nox --list`, `nox -s lint`, `nox -s site -- DIRECTORY`.

Sessions run in the environment that nox is installed in, so that nothing is installed twice:
`pip install -e '.[dev]'` has all that they need. `.ci/run` makes such an environment and runs
the same sessions.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
FAST = "src/rckp-fast"
ARCHIVE = "docs/rckp-suite.tar.bz2"  # the site offers it; it is not in the repository
MIN_TYPE_COMPLETENESS = 0.98  # the rest derives from classes of construct and click

_installed: list[str] = []

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "none"
nox.options.stop_on_first_error = True
nox.options.sessions = ["lint", "tests"]


def python(session: nox.Session, *arguments: str, **environment: str) -> None:
    """Run the Python of this environment."""
    session.run(sys.executable, *arguments, env=environment, external=True)


def tool(session: nox.Session, *arguments: str) -> None:
    """Run a program of `conformance/tools`."""
    name, *options = arguments
    python(session, "-m", f"conformance.tools.{name}", *options)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, and that generated files and cases are up to date. About 15 seconds."""
    python(session, "-m", "ruff", "check", ".")
    python(session, "-m", "ruff", "format", "--check", ".")
    python(session, "-m", "rckp.derive", "--check")
    tool(session, "casegen", "verify")
    python(session, "-m", "mypy")
    _verify_types(session)


def _verify_types(session: nox.Session) -> None:
    """Fail if pyright sees too few types in what the package exports."""
    words = ("-m", "pyright", "--pythonpath", sys.executable, "--ignoreexternal", "--outputjson")
    output = session.run(
        *(sys.executable, *words, "--verifytypes", "rckp"),
        # An editable install has a directory of the same name, with the data alone.
        # pyright looks for packages with the Python that PATH names, whatever --pythonpath says.
        env={
            "PYTHONPATH": str(ROOT / "src"),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        },
        external=True,
        silent=True,
        success_codes=[0, 1],  # 1: not 100 %
    )
    if output is None:  # with --no-run or --install-only nothing is run
        return
    found = json.loads(str(output))["typeCompleteness"]
    score = found["completenessScore"]
    session.log(f"pyright --verifytypes rckp: {score:.1%}")
    if score < MIN_TYPE_COMPLETENESS:
        for symbol in found["symbols"]:
            for diagnostic in symbol["diagnostics"]:
                session.warn(f"{symbol['name']}: {diagnostic['message']}")
        session.error(f"less than {MIN_TYPE_COMPLETENESS:.0%} of the exported types are known")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the quick tests, about a minute. Arguments after `--` replace `-m quick`."""
    python(session, "-m", "pytest", "-q", *(session.posargs or ("-m", "quick")))


@nox.session
def site(session: nox.Session) -> None:
    """Build the site into `site/`, or into the directory after `--`. A warning is an error."""
    python(session, "-m", "rckp", "conformance", "export", ARCHIVE)
    directory = session.posargs[0] if session.posargs else "site"
    words = ("build", "-q", "--strict", "-d", str(Path(directory).resolve()))
    # The PDF takes Chromium; without it, the site has none.
    python(session, "-m", "mkdocs", *words, NO_MKDOCS_2_WARNING="1", RCKP_SITE_PDF="1")


@nox.session
def tests_full(session: nox.Session) -> None:
    """Run all tests, 8 to 20 minutes. A missing program is a failure and not a skip.

    The code in Python is tested, also where the compiled module is installed.
    """
    _install_fast(session)
    words = ("pytest", "-q", "--durations=25", *session.posargs)
    python(session, "-m", *words, RCKP_REQUIRE_ALL="1", RCKP_PURE_PYTHON="1")


@nox.session
def fast(session: nox.Session) -> None:
    """Build and install the compiled module, and run the quick tests with it in use.

    They are those of the format, the store and the payloads. Arguments replace this choice.
    """
    _install_fast(session)
    chosen = [f"conformance/tests/{each}" for each in ("format", "store", "payload")]
    words = ("pytest", "-q", *(session.posargs or ("-m", "quick", *chosen)))
    python(session, "-m", *words, RCKP_PURE_PYTHON="")


def _install_fast(session: nox.Session) -> None:
    if _installed:  # in a session before
        return
    # The version stays the same while the source changes.
    words = ("pip", "install", "-q", "--force-reinstall", "--no-deps")
    python(session, "-m", *words, str(ROOT / FAST))
    _installed.append(FAST)


@nox.session
def fast_wheels(session: nox.Session) -> None:
    """Build the wheels of the compiled module into `dist/`, and try them outside of the checkout.

    Zig links them against glibc 2.17, so that they run on Linux of 2014 and later.
    """
    work, dist = Path(session.create_tmp()).resolve(), ROOT / "dist"
    python(session, "-m", "pip", "install", "-q", "maturin[zig]>=1.9,<2")
    words = ["build", "--release", "--locked", "--sdist", "--zig"]
    words += ["--compatibility", "manylinux2014"]
    maturin = str(Path(sys.executable).parent / "maturin")
    session.run(maturin, *words, "-m", f"{FAST}/Cargo.toml", "--out", str(dist), external=True)
    shutil.rmtree(work / "fast", ignore_errors=True)
    python(session, "-m", "venv", str(work / "fast"))
    user = str(work / "fast" / ("Scripts" if os.name == "nt" else "bin") / "python")
    install = ("pip", "install", "-q", "--find-links", str(dist), f"{ROOT}[fast,test]")
    session.run(user, "-m", *install, external=True)
    tests = ("pytest", "-q", "-m", "quick", "conformance/tests/format")
    with session.chdir(ROOT):
        session.run(user, "-m", *tests, env={"RCKP_PURE_PYTHON": ""}, external=True)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz the compiled scanner with AddressSanitizer, a minute. Arguments go to libFuzzer."""
    if shutil.which("cargo-fuzz") is None:
        session.run("cargo", "install", "-q", "--locked", "cargo-fuzz", external=True)
    corpus = Path(session.create_tmp()).resolve() / "corpus"
    corpus.mkdir(exist_ok=True)
    words = ("--fuzz-dir", f"{FAST}/fuzz", "scan", str(corpus), "fixtures/cases/reader", "--")
    options = session.posargs or ("-max_total_time=60", "-max_len=4096")
    # Sanitizers are for compilers of the day; this asks one of a release for them.
    environment = {"RUSTC_BOOTSTRAP": "1"}
    session.run("cargo", "fuzz", "run", *words, *options, env=environment, external=True)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel and the sdist, and try the wheel outside of the checkout."""
    work = Path(session.create_tmp()).resolve()
    for name in ("dist", "user", "suite"):
        shutil.rmtree(work / name, ignore_errors=True)
    python(session, "-m", "build", "-q", "--outdir", str(work / "dist"), str(ROOT))
    python(session, "-m", "venv", str(work / "user"))
    programs = work / "user" / ("Scripts" if os.name == "nt" else "bin")
    user = str(programs / "python")
    (built,) = (work / "dist").glob("rckp-*.whl")

    def run(*words: str, status: int = 0) -> None:
        clean = {"PYTHONPATH": ""}
        session.run(*words, env=clean, external=True, success_codes=[status])

    run(user, "-m", "pip", "install", "-q", str(built))
    with session.chdir(work):
        rckp = str(programs / "rckp")
        run(rckp, "validate", str(ROOT / "fixtures/files/real"), status=1)  # 31 are empty
        run(rckp, "inspect", str(ROOT / "fixtures/cases/reader/full.ckpt"))
        run(rckp, "explain", "DEC-2")
        reference = (user, "-m", "rckp.conformance.reference")
        run(rckp, "conformance", "run", "--grade", "location", "--", *reference)
        run(rckp, "conformance", "export", "suite")
        if sys.platform == "linux":
            run(rckp, "conformance", "crash", "--scenario", "overwrite", "--", *reference)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory. Arguments go to the benchmark, such as `-- --quick`."""
    _install_fast(session)
    tool(session, "bench", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Run the cases against each mutant of the reference; arguments are patterns of ids."""
    tool(session, "mutation", *session.posargs)


@nox.session
def results(session: nox.Session) -> None:
    """Build every implementation and run the suite against it; arguments are names."""
    tool(session, "results", *session.posargs)


@nox.session
def model(session: nox.Session) -> None:
    """Search the model of the write protocol with Spin, 90 seconds; `-- --check` compares only."""
    tool(session, "model", *session.posargs)


@nox.session
def crash_results(session: nox.Session) -> None:
    """Build every store and run the crash tests against it; arguments are names."""
    tool(session, "crash_results", *session.posargs)
