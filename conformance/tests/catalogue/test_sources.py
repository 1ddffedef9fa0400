"""Where rows come from: names, archives, compressed files, and what cannot be read."""

from __future__ import annotations

import os
import shutil
import tarfile
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.catalogue.tables import rows
from conformance.tests.catalogue.test_rows import of_the_record
from conformance.tests.format.drafts import DRAFTS
from conformance.tests.format.many_files import deep_files
from conformance.tests.format.packing import COMPRESS, CUT, GOOD, REAL, member, packed, tar_of
from rckp.catalogue.columns import INDEX
from rckp.validation.validate import summarise_as

HOSTILE_NAMES = (
    *(b"\xff\xfe", b"a\nb", b"\x1b[31m", "\u202e".encode(), b"'; DROP TABLE runs;--", b" ", b"%s"),
)


def test_hostile_names(tmp_path: Path) -> None:
    base = os.fsencode(tmp_path)
    for name in HOSTILE_NAMES:
        (tmp_path / os.fsdecode(name + b".ckpt")).write_bytes(GOOD.read_bytes())
        (tmp_path / os.fsdecode(name)).mkdir()
        (tmp_path / os.fsdecode(name) / "x.ckpt").write_bytes(b"")
    found = rows(tmp_path)
    assert len(found) == 2 * len(HOSTILE_NAMES)
    paths = {row["path_bytes"] or row["path"].encode() for row in found}
    assert paths == {
        path
        for name in HOSTILE_NAMES
        for path in (base + b"/" + name + b".ckpt", base + b"/" + name + b"/x.ckpt")
    }
    assert (
        all(row["path"].endswith(r"\xff\xfe.ckpt") for row in found if row["path_bytes"]) is False
    )
    odd = [row["path"] for row in found if row["path_bytes"]]
    assert sorted(odd) == [f"{tmp_path}/\\xff\\xfe.ckpt", f"{tmp_path}/\\xff\\xfe/x.ckpt"]


@pytest.mark.skipif(not hasattr(os, "pathconf"), reason="a directory of Windows is not opened")
@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor(2)])
def test_a_path_that_is_too_long_for_the_system(tmp_path: Path, executor: Executor | None) -> None:
    paths = deep_files(tmp_path / "deep", [GOOD.read_bytes(), b""])
    found = rows(tmp_path, executor=executor)
    assert [(row["path"], row["verdict"]) for row in found] == [
        (paths[0], "valid"),
        (paths[1], "invalid"),
    ]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory `runs` with checkpoints of both layouts, broken ones, other files, and links."""
    base = tmp_path_factory.mktemp("tree")
    shutil.copytree(REAL, base / "runs")
    (base / "runs/a").mkdir()
    shutil.copy(CUT, base / "runs/a/broken.ckpt")
    shutil.copy(GOOD, base / "runs/a.ckpt")
    shutil.copy(GOOD, base / "runs/a-b.ckpt")
    for name, data in DRAFTS.items():
        (base / f"runs/a/{name}.ckpt").write_bytes(data)
    (base / "runs/notes.txt").write_text("other")
    (base / "runs/link.ckpt").symlink_to("a.ckpt")
    (base / "runs/loop").symlink_to(".")
    (base / "runs/directory.ckpt").mkdir()
    return base


def without(found: list[dict[str, Any]], start: Path, *names: str) -> list[dict[str, Any]]:
    changed = {"path": None, **dict.fromkeys(names)}
    return [
        row | changed | {"path": row["path"].removeprefix(f"{start}/"), "path_bytes": None}
        for row in found
    ]


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.zst", "zip"])
def test_an_archive_has_the_rows_of_the_directory(tree: Path, tmp_path: Path, kind: str) -> None:
    archive = packed(tree, kind, tmp_path)
    wanted = without(rows(tree / "runs"), tree, "mtime")
    found = rows(archive)
    assert without(found, archive, "mtime") == wanted
    assert {row["mtime"] is None for row in found} == {kind == "zip"}
    name = "runs/a/broken.ckpt"
    (one,) = rows(archive / name)
    assert [one] == [row for row in found if row["path"].endswith(name)]


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_compressed_file_has_the_row_of_the_file(tmp_path: Path, compression: str) -> None:
    for name, source in (("good", GOOD), ("cut", CUT)):
        path = tmp_path / f"{name}.ckpt.{compression}"
        path.write_bytes(COMPRESS[compression](source.read_bytes()))
        (plain,), (found,) = rows(source), rows(path)
        differing = {key for key in plain if plain[key] != found[key]}
        assert differing <= {"path", "mtime", "size"}
        assert found["path"] == str(path)
        assert found["size"] in (None, len(source.read_bytes()))
        assert found["size"] is not None or name == "cut"


def test_a_time_without_bounds_is_no_time(tmp_path: Path) -> None:
    info, data = member("a.ckpt", GOOD.read_bytes(), pax_headers={"mtime": "1e303"})
    (tmp_path / "a.tar").write_bytes(tar_of((info, data)))
    (row,) = rows(tmp_path / "a.tar")
    assert (row["verdict"], row["mtime"]) == ("valid", None)


def test_what_cannot_be_read_has_a_row(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.ckpt")
    (tmp_path / "bad.tar.gz").write_bytes(b"not compressed")
    with tarfile.open(tmp_path / "runs.tar", "w") as archive:
        archive.add(GOOD, "good.ckpt")
        link = tarfile.TarInfo("hard.ckpt")
        link.type, link.linkname = tarfile.LNKTYPE, "good.ckpt"
        archive.addfile(link)
    cut = (tmp_path / "runs.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(cut[: cut.index(b"hard.ckpt")])
    named = {
        "nowhere.ckpt": "missing",
        "fifo.ckpt": "not-a-file",
        "bad.tar.gz": "unreadable",
        "runs.tar/none.ckpt": "missing",
        "runs.tar/hard.ckpt": "not-a-file",
        "nowhere.tar": "missing",
        "nowhere.ckpt.gz": "missing",
        "a\0b.ckpt": "missing",
    }
    found = rows([tmp_path / name for name in named])
    for row, (name, code) in zip(found, named.items(), strict=True):
        assert (row["verdict"], row["code"]) == ("unreadable", code), name
        assert row["message"]
        assert row["resumable"] is False
        assert not of_the_record(row)
    (good, hard) = rows(tmp_path / "runs.tar")
    assert (good["verdict"], hard["verdict"]) == ("valid", "unreadable")
    (good, broken) = rows(tmp_path / "cut.tar")
    assert (good["verdict"], broken["path"]) == ("valid", str(tmp_path / "cut.tar"))


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(GOOD.read_bytes())
    real = summarise_as

    def changing(kind: Any, window: Any, *rest: Any) -> Any:
        found = real(kind, window, *rest)
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr("rckp.catalogue.row.summarise_as", changing)
    (row,) = rows(tmp_path)
    assert (row["verdict"], row["code"]) == ("unreadable", "changed-while-read")
    assert not of_the_record(row)


def test_any_exception_is_that_of_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        shutil.copy(GOOD, tmp_path / f"{name}.ckpt")
    real = summarise_as

    def no_room(kind: Any, window: Any, path: str, *rest: Any) -> Any:
        if path.endswith("a.ckpt"):
            raise MemoryError("no room")
        return real(kind, window, path, *rest)

    monkeypatch.setattr("rckp.catalogue.row.summarise_as", no_room)
    first, second = rows(tmp_path)
    assert (first["verdict"], second["verdict"]) == ("unreadable", "valid")
    assert "MemoryError: no room" in first["message"]
    assert INDEX["path"] == 0
