"""A run that saves as fast as it can until it is killed, and what must be there then."""

from __future__ import annotations

import os
import time
from pathlib import Path

import rckp
from conformance.tests.crash.scenarios import IDENTITY

_MULTIPLIER, _INCREMENT, _MASK = 6364136223846793005, 1442695040888963407, (1 << 64) - 1


class Generator:
    """A computation whose state at any iteration follows from its first alone."""

    def __init__(self, iteration: int = 0, value: int = 1) -> None:
        self._iteration, self.value = iteration, value

    def step(self) -> Generator:
        value = (self.value * _MULTIPLIER + _INCREMENT) & _MASK
        return Generator(self._iteration + 1, value)

    def random_seed(self) -> int:
        return self.value

    def to_payload(self) -> str:
        """Of some 40 to 30,000 bytes, all of which depend on the state."""
        text = f"iter={self._iteration};value={self.value};"
        return text + f"{self.value:x}" * ((self.value >> 32) % 2000)

    @classmethod
    def from_payload(cls, payload: str) -> Generator:
        iteration, value = (part.partition("=")[2] for part in payload.split(";")[:2])
        return cls(int(iteration), int(value))

    def iteration(self) -> int:
        return self._iteration

    def evaluations(self) -> int:
        return self._iteration


class Loop:
    """Resumes, or starts, and saves each state; which saves have returned is noted in a file."""

    def __init__(self, store: rckp.CheckpointStore, root: Path) -> None:
        self._store = store
        self._noted = os.open(root / "saved", os.O_RDWR | os.O_CREAT)

    def act(self) -> None:
        with rckp.CheckpointedRun(
            self._store, IDENTITY, Generator, resume="latest", every=1
        ) as run:
            state = run.state or Generator()
            while True:
                state = state.step()
                run.report(state)
                if run.last_error is not None:
                    raise run.last_error
                os.pwrite(self._noted, state.iteration().to_bytes(8, "little"), 0)


class Survivor:
    """Reports after each kill what is wrong with the tree: lost, torn, empty or mixed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = Generator()
        self._counted = 0

    def wait_for_a_save(self, patience: float) -> None:
        """Returns when another save has returned, or after that many seconds."""
        before, deadline = self._saved(), time.monotonic() + patience
        while self._saved() == before and time.monotonic() < deadline:
            time.sleep(0.0005)

    def new_saves(self) -> int:
        """How many saves have returned since this was asked last."""
        before, self._counted = self._counted, self._saved()
        return max(0, self._counted - before)

    def _saved(self) -> int:
        """The iteration of the last save that has returned."""
        return int.from_bytes((self._root / "saved").read_bytes(), "little")

    def wrong(self, tree: dict[str, bytes]) -> str:
        """Return the violation in a word or two, or nothing, compared with the previous tree."""
        saved = self._saved()
        if not tree and not saved:
            return ""  # killed before its first save
        if len(tree) != 1:
            return f"{len(tree)} files"
        [data] = tree.values()
        if not data:
            return "empty"
        try:
            payload = rckp.decode(data).step_state_payload
        except rckp.DecodeError as error:
            return f"torn: {error}"
        state = Generator.from_payload(payload)
        if state.iteration() < max(saved, self._known.iteration()):
            return f"lost: iteration {state.iteration()} after {saved} was saved"
        while self._known.iteration() < state.iteration():
            self._known = self._known.step()
        if payload != self._known.to_payload():
            return "mixed up"
        return ""
