"""The record that most tests start from: the worked example of the specification."""

from __future__ import annotations

import json
from pathlib import Path

from rckp.format.record_json import from_json

_CASE = Path(__file__).resolve().parents[2] / "fixtures/cases/reader/example.json"

EXAMPLE = from_json(json.loads(_CASE.read_text("utf-8"))["expect"]["record"])
