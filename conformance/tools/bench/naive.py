"""The store that somebody would write first. It imports nothing that takes memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rckp


class Naive:
    """Reads every file whole. `read` is from bytes to the fields, by attribute."""

    def __init__(self, base: Path, read: Callable[[bytes], Any]) -> None:
        self.base, self.read = base, read

    def list_resumable(self, identity: rckp.Identity) -> list[Any]:
        """What a run of this identity can resume from, oldest first."""
        algorithm, problem = identity.signature_hashes
        found = []
        for path in self.base.rglob("*.ckpt"):
            try:
                record = self.read(path.read_bytes())
            except Exception:  # noqa: S112 - as somebody would write it
                continue
            if (
                record.algorithm_name == identity.algorithm_name
                and record.algorithm_signature_hash == algorithm
                and record.problem_signature_hash == problem
                and record.status != "completed"
            ):
                found.append((rckp.run_id_timestamp_ms(record.run_id) or 0, record.run_id, record))
        return sorted(found, key=lambda entry: entry[:2])

    def purge_older_than(self, ms: int) -> int:
        """Remove what was written before a time."""
        removed = 0
        for path in list(self.base.rglob("*.ckpt")):
            try:
                record = self.read(path.read_bytes())
            except Exception:  # noqa: S112
                continue
            if record.created_at_ms < ms:
                path.unlink()
                removed += 1
        return removed
