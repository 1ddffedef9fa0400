"""Catalogues as Python values, and files for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import rckp
from conformance.tests.command import Result
from conformance.tests.command import rckp as rckp_command
from conformance.tests.format.drafts import DRAFTS
from conformance.tests.format.many_files import CONTENTS, GOOD, files

NOW = 1767225700000  # ms


def rows(paths: Path | Iterable[Path], **options: Any) -> list[dict[str, Any]]:
    """The rows of `rckp.frame`, each a dictionary by the names of the columns."""
    named: Any = paths if isinstance(paths, os.PathLike) else [*paths]
    found: list[dict[str, Any]] = rckp.frame(named, now_ms=NOW, **options).to_pylist()
    return found


def by_name(found: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by the last component of their paths."""
    return {row["path"].rpartition("/")[2]: row for row in found}


def made_tree(base: Path) -> Path:
    """Files of both layouts, valid and not, in several directories."""
    files(base / "cases", CONTENTS[::5])
    files(base / "drafts", [*DRAFTS.values()])
    for i, content in enumerate((GOOD, b"", GOOD, GOOD[:-1])):
        files(base / f"dir{i}", [content] * (20 * i + 1))
    (base / "dir0" / os.fsdecode(b"\xff.ckpt")).write_bytes(GOOD)
    return base


def listed(*arguments: str | Path, **options: Any) -> Result:
    """The result of `rckp list --format parquet`."""
    return rckp_command("list", "--format", "parquet", *arguments, **options)
