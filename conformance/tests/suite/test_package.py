"""What is in the wheel and the source distribution, and that it works outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import rckp
from conformance.tests.archives import extract
from conformance.tests.corpus import FIXTURES, ROOT, corpus


def build(kind: str, source: Path, target: Path) -> Path:
    """Builds with the backend that is installed, so that no network is needed."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "-o", target, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        extract(archive, directory)
    [root] = directory.iterdir()
    return root


@pytest.fixture(scope="module", params=["checkout", "sdist"])
def wheel(
    request: pytest.FixtureRequest, unpacked: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The wheel made of the checkout, and the one made of the source distribution."""
    source = ROOT if request.param == "checkout" else unpacked
    return build("wheel", source, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_carries_the_suite(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        cases = [n for n in names if n.startswith("rckp/data/fixtures/cases/")]
        assert len([n for n in cases if n.endswith(".json")]) == len(corpus())
        assert "rckp/py.typed" in names
        shared = {name.partition(".data/data/")[2] for name in names}
        for path in (ROOT / "share").rglob("*"):
            assert path.is_dir() or path.relative_to(ROOT).as_posix() in shared
        assert "share/man/man1/rckp-validate.1" in shared
        assert "rckp/data/spec/requirements.json" in names
        manifest = archive.read("rckp/data/fixtures/manifest.json")
    assert manifest == (FIXTURES / "manifest.json").read_bytes()
    assert not [n for n in names if "__pycache__" in n or n.startswith(("conformance", "tests"))]


def test_the_wheel_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")  # noqa: S202 - an archive of our own
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path / "installed")!r})
import rckp
from pathlib import Path
from rckp.conformance.cases import cases_root, load_cases
assert Path(rckp.__file__).is_relative_to({str(tmp_path)!r}), rckp.__file__
assert cases_root().is_relative_to({str(tmp_path)!r})
assert sum(1 for _ in load_cases(cases_root())) == {len(corpus())}
sys.argv = ["rckp", "explain", "DEC-2"]
from rckp.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stderr
    assert "truncated" in done.stdout


def test_the_suite_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)  # noqa: S202 - an archive of our own
    adapter = [sys.executable, "-m", "rckp.conformance.reference"]
    main = [
        sys.executable,
        "-c",
        "import rckp; print(rckp.__file__); import rckp.cli as c; c.main()",
    ]
    for arguments, told in (
        (["run", "--id", "*/e*", "--", *adapter], "all as expected."),
        (["export", str(tmp_path / "suite")], f"files written to {tmp_path / 'suite'}"),
        (["run", "--suite", "suite", "--tag", "smoke", "--", *adapter], "all as expected."),
    ):
        done = subprocess.run(
            [*main, "conformance", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(installed)},
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{installed}/rckp/__init__.py\n")
        assert told in done.stdout
    assert (tmp_path / "suite/protocol.md").is_file()


def test_the_source_distribution_is_whole(unpacked: Path) -> None:
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "mkdocs.yml", "spec/decoding.md"):
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()
    assert (unpacked / "conformance/tests/corpus.py").is_file()
    assert (unpacked / "fixtures/manifest.json").is_file()


def test_every_public_name_is_there() -> None:
    """The root gives what it says that it gives, and imports nothing before it is asked."""
    code = "import sys, rckp; print(sorted(m for m in sys.modules if m.startswith('rckp')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['rckp']"
    for name in rckp.__all__:
        assert getattr(rckp, name) is not None
        assert name in dir(rckp)
    with pytest.raises(AttributeError, match="no attribute 'decoed'"):
        _ = rckp.decoed  # type: ignore[attr-defined]
