"""Archives and compressed files for tests."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from conformance.tests.command import Result, rckp
from conformance.tests.corpus import FIXTURES
from rckp.files import compressed

GOOD = FIXTURES / "cases/reader/full.ckpt"
CUT = FIXTURES / "cases/reader/truncated/step_state_payload/content-some.ckpt"
REAL = FIXTURES / "files/real"


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": compressed.zstd_module("").compress,
}
ARCHIVES = ("tar", *(f"tar.{each}" for each in COMPRESS), "tgz", "zip")


def packed(base: Path, kind: str, directory: Path) -> Path:
    """An archive of `runs`, its members in an order of its own."""
    file = directory / f"runs.{kind}"
    every = sorted(base.rglob("*"), reverse=True)
    if kind == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for each in every:
                name = each.relative_to(base).as_posix()
                if each.is_symlink():
                    info = zipfile.ZipInfo(name)
                    info.external_attr = 0o120777 << 16
                    archive.writestr(info, os.readlink(each))
                else:
                    archive.write(each, name)
        return file
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for each in every:
            archive.add(each, each.relative_to(base).as_posix(), recursive=False)
    compression = {"tar": "", "tgz": "gz"}.get(kind, kind.removeprefix("tar."))
    file.write_bytes(COMPRESS[compression](data.getvalue()) if compression else data.getvalue())
    return file


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def member(name: str, content: bytes = b"", **attributes: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, content


def validated(path: Path) -> tuple[Result, dict[str, str | None]]:
    """The result of `rckp validate`, and the first code of each file by its path below."""
    done = rckp("validate", "--format", "json", path)
    files = json.loads(done.out)["files"]
    start = f"{path}/"
    return done, {
        each["path"].removeprefix(start): (None if each["valid"] else each["findings"][0]["code"])
        for each in files
    }
