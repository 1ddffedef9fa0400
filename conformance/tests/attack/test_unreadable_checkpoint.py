"""A checkpoint that cannot be read is not taken for a foreign file (SAFE-10), in any language."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import rckp
from conformance.tests import implementations
from conformance.tests.attack.writing import NEW, OLD
from conformance.tests.store.examples import names
from conformance.tests.tools import need
from rckp.conformance.adapter import Adapter
from rckp.format.record_json import to_json


@pytest.mark.toolchain
@pytest.mark.parametrize("implementation", implementations.NEEDED)
def test_an_error_of_reading_is_not_written(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, implementation: str
) -> None:
    need("strace", how="`apt-get install strace`")
    store = rckp.CheckpointStore(tmp_path / "base")
    path = store.write(OLD)
    calls = "read,pread64"
    traced = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-P", str(path)]
    traced += ["-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO"]
    command = implementations.command(tmp_path_factory, implementation)
    with Adapter([*traced, *command], timeout=120) as adapter:
        response = adapter.send(
            {
                "type": "run",
                "id": "unreadable",
                "op": "write",
                "base": os.fsencode(store.base_dir).hex(),
                "record": to_json(NEW),
            }
        )
    assert "INJECTED" in (tmp_path / "trace").read_text()
    assert response["type"] == "error", response
    assert response["code"] == "not-written"
    assert store.read(path) == OLD
    assert names(path.parent) == [path.name]
