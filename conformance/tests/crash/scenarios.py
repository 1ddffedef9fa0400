"""The operations during which failures are injected, and the permitted trees afterwards.

A scenario prepares a directory, undisturbed, and then acts, disturbed. `trees` says through
which states the directory goes: the first is what was prepared, the last what is there when
all has gone well. `otherwise` are those that an error or an interruption may lead to besides.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import rckp
from rckp.format.record import CheckpointRunStatus

Tree = dict[str, bytes]  # what is below the base, by path; without temporary files

IDENTITY = rckp.Identity("HillClimbing", "steps=100", "OneMax", "bits=64")
RUN_ID = "HillClimbing-7-00000000000000000000-1767225600000"
ALIKE = RUN_ID.replace("-7-", "_7-")  # another run; see OTHER_RUN
HASHES = IDENTITY.signature_hashes


def record(iteration: int, created_at_ms: int, run_id: str = RUN_ID) -> rckp.CheckpointRecord:
    """A checkpoint; no two iterations have payloads of one length."""
    return rckp.CheckpointRecord(
        created_at_ms=created_at_ms,
        run_id=run_id,
        random_seed=iteration,
        algorithm_name=IDENTITY.algorithm_name,
        algorithm_parameters=IDENTITY.algorithm_parameters,
        problem_description=IDENTITY.problem_description,
        problem_parameters=IDENTITY.problem_parameters,
        algorithm_signature_hash=HASHES[0],
        problem_signature_hash=HASHES[1],
        step_state_payload=f"iter={iteration};state=" + "x" * iteration,
        seed_payload=None,
        elapsed_millis=0,
        status=CheckpointRunStatus.RUNNING,
        error_message=None,
    )


OLD, NEW, NEXT = (record(iteration, 1767225600000 + iteration) for iteration in (50, 90, 130))
SCOPE = str(rckp.scope_path(IDENTITY.algorithm_name, IDENTITY.problem_description, *HASHES))
PATH = f"{SCOPE}/{rckp.checkpoint_file_name(RUN_ID)}"
# Two run ids whose names are sanitised to the same file.
OTHER_RUN = record(70, 1767225600000, RUN_ID.replace("Climbing-7", "Climbing:7"))
SAME_NAME = record(80, 1767225600000, RUN_ID.replace("Climbing-7", "Climbing@7"))
OTHER_PATH = f"{SCOPE}/{rckp.checkpoint_file_name(OTHER_RUN.run_id)}"
ASIDE = f"{PATH}.<random>.aside"
FOREIGN = b"PK\x03\x04 not a checkpoint of ours, and the only copy of something"
STALE = [f"{SCOPE}/.rckp-{number:016x}.tmp" for number in range(3)]


class Scenario(NamedTuple):
    """See the module. `then` is the save that follows, and `then_tree` what it makes of a tree."""

    prepare: Callable[[rckp.CheckpointStore], None]
    act: Callable[[rckp.CheckpointStore], object]
    trees: list[Tree]
    otherwise: tuple[Tree, ...] = ()
    then: rckp.CheckpointRecord = NEXT

    def then_tree(self, tree: Tree) -> Tree:
        path = OTHER_PATH if self.then.run_id == OTHER_RUN.run_id else PATH
        kept = {ASIDE: FOREIGN} if tree.get(path) == FOREIGN else {}
        return tree | kept | {path: rckp.encode(self.then)}


def snapshot(base: Path) -> tuple[Tree, list[str]]:
    """The files below a directory: what they hold, and the names of temporary ones."""
    tree: Tree = {}
    temporary: list[str] = []
    for path in sorted(base.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(base).as_posix()
        if re.search(r"/\.rckp-[0-9a-f]{16}\.tmp$", name):
            temporary.append(name)
        else:
            tree[plain(name)] = path.read_bytes()
    return tree, temporary


def plain(name: str) -> str:
    """Return a path without its random parts."""
    return re.sub(r"\.[0-9a-f]{16}\.aside$", ".<random>.aside", name)


def put(path: str, data: bytes) -> Callable[[rckp.CheckpointStore], None]:
    def prepare(store: rckp.CheckpointStore) -> None:
        file = store.base_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    return prepare


def together(
    *steps: Callable[[rckp.CheckpointStore], None],
) -> Callable[[rckp.CheckpointStore], None]:
    def prepare(store: rckp.CheckpointStore) -> None:
        for step in steps:
            step(store)

    return prepare


def write(wanted: rckp.CheckpointRecord) -> Callable[[rckp.CheckpointStore], object]:
    return lambda store: store.write(wanted)


def write_first(store: rckp.CheckpointStore) -> None:
    store.write(OLD)


def nothing(_store: rckp.CheckpointStore) -> None: ...


def write_twice(store: rckp.CheckpointStore) -> None:
    store.write(NEW)
    os.getppid()  # the mark of a step that has returned; see tracing
    store.write(NEXT)


def list_all(store: rckp.CheckpointStore) -> dict[str, object]:
    told: list[str] = []
    found = store.list_resumable(IDENTITY, on_error=lambda path, _: told.append(str(path)))
    return {"listed": [entry.record.random_seed for entry in found], "told": told}


class Counting:
    """The state of a computation that counts."""

    def __init__(self, iteration: int) -> None:
        self._iteration = iteration

    def random_seed(self) -> int:
        return self._iteration

    def to_payload(self) -> str:
        return record(self._iteration, 0).step_state_payload

    @classmethod
    def from_payload(cls, payload: str) -> Counting:
        return cls(int(payload.removeprefix("iter=").partition(";")[0]))

    def iteration(self) -> int:
        return self._iteration

    def evaluations(self) -> int:
        return self._iteration


class Heard(logging.Handler):
    """The messages that were logged within a block."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


