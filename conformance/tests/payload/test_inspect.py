"""`rckp inspect` shows the payload, in bounded memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rckp
from conformance.tests.command import rckp as command
from conformance.tests.examples import EXAMPLE


@pytest.mark.parametrize(("variables", "parsed"), [(6, True), (1_500_000, False)])
def test_a_payload_is_parsed_whole_only_if_it_is_small(
    variables: int, parsed: bool, tmp_path: Path
) -> None:
    payload = f"iter=120;eval=121;seed=9;state={','.join(['true'] * variables)}|41"
    record = EXAMPLE._replace(algorithm_name="HillClimbing", step_state_payload=payload)
    path = tmp_path / "run.ckpt"
    path.write_bytes(rckp.encode(record))
    shown = command("inspect", path)
    assert shown.status == 0
    assert "progress: iteration 120, 121 evaluations" in shown.text
    assert (f"{variables} variables: true,true" in shown.text) == parsed
    progress = json.loads(command("inspect", "--format", "json", path).out)["progress"]
    best = "41" if parsed else None
    assert progress == {"iteration": "120", "evaluations": "121", "best_quality": best}
