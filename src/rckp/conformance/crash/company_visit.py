"""The environment of one check of the kind `company`, and its findings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.case_paths import path_bytes, path_text
from rckp.conformance.checks import Message
from rckp.conformance.crash.company_oracle import changes_below, check_response
from rckp.conformance.crash.oracle import Scene, Violation
from rckp.conformance.crash.scenarios import Scenario
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Fault, Observation, TracedAdapter, Visitor
from rckp.conformance.temporary import temporary
from rckp.conformance.trees import TreeEntry, content, create_tree, snapshot

_ATTEMPTS = 3  # to pause at a call that was seen before
OUTSIDE = "outside"  # a directory beside the base: nothing in it may change


class CannotCheckError(Exception):
    """This machine or this user cannot make the check; the text says why."""


class Place:
    """The tree of one check on the disk, while it exists."""

    def __init__(
        self, root: Path, scenario: Scenario, extra: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.root: Path = root
        self.scenario: Scenario = scenario
        self.planted: set[bytes] = {path_bytes(e["path"]) for e in (*scenario.tree, *extra)}
        self.checkpoint: bytes = os.path.join(os.fsencode(root), scenario.checkpoint)
        self.scope: bytes = os.path.dirname(self.checkpoint)
        self.named: list[bytes] = []  # the paths of the call before which the process waits
        self.outside: bytes = os.path.join(os.fsencode(root), OUTSIDE.encode())

    def put(self, data: bytes, *, replace: bool) -> bool:
        """Write a checkpoint as another writer does without the lock. Return whether it has.

        If the name exists, the other writer gives up, or replaces the file if `replace`.
        """
        os.makedirs(self.scope, exist_ok=True)
        beside = os.path.join(self.scope, b".beside")
        with open(beside, "wb") as file:
            file.write(data)
        if replace and os.path.lexists(self.checkpoint):
            os.replace(beside, self.checkpoint)
            return True
        try:
            os.link(beside, self.checkpoint)
        except FileExistsError:
            return False
        finally:
            os.unlink(beside)
        return True

    def data(self) -> bytes | None:
        """What the regular file with the name of the checkpoint contains; None if none has it."""
        with contextlib.suppress(OSError), open(self.checkpoint, "rb") as file:
            return file.read()
        return None


Act = Callable[[Place], str]


class Encounter(NamedTuple):
    """A request during which the runner has acted once, and the trees before and after it."""

    scene: Scene
    change: str  # what the act returned

    @property
    def named(self) -> TreeEntry | None:
        """The entry with the name of the checkpoint afterwards."""
        return self.scene.after.get(self.scene.scenario.checkpoint)

    @property
    def is_ok(self) -> bool:
        """Whether the response is `ok`."""
        response = self.scene.observation.response
        return isinstance(response, Mapping) and response["type"] == "ok"

    @property
    def code(self) -> str:
        """The code of an error."""
        response = self.scene.observation.response
        return str(response.get("code", "")) if isinstance(response, Mapping) else ""

    def response_violations(self) -> Iterator[Violation]:
        """Whether there is a response, and if it is an error, one of this specification."""
        yield from check_response(self.scene.observation.response)

    def changes_outside(self) -> list[str]:
        """Return the changes in the directory beside the base."""
        return changes_below(self.scene.before, self.scene.after, OUTSIDE.encode())


Others = dict[tuple[str, ...], list[TracedAdapter]]  # by the command that starts them


class Visit:
    """The means of one check: an adapter, its scenario, and the calls of its request."""

    def __init__(self, undisturbed: Scene, adapter: TracedAdapter, others: Others) -> None:
        self.undisturbed = undisturbed
        self.scenario: Scenario = undisturbed.scenario
        self.response: Message | NoResponseError = {}  # the last
        self.is_lost: bool = False  # whether the adapter has ended
        self._adapter = adapter
        self._others = others

    @property
    def trace(self) -> Trace:
        """The calls of the request when nothing happens."""
        return self.undisturbed.trace

    def message(self, root: Path, **more: str) -> Message:
        """The request of the scenario, with further members."""
        return self.scenario.check.message(root) | more

    def request(self, op: str, root: Path, path: bytes | None = None, **more: str) -> Message:
        """Another request for the same base; `path` is one from the root."""
        base = os.path.join(root, self.scenario.check.case.document["input"]["base"])
        message = {"type": "run", "id": f"{self.scenario.check.id}/{op}", "op": op}
        message["base"] = os.fsencode(base).hex()
        if path is not None:
            message["path"] = os.path.join(os.fsencode(root), path).hex()
        return message | more

    def send(
        self,
        message: Message,
        root: Path,
        fault: Fault | None = None,
        visitor: Visitor | None = None,
        extra_time: float = 0.0,
        adapter: TracedAdapter | None = None,
    ) -> Observation:
        """Ask the adapter, or another one. Raise `AdapterError`."""
        found = (adapter or self._adapter).send(message, root, fault, visitor, extra_time)
        self.response = found.response
        self.is_lost = self.is_lost or (
            adapter is None and isinstance(found.response, NoResponseError)
        )
        return found

    @contextlib.contextmanager
    def another(self, *prefix: str, user: int | None = None) -> Iterator[TracedAdapter]:
        """A process that is started by a command that ends with the words of the adapter.

        It is used again by the next check with the same command. Without one, it is a new process,
        which is ended.
        """
        waiting = self._others.setdefault(prefix, []) if prefix else []
        try:
            adapter = waiting.pop()
        except IndexError:
            adapter = self._adapter.again(*prefix, user=user)
        try:
            yield adapter
        except BaseException:
            adapter.close()
            raise
        if prefix and not isinstance(self.response, NoResponseError):
            waiting.append(adapter)
        else:
            adapter.close()

    @contextlib.contextmanager
    def place(self, extra: Sequence[Mapping[str, Any]] = ()) -> Iterator[Place]:
        """The tree of the scenario in a new directory, and more entries."""
        with temporary() as root:
            create_tree(root, [*self.scenario.tree, *extra])
            yield Place(root, self.scenario, extra)

    def paused(
        self, label: str, act: Act, extra: Sequence[Mapping[str, Any]] = ()
    ) -> Encounter | None:
        """Act before a call of the request; None if it did not make this call again."""
        name, _, at = label.partition("#")
        for _ in range(_ATTEMPTS):
            with self.place(extra) as place:
                visitor = _Once(act, place)
                before = snapshot(place.root)
                fault = Fault("pause", name, int(at))
                observation = self.send(self.message(place.root), place.root, fault, visitor)
                after = snapshot(place.root)
            # Without a response, the adapter was ended, and its tracer, which reports nothing.
            if observation.struck or isinstance(observation.response, NoResponseError):
                scene = Scene(self.scenario, place.root, fault, observation, before, after)
                return Encounter(scene, visitor.change)
        return None


Run = Callable[[Visit, str], Iterator[Violation]]


class _Once:
    """Acts when the process is paused."""

    def __init__(self, act: Act, place: Place) -> None:
        self._act = act
        self._place = place
        self.change = ""

    def paused(self, paths: Sequence[str]) -> None:
        self._place.named = [os.fsencode(path) for path in paths]
        self.change = self._act(self._place)

    def waiting(self) -> None:
        pass


def pausing(
    act: Act,
    oracle: Callable[[Visit, str, Encounter], Iterator[Violation]],
    extra: Callable[[Scenario], Sequence[Mapping[str, Any]]] = lambda _: (),
) -> Run:
    """Return a check that acts before one call, and applies the oracle to the encounter."""

    def run(visit: Visit, label: str) -> Iterator[Violation]:
        encounter = visit.paused(label, act, extra(visit.scenario))
        if encounter is None:
            yield Violation("the request did not make this call again: its calls depend on chance")
            return
        yield from encounter.response_violations()
        yield from oracle(visit, label, encounter)

    return run


def record_of(scenario: Scenario) -> Mapping[str, Any]:
    """The record that is written, or else that of the first file."""
    given = scenario.check.case.document["input"]
    record: Mapping[str, Any] = given.get("record") or scenario.tree[0]["record"]
    return record


def encoded(scenario: Scenario, **changes: str) -> bytes:
    """A record that differs from that of the scenario, as the content of a file."""
    return content({"kind": "file", "record": {**record_of(scenario), **changes}}).content


def expected(scenario: Scenario) -> bytes:
    """The content of the checkpoint that a write is to leave."""
    return encoded(scenario)


def file_entry(path: bytes, data: bytes, **more: str) -> dict[str, Any]:
    """A file, as an entry of a tree."""
    return {"path": path_text(path), "kind": "file", "bytes": data.hex(), **more}