def resume_and_finish(store: rckp.CheckpointStore) -> dict[str, object]:
    heard = Heard()
    logging.getLogger("rckp.store").addHandler(heard)
    with rckp.CheckpointedRun(store, IDENTITY, Counting, resume="latest") as run:
        start = run.state.iteration() if run.state else 0
        for iteration in range(start + 1, 71):
            run.report(Counting(iteration))
    return {"from": start, "told": heard.told}


def of_run(iteration: int, status: CheckpointRunStatus) -> Tree:
    return {PATH: rckp.encode(record(iteration, 0)._replace(status=status))}


def purge_tree(*kept: int) -> Tree:
    return {f"{SCOPE}/{i}.ckpt": rckp.encode(record(i, i)) for i in kept}


old, new, following = (rckp.encode(each) for each in (OLD, NEW, NEXT))
MINUTE = 60_000

SCENARIOS = {
    "first write": Scenario(nothing, write(NEW), [{}, {PATH: new}]),
    "first write, directories made": Scenario(
        lambda store: (store.base_dir / SCOPE).mkdir(parents=True),
        write(NEW),
        [{}, {PATH: new}],
    ),
    "overwrite": Scenario(put(PATH, old), write(NEW), [{PATH: old}, {PATH: new}]),
    "overwrite again": Scenario(write_first, write(NEW), [{PATH: old}, {PATH: new}]),
    "two writes": Scenario(write_first, write_twice, [{PATH: old}, {PATH: new}, {PATH: following}]),
    "sweep": Scenario(
        together(*(put(name, b"RCK") for name in STALE), put(PATH, old)),
        write(NEW),
        [{PATH: old}, {PATH: new}],
    ),
    "foreign file": Scenario(
        put(PATH, FOREIGN),
        write(NEW),
        [{PATH: FOREIGN}, {PATH: FOREIGN, ASIDE: FOREIGN}, {PATH: new, ASIDE: FOREIGN}],
    ),
    "another run": Scenario(
        put(OTHER_PATH, rckp.encode(OTHER_RUN)),
        write(SAME_NAME),
        [{OTHER_PATH: rckp.encode(OTHER_RUN)}],
        then=OTHER_RUN._replace(random_seed=71),
    ),
    "delete": Scenario(
        together(put(PATH, old), put("other.ckpt", new)),
        lambda store: store.delete_on_success(store.base_dir / PATH),
        [{PATH: old, "other.ckpt": new}, {"other.ckpt": new}],
    ),
    "purge": Scenario(
        together(*(put(name, data) for name, data in purge_tree(1, 2, 5).items())),
        lambda store: store.purge_older_than(3),
        [purge_tree(1, 2, 5), purge_tree(2, 5), purge_tree(5)],
        (purge_tree(1, 5),),  # the first could not be removed
    ),
    "purge of broken files": Scenario(
        together(put(PATH, old), put("a/empty.ckpt", b""), put("a/foreign.ckpt", FOREIGN)),
        lambda store: store.purge_truncated(unchanged_for_ms=-MINUTE),
        [
            {PATH: old, "a/empty.ckpt": b"", "a/foreign.ckpt": FOREIGN},
            {PATH: old, "a/foreign.ckpt": FOREIGN},
        ],
    ),
    "list": Scenario(
        together(put(PATH, old), put("a/b/moved.ckpt", new), put("a/foreign.ckpt", FOREIGN)),
        list_all,
        [{PATH: old, "a/b/moved.ckpt": new, "a/foreign.ckpt": FOREIGN}],
    ),
    "run": Scenario(
        put(PATH, old),
        resume_and_finish,
        [{PATH: old}, *(of_run(at, CheckpointRunStatus.RUNNING) for at in (50, 60, 70)), {}],
        tuple(of_run(at, CheckpointRunStatus.INTERRUPTED) for at in (50, 60, 70)),
    ),
}
