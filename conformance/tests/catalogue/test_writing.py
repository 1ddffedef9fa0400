"""Catalogues are written whole or not at all, and what stands in the way is reported."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.attack.test_output_files import LIMITED
from conformance.tests.catalogue.tables import listed, made_tree, rows
from conformance.tests.format.many_files import GOOD, MAKERS, large
from conformance.tests.tools import with_tests_importable
from rckp.catalogue import table
from rckp.catalogue.row import CATALOGUE

RUN = "from rckp.cli import main; main()"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_tree(tmp_path_factory.mktemp("tree"))


WITHOUT = "import sys; sys.modules['pyarrow'] = None\n"


def test_without_pyarrow(tree: Path, tmp_path: Path) -> None:
    words = ["list", "--format", "parquet", "-o", str(tmp_path / "x"), str(tree)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + RUN, *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: --format parquet: a catalogue takes another package: pip install 'rckp[table]'\n"
    )
    assert os.listdir(tmp_path) == []
    code = f"{WITHOUT}import rckp\nfor f in (rckp.frame, lambda p: rckp.write_catalogue('x', p)):\n"
    code += "    try:\n        f('.')\n    except ImportError as error:\n        print(error)\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.count("pip install 'rckp[table]'\n") == 2
    assert os.listdir(tmp_path) == []


def test_a_full_disk_leaves_nothing(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "x"
    full = listed("-o", "/dev/full", tree)
    assert full.status == 2
    assert full.err == "error: /dev/full: cannot be written: No space left on device\n"
    words = [sys.executable, "-c", LIMITED, "list", "--format", "parquet", "-o", str(target)]
    for before in (None, b"before"):
        if before is not None:
            target.write_bytes(before)
        done = subprocess.run([*words, str(tree)], capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr == f"error: {target}: cannot be written: File too large\n".encode()
        assert os.listdir(tmp_path) == ([] if before is None else ["x"])
    assert target.read_bytes() == b"before"


def test_standard_output(tree: Path, tmp_path: Path) -> None:
    from pyarrow import BufferReader
    from pyarrow import parquet as reader

    for options in ((), ("-o", "-")):
        done = listed(*options, tree, cwd=tmp_path)
        assert (done.status, done.err) == (0, "")
        assert reader.read_table(BufferReader(done.out)).num_rows == len(rows(tree))
    assert os.listdir(tmp_path) == []
    line = (
        f"{sys.executable} -c '{RUN}' list --format parquet {tree} | true; echo ${{PIPESTATUS[0]}}"
    )
    closed = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert closed.stdout in (b"2\n", b"0\n")
    assert closed.stderr == b""


@pytest.mark.parametrize("number", ["1", "2"])
def test_ctrl_c_leaves_nothing(tmp_path: Path, number: str) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for i in range(30):
        large(base / f"b{i}.ckpt", 0xFFFFFFFF)
    target = tmp_path / "out" / "runs.parquet"
    target.parent.mkdir()
    target.write_bytes(b"before")
    words = ["list", "--format", "parquet", "-j", number, "-o", str(target), str(base)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    before: set[str] = set()
    # A file that is there for a moment only is the check whether one can be made.
    while process.poll() is None and (len(before) < 2 or before != {*os.listdir(target.parent)}):
        before = {*os.listdir(target.parent)}
        time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, b"", b"interrupted")
    assert os.listdir(target.parent) == ["runs.parquet"]
    assert target.read_bytes() == b"before"
    with pytest.raises(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, 0)


AS_NOBODY = """
import difflib, locale, os  # click imports both late
import rckp, rckp.cli.list_table
rckp.write_catalogue(os.devnull, ".")  # imports what is needed, as long as that can be read
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
from rckp.cli import main
main()
"""


def test_what_may_not_be_read(tmp_path: Path) -> None:
    from pyarrow import BufferReader
    from pyarrow import parquet as reader

    (tmp_path / "locked").mkdir()
    tmp_path.chmod(0o755)
    for name in ("good.ckpt", "secret.ckpt", "locked/x.ckpt"):
        (tmp_path / name).write_bytes(GOOD)
    (tmp_path / "secret.ckpt").chmod(0)
    (tmp_path / "locked").chmod(0)
    words = [sys.executable, "-c", AS_NOBODY, "list", "--format", "parquet", "."]
    try:
        done = subprocess.run(words, capture_output=True, check=False, cwd=tmp_path)
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert (done.returncode, done.stderr) == (2, b"")
    columns = ["path", "verdict", "code", "message"]
    found = reader.read_table(BufferReader(done.stdout), columns=columns).to_pylist()
    assert [tuple(row.values())[:3] for row in found] == [
        ("./good.ckpt", "valid", None),
        ("./locked", "unreadable", "unreadable"),
        ("./secret.ckpt", "unreadable", "unreadable"),
    ]
    assert all("Permission denied" in row["message"] for row in found[1:])


def test_a_file_that_kills_its_reader_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conformance.tests.catalogue import deadly_rows

    for name in ("a.ckpt", "deadly.ckpt", "z.ckpt"):
        (tmp_path / name).write_bytes(GOOD)
    work = CATALOGUE._replace(chunk=deadly_rows.rows_of_chunk)
    monkeypatch.setattr(table, "CATALOGUE", work)
    monkeypatch.setenv("PYTHONPATH", with_tests_importable()["PYTHONPATH"])
    with MAKERS["processes"]() as made:
        found = rows(tmp_path, executor=made)
    assert [row["verdict"] for row in found] == ["valid", "unreadable", "valid"]
    assert "the process that read it was killed by SIGKILL" in found[1]["message"]


def test_arguments_of_frame(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent, tmp_path / "x")
    with pytest.raises(ValueError, match="at least 1"):
        rckp.frame(tmp_path, chunk=0)
    with pytest.raises(ValueError, match="at least 1"):
        rckp.write_catalogue(tmp_path / "y", tmp_path, in_flight=0)
    with pytest.raises(OSError, match="directory does not exist"):
        rckp.write_catalogue(tmp_path / "no/y", tmp_path)
    assert os.listdir(tmp_path) == ["x"]

    def failing() -> Any:
        yield str(tmp_path)
        raise RuntimeError("the list has ended")

    with pytest.raises(RuntimeError, match="has ended"):
        rckp.write_catalogue(tmp_path / "y", failing())
    assert os.listdir(tmp_path) == ["x"]
