"""The notebook of docs/examples: its kernel is interrupted, restarted and killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.store.test_optimisers import KILLS, iteration
from conformance.tests.tools import with_tests_importable

NOTEBOOK = ROOT / "docs/examples/resume_notebook.ipynb"


def test_it_is_stored_without_results_and_is_on_the_page() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) == 3
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    page = (ROOT / "docs/optimisers.md").read_text("utf-8")
    for cell in code:
        assert f"```python\n{''.join(cell['source'])}\n```\n" in page


@pytest.mark.slow
def test_resumed_in_another_kernel_the_result_is_the_same(tmp_path: Path) -> None:
    program = ("-m", "conformance.tests.store.killed_kernels")
    done = subprocess.run(
        [sys.executable, *program, NOTEBOOK, tmp_path, str(KILLS), "1"],
        env=with_tests_importable() | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["killed"] == found["alone"]
    assert found["left"] == []
    assert found["raised"] == ["KeyboardInterrupt", "SystemExit"]
    # A restart tries SIGTERM first. How far that comes depends on the moment.
    assert found["statuses"][:2] == ["interrupted"] * 2
    assert found["statuses"][2] in ("interrupted", "running")
    assert found["statuses"][3:] == ["running"] * KILLS
    progress = [iteration(payload) for payload in found["payloads"]]
    assert progress == sorted(progress)
    assert 0 < progress[0] < progress[-1] < found["steps"]
