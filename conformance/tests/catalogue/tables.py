"""Catalogues as Python values."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import rckp

NOW = 1767225700000  # ms


def rows(paths: Path | Iterable[Path], **options: Any) -> list[dict[str, Any]]:
    """The rows of `rckp.frame`, each a dictionary by the names of the columns."""
    named: Any = paths if isinstance(paths, os.PathLike) else [*paths]
    found: list[dict[str, Any]] = rckp.frame(named, now_ms=NOW, **options).to_pylist()
    return found


def by_name(found: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by the last component of their paths."""
    return {row["path"].rpartition("/")[2]: row for row in found}
