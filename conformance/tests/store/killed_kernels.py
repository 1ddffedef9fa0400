"""Runs the notebook of docs/examples, alone and in kernels that end early; prints the results.

    python -m conformance.tests.store.killed_kernels NOTEBOOK DIRECTORY KILLS SEED

The cells are run again and again: the kernel is interrupted, gets SIGTERM, is restarted as by the
menu, and is killed KILLS times with SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

os.environ["JUPYTER_PLATFORM_DIRS"] = "1"

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

import rckp
from conformance.tests.store.limited_run import limited
from conformance.tests.store.test_optimisers import iteration

_TIMEOUT = 120  # seconds; only a kernel that hangs takes as long
STEPS = 40_000
SHORT = f"STEPS, SECONDS = {STEPS}, 0.001"


def notebook(path: str, more: str = "") -> Any:
    """Return the notebook with a smaller problem, as a cell after the one that sets it."""
    found: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert "STEPS, SECONDS = " in found.cells[1].source
    cell = nbformat.v4.new_code_cell(SHORT + more)  # type: ignore[no-untyped-call]
    found.cells.insert(2, cell)
    return found


def result(book: Any, directory: Path) -> str:
    """Run all cells; return the text of the last one."""
    client = NotebookClient(
        book,
        timeout=_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(directory)}},
    )
    client.execute()
    text: str = book.cells[-1].outputs[0]["data"]["text/plain"]
    return text


def _steps(record: rckp.CheckpointRecord | None) -> int:
    return iteration(record.step_state_payload) if record else 0


class Kernel:
    """A kernel that runs the cells, and may not come to their end."""

    def __init__(self, book: Any, directory: Path) -> None:
        self._code = "\n".join(each.source for each in book.cells if each.cell_type == "code")
        self._directory = directory
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(directory))
        self._request = ""
        self._connect()

    def run(self, steps: int = 0) -> None:
        """Run the cells until the run has saved, so many steps beyond its state before or more.

        The first save may be the restored state. A save in between may not be seen.
        """
        before = self.saved()
        self._request = self._client.execute(self._code)
        wanted = _steps(before) + steps
        deadline = time.monotonic() + _TIMEOUT
        while (now := self.saved()) in (None, before) or _steps(now) < wanted:
            assert time.monotonic() < deadline, "the notebook saves nothing"
            time.sleep(0.002)

    def saved(self) -> rckp.CheckpointRecord | None:
        """Return the checkpoint of the run, if there is one. It is always complete."""
        found = list(self._directory.rglob("*.ckpt"))
        return rckp.decode(found[0].read_bytes()) if found else None

    def kill(self) -> None:
        """End the kernel with SIGKILL."""
        self._client.stop_channels()
        os.kill(self._pid(), signal.SIGKILL)
        self._manager.shutdown_kernel(now=True)

    def interrupt(self) -> str:
        """Interrupt the cell, as by the menu; return the name of the exception."""
        self._manager.interrupt_kernel()
        return self._exception()

    def terminate(self) -> str:
        """Send SIGTERM to the kernel; return the name of the exception in the cell."""
        os.kill(self._pid(), signal.SIGTERM)
        return self._exception()

    def _pid(self) -> int:
        pid: int = self._manager.provisioner.pid  # type: ignore[union-attr]
        return pid

    def _exception(self) -> str:
        reply = self._client.get_shell_msg(timeout=_TIMEOUT)
        while reply["parent_header"]["msg_id"] != self._request:
            reply = self._client.get_shell_msg(timeout=_TIMEOUT)
        return str(reply["content"].get("ename"))

    def restart(self) -> None:
        """Restart the kernel, as by the menu."""
        self._client.stop_channels()
        self._manager.restart_kernel(now=False)
        self._connect()

    def _connect(self) -> None:
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_TIMEOUT)


def main(path: str, base: str, kills: str, seed: str) -> None:
    book, rng = notebook(path), random.Random(int(seed))
    # A kernel waits to be killed after its share of the steps, so that none comes to the end.
    killed_book = notebook(path, limited(STEPS // (int(kills) + 4)))
    alone, killed = Path(base, "alone"), Path(base, "killed")
    alone.mkdir()
    killed.mkdir()
    expected = result(book, alone)
    kernel = Kernel(killed_book, killed)
    kernel.run(steps=1)  # then it is inside of the block
    raised = [kernel.interrupt()]
    left = [kernel.saved()]
    kernel.run(steps=1)
    raised.append(kernel.terminate())
    left.append(kernel.saved())
    kernel.run()
    kernel.restart()
    left.append(kernel.saved())
    for _ in range(int(kills)):
        kernel.run()
        time.sleep(rng.uniform(0, 0.1))
        kernel.kill()
        left.append(kernel.saved())
        kernel = Kernel(killed_book, killed)
    kernel.kill()
    print(
        json.dumps(
            {
                "alone": expected,
                "killed": result(book, killed),
                "raised": raised,
                "statuses": [str(each.status) for each in left if each],
                "steps": STEPS,
                "payloads": [each.step_state_payload for each in left if each],
                "left": [str(each) for each in Path(base).rglob("*.ckpt")],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
