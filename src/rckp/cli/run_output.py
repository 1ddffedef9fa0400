"""Runs as JSON and as CSV, for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from rckp.cli.payload_text import progress_as_json
from rckp.cli.runs import PAYLOAD_SHOWN, Group, Run
from rckp.cli.store_options import Skipped, as_json
from rckp.display import escape, path_members
from rckp.files.container import ObjectPath


def document(
    base: Path | ObjectPath, groups: Sequence[Group], skipped: Skipped, now: int
) -> dict[str, object]:
    """All of it as an object; integers of 64 bits are decimal strings."""
    return {
        "version": 1,
        **path_members(base, "base"),
        "groups": [
            {
                "identity": group.identity._asdict(),
                "runs": [_run_as_json(run, now) for run in group.runs],
            }
            for group in groups
        ],
        "errors": [as_json(path, error) for path, error in skipped],
    }


def _run_as_json(run: Run, now: int) -> dict[str, object]:
    record = run.record
    return {
        **path_members(run.path),
        "layout": run.layout,
        "run_id": record.run_id,
        "status": str(record.status),
        "stale": run.is_stale(now),
        "resumable": run.is_resumable,
        "created_at_ms": str(record.created_at_ms),
        "elapsed_millis": str(record.elapsed_millis),
        **progress_as_json(run.progress),
        "size": run.size,
        "error_message": record.error_message,
        "step_state_payload_start": record.step_state_payload[:PAYLOAD_SHOWN],
        "step_state_payload_length": run.payload_length,
    }


_IDENTITY = ("algorithm_name", "algorithm_parameters", "problem_description", "problem_parameters")
_CSV_COLUMNS = (
    *("path", "path_bytes", *_IDENTITY, "layout", "run_id", "status", "stale", "resumable"),
    *("created_at_ms", "elapsed_millis", "iteration", "evaluations", "best_quality", "size"),
    *("error_message",),
)


def as_csv(groups: Sequence[Group], now: int, *, escaped: bool) -> str:
    """A line with the names of the columns, then one for each run (RFC 4180, lines end in LF).

    What is not known is empty. With `escaped`, for a terminal, control characters are escaped.
    """
    text = io.StringIO(newline="")
    lines = _Lines(text)
    # With these line ends, the writer quotes CR and LF in cells.
    writer = csv.DictWriter(lines, _CSV_COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for group in groups:
        for run in group.runs:
            row = {**group.identity._asdict(), **_run_as_json(run, now)}
            cells = {name: _cell(value) for name, value in row.items()}
            writer.writerow({n: escape(c) for n, c in cells.items()} if escaped else cells)
    return text.getvalue()


class _Lines:
    """Writes lines that end in CR LF as lines that end in LF."""

    def __init__(self, target: io.StringIO) -> None:
        self._target = target

    def write(self, line: str) -> int:
        """Write a line."""
        return self._target.write(line.removesuffix("\r\n") + "\n")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
