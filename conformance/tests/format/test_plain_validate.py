"""`rckp validate PATH...` runs without click, and prints what the command with click prints.

An option that changes nothing, `-j 1`, is enough to run the command with click.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES
from rckp.cli import COMPLETE, plain_validate

READER = FIXTURES / "cases/reader"
GOOD, CUT = READER / "full.ckpt", READER / "hostile/twenty-bytes.ckpt"


@pytest.fixture
def places(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/a.ckpt").symlink_to(GOOD)
    (tmp_path / "good").mkdir()
    for name in ("a.ckpt", "b.ckpt"):
        (tmp_path / "good" / name).write_bytes(GOOD.read_bytes())
    (tmp_path / "good/other").touch()
    (tmp_path / "\x1b[31m.ckpt").write_bytes(GOOD.read_bytes())
    (tmp_path / "x.tar").write_bytes(b"not an archive")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


WORDS = (
    [GOOD],
    [GOOD, GOOD],
    [CUT],
    [GOOD, CUT, GOOD],
    [READER],
    ["nowhere"],
    ["nowhere", GOOD],
    ["good"],
    ["good/a.ckpt", "good"],
    ["empty"],
    ["empty", GOOD],
    ["linked"],
    ["\x1b[31m.ckpt"],
    ["x.tar"],
    ["pipe"],
    [f"file://{GOOD}"],
)


@pytest.mark.parametrize("words", WORDS, ids=str)
@pytest.mark.parametrize("variable", ["", "FORCE_COLOR"])
def test_as_with_click(places: Path, words: list[str | Path], variable: str) -> None:
    environment = {variable: "1"} if variable else {}
    assert plain_validate._paths(["validate", *map(str, words)])
    plain = rckp("validate", *words, cwd=places, environment=environment)
    clicked = rckp("validate", *words, "-j", "1", cwd=places, environment=environment)
    assert plain == clicked


def test_what_click_must_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (
        *([], ["validate"], ["valid", "x"], ["--version"], ["validate", ""], ["validate", "-"]),
        *(["validate", "x", "--strict"], ["validate", "-h"], ["validate", "--", "x"]),
    ):
        assert plain_validate._paths(arguments) is None
    assert plain_validate._paths(["validate", "x", "y"]) == ["x", "y"]
    monkeypatch.setenv(COMPLETE, "bash_complete")
    assert plain_validate._paths(["validate", "x"]) is None


IMPORTED = "import atexit, sys; atexit.register(lambda: print('click' in sys.modules)); "
RUN = "from rckp.cli import main; main()"


@pytest.mark.parametrize(("path", "expected"), [(GOOD, b"False"), (CUT, b"True")])
def test_click_is_imported_for_findings(path: Path, expected: bytes) -> None:
    command = [sys.executable, "-c", IMPORTED + RUN, "validate", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.stdout.splitlines()[-1] == expected


def test_colours_on_a_terminal() -> None:
    shown = []
    for words in ((GOOD,), (GOOD, "-j", "1")):
        master, slave = pty.openpty()
        command = [sys.executable, "-c", RUN, "validate", *map(str, words)]
        environment = {**os.environ, "TERM": "xterm"}
        for name in ("NO_COLOR", "FORCE_COLOR"):
            environment.pop(name, None)
        subprocess.run(command, stdout=slave, stderr=slave, env=environment, check=True)
        os.close(slave)
        shown.append(os.read(master, 65536))
        os.close(master)
    assert shown[0] == shown[1]
    assert b"\x1b[32mvalid" in shown[0]


@pytest.mark.parametrize("option", [(), ("-j", "1")])
@pytest.mark.parametrize("raised", ["KeyboardInterrupt()", "MemoryError()", "OSError(5, 'x')"])
def test_what_is_raised(raised: str, option: tuple[str, ...]) -> None:
    code = (
        f"import rckp.cli.parallel as p\ndef fail(*_): raise {raised}\np.run_serial = fail\n{RUN}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "validate", str(GOOD), *option],
        capture_output=True,
        check=False,
    )
    expected = {
        "KeyboardInterrupt()": (130, b"\ninterrupted\n"),
        "MemoryError()": (2, b"error: there is not enough memory for this\n"),
        "OSError(5, 'x')": (2, b"error: x\n"),
    }
    assert (done.returncode, done.stderr) == expected[raised]
    assert not done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
@pytest.mark.parametrize("option", [(), ("-j", "1")])
def test_output_that_cannot_be_written(option: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", RUN, "validate", str(GOOD), *option]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"error: standard output: cannot be written: No space left on device\n"
