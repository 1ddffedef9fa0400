"""Archives and compressed files: reported as the directory, and what can be wrong with them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from conformance.tests.command import ASCII_LOCALE, Result, rckp
from conformance.tests.format.packing import ARCHIVES, COMPRESS, CUT, GOOD, REAL, packed, validated
from rckp.files.container import Container, archive_in, container_of


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory `runs` with checkpoints, a broken one, other files, and a link."""
    base = tmp_path_factory.mktemp("tree")
    shutil.copytree(REAL, base / "runs")
    shutil.copy(CUT, base / "runs/broken.ckpt")
    (base / "runs/notes.txt").write_text("other")
    (base / "runs/a").mkdir()
    shutil.copy(GOOD, base / "runs/a/good.ckpt")
    shutil.copy(GOOD, base / "runs/a-b.ckpt")  # between a and a/ in the order of characters
    (base / "runs/link.ckpt").symlink_to("broken.ckpt")
    return base


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("style", ["text", "json", "concise"])
def test_an_archive_is_reported_as_the_directory(
    tree: Path, tmp_path: Path, kind: str, style: str
) -> None:
    archive = packed(tree, kind, tmp_path)
    wanted = rckp("validate", "--format", style, "-v", tree / "runs")
    done = rckp("validate", "--format", style, "-v", archive)
    assert done.status == wanted.status == 1
    assert done.text.replace(f"{archive}/runs", "@") == wanted.text.replace(f"{tree}/runs", "@")


@pytest.mark.parametrize("kind", ARCHIVES)
def test_the_runs_of_an_archive_are_those_of_the_directory(
    tree: Path, tmp_path: Path, kind: str
) -> None:
    archive = packed(tree, kind, tmp_path)
    wanted = json.loads(rckp("list", "--format", "json", tree / "runs").out)
    done = rckp("list", "--format", "json", archive)
    assert done.status == 0
    text = done.text.replace(f"{archive}/runs", f"{tree}/runs")
    assert json.loads(text) | {"base": "", "now_ms": 0} == wanted | {"base": "", "now_ms": 0}


@pytest.mark.parametrize("kind", ["tar", "tar.xz", "zip"])
def test_a_member_is_read_as_the_file(tree: Path, tmp_path: Path, kind: str) -> None:
    archive = packed(tree, kind, tmp_path)
    for command in (["decode"], ["decode", "--partial"], ["inspect", "-x"], ["validate"]):
        for name, status in (("runs/a/good.ckpt", 0), ("runs/broken.ckpt", 1)):
            wanted = rckp(*command, tree / name)
            done = rckp(*command, archive / name)
            assert done.status == wanted.status == status
            assert done.text.replace(str(archive), str(tree)) == wanted.text
    assert rckp("decode", archive / "runs/none.ckpt").status == 2
    assert "[missing" in rckp("decode", archive / "runs/none.ckpt").err
    assert "is a symbolic link" in rckp("decode", archive / "runs/link.ckpt").err
    assert "is an archive" in rckp("inspect", archive).err


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_compressed_file_is_read_as_the_file(tmp_path: Path, compression: str) -> None:
    for source, status in ((GOOD, 0), (CUT, 1)):
        plain = tmp_path / "a.ckpt"
        plain.write_bytes(source.read_bytes())
        file = tmp_path / f"a.ckpt.{compression}"
        file.write_bytes(COMPRESS[compression](source.read_bytes()))
        for command in (["validate", "-v"], ["decode"], ["inspect"], ["inspect", "-x", "--full"]):
            wanted, done = rckp(*command, plain), rckp(*command, file)
            assert done.status == wanted.status == status, done.err
            assert done.text.replace(str(file), str(plain)) == wanted.text


def test_which_names_are_containers(tmp_path: Path) -> None:
    assert container_of("a.ckpt") is None
    assert container_of("tar") is None
    assert container_of("A.TGZ") == Container("A.TGZ", "tar", "gz", "A.TGZ")
    assert container_of("x/a.ckpt.zst") == Container("x/a.ckpt.zst", None, "zst", "x/a.ckpt.zst")
    file = tmp_path / "a.zip"
    assert archive_in(f"{file}/a.ckpt") is None
    file.write_bytes(b"")
    assert archive_in(f"{file}/b/c.ckpt") == (
        Container(str(file), "zip", None, str(file)),
        "b/c.ckpt",
    )
    url = "s3://b/a.tar.gz"
    assert archive_in(f"{url}/c%20d.ckpt") == (Container(url, "tar", "gz", url), "c d.ckpt")
    assert archive_in(url) is archive_in("s3://a.tar/c.ckpt") is None
    file.unlink()
    file.mkdir()  # a directory with such a name is a directory
    shutil.copy(GOOD, file / "good.ckpt")
    assert validated(file)[1] == {"good.ckpt": None}
    assert rckp("decode", file / "good.ckpt").status == 0


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize("locale", [{}, ASCII_LOCALE], ids=["utf-8", "ascii"])
def test_names_are_those_of_the_files_in_every_locale(
    tmp_path: Path, kind: str, locale: dict[str, str]
) -> None:
    runs = tmp_path / f"plain/runs.{kind}/runs"  # a directory with the name of the archive
    runs.mkdir(parents=True)
    names = ["ü.ckpt", "z.ckpt", "\U0001f600.ckpt", "\ufb01.ckpt"]
    for name in names if kind == "zip" else [*names, os.fsdecode(b"\xff.ckpt")]:
        shutil.copy(GOOD, runs / name)
    shutil.copy(CUT, runs / "é.ckpt")
    packed(runs.parent, kind, tmp_path)

    def both(*words: str) -> Result:
        wanted = rckp(*words, cwd=tmp_path / "plain", environment=locale)
        done = rckp(*words, cwd=tmp_path, environment=locale)
        assert done.status == wanted.status, done.err
        assert done.text == wanted.text
        return done

    for style in ("text", "json", "concise", "sarif", "github", "junit"):
        assert both("validate", "-v", "--format", style, f"runs.{kind}").status == 1
    for command in ("decode", "inspect", "validate"):
        assert both(command, f"runs.{kind}/runs/ü.ckpt").status == 0
    listed = rckp("list", "--format", "json", f"runs.{kind}", cwd=tmp_path, environment=locale)
    assert listed.status == 0
    assert rf"runs.{kind}/runs/\u00fc.ckpt" in listed.text
