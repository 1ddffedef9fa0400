"""The crash tests of one implementation: every fault at every call of every scenario."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from rckp.conformance.adapter_errors import AdapterError, NoResponseError
from rckp.conformance.checks import GRADES
from rckp.conformance.comparison import CheckOutcome, Comparison
from rckp.conformance.crash.company import COMPANY, company_of
from rckp.conformance.crash.company_visit import CannotCheckError, Others, Visit
from rckp.conformance.crash.kinds import KINDS, fault_of, planned_faults
from rckp.conformance.crash.oracle import Scene, Violation, check_following, find_violations
from rckp.conformance.crash.order import RULES
from rckp.conformance.crash.scenarios import Scenario
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Call, Fault, TracedAdapter
from rckp.conformance.hello import Hello
from rckp.conformance.results import Result
from rckp.conformance.temporary import temporary
from rckp.conformance.trees import create_tree, snapshot

_ATTEMPTS_UNDISTURBED = 6  # to make a request twice with the same calls
_ATTEMPTS = 3  # to make a fault happen at a call that was seen before

Start = Callable[[], TracedAdapter]


class CrashCheck(NamedTuple):
    """One check. `rest` is the rule, the call, or the company: `crash/overwrite/EIO/fsync#2`."""

    scenario: Scenario
    kind: str  # of KINDS
    rest: str
    requirements: tuple[str, ...]
    level: str

    @property
    def id(self) -> str:
        """The id."""
        return f"{self.scenario.check.id}/{self.kind}/{self.rest}"


class CrashOutcome(NamedTuple):
    """A check and its outcome."""

    check: CrashCheck
    result: CheckOutcome


class CrashRunner:
    """One implementation, and `workers` processes of it at a time. To be closed.

    Of the checks with a fault or company, those are made whose `rest` begins with one of `rests`.
    """

    def __init__(
        self,
        start: Start,
        workers: int,
        kinds: Sequence[str] = KINDS,
        rests: tuple[str, ...] = ("",),
    ) -> None:
        """Start the first process. Raise `AdapterError`."""
        self._start = start
        self._rests = rests
        self._kinds = kinds
        self._closing = threading.Event()
        self._locks = True
        self._others: Others = {}
        self._reported: set[tuple[str, str]] = set()  # rules of the order that fail, by scenario
        first = start()
        self.hello: Hello = first.hello
        self._idle: queue.SimpleQueue[TracedAdapter | None] = queue.SimpleQueue()
        self._idle.put(first)
        for _ in range(workers - 1):
            self._idle.put(None)
        self._workers = workers

    def outcomes(self, scenarios: Iterable[Scenario]) -> Iterator[CrashOutcome]:
        """Every outcome, in a fixed order. Raise `AdapterError`."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self._workers) as pool:
            try:
                for scenario in scenarios:
                    scene, outcomes = self._undisturbed(scenario)
                    yield from outcomes
                    if scene is not None:
                        checks = list(self._planned(scenario, scene.observation.calls))
                        yield from pool.map(self._with_fault, checks)
                        if "company" in self._kinds:
                            visits = [v for v in _visits(scene) if v.rest.startswith(self._rests)]
                            yield from pool.map(partial(self._in_company, scene), visits)
            except BaseException:
                self._closing.set()  # what has not begun is not begun
                raise

    def traces(self, scenarios: Iterable[Scenario]) -> Iterator[tuple[Scenario, Trace]]:
        """The calls of each request when nothing goes wrong. Raise `AdapterError`."""
        for scenario in scenarios:
            scene, _ = self._act(scenario, None)
            yield scenario, scene.trace

    def close(self) -> None:
        """End all processes."""
        for others in self._others.values():
            while others:
                others.pop().close()
        while True:
            try:
                adapter = self._idle.get_nowait()
            except queue.Empty:
                return
            if adapter is not None:
                adapter.close()

    def __enter__(self) -> CrashRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _undisturbed(self, scenario: Scenario) -> tuple[Scene | None, list[CrashOutcome]]:
        """The scenario without a fault: whether it works, and the order of its steps."""
        check = _check(scenario, "order", "undisturbed")
        calls: list[str] | None = None
        for _ in range(_ATTEMPTS_UNDISTURBED):
            scene, violations = self._act(scenario, None)
            # What a signal of the runtime interrupts is repeated, and a directory is then listed
            # in two pieces. Such calls are chance: they are not made twice.
            before, calls = calls, [each.label for each in scene.observation.calls if each.at]
            if violations or calls == before:
                break
        response = scene.observation.response
        if isinstance(response, Mapping) and response["type"] == "unsupported":
            reason = Comparison("none", (response["reason"],))
            return None, [CrashOutcome(check, CheckOutcome("unsupported", reason, {}))]
        outcomes = [_outcome(check, violations, scene.observation.response)]
        if any(call.name == "io_uring_setup" for call in scene.observation.calls):
            reason = Comparison("none", ("it uses io_uring, which no tracer sees",))
            return None, [CrashOutcome(check, CheckOutcome("unsupported", reason, {}))]
        self._locks = any(
            call.name == "flock" and call.at and call.succeeded for call in scene.observation.calls
        )
        if outcomes[0].result.outcome != "pass":
            return None, outcomes  # nothing can be concluded from a request that does not work
        if "order" in self._kinds and scenario.succeeds:
            for rule in RULES:
                if scenario.check.op in rule.ops:
                    texts = [Violation(text) for text in rule.violations(scene.trace)]
                    if texts:
                        self._reported.add((scenario.name, rule.name))
                    check = CrashCheck(
                        scenario, "order", rule.name, (rule.requirement,), rule.level
                    )
                    outcomes.append(_outcome(check, texts, {}))
        return scene, outcomes

    def _planned(self, scenario: Scenario, calls: Sequence[Call]) -> Iterator[CrashCheck]:
        for kind, call in planned_faults(self._kinds, calls):
            if call.label.startswith(self._rests):
                yield _check(scenario, kind, call.label)

    def _with_fault(self, check: CrashCheck) -> CrashOutcome:
        if self._closing.is_set():
            raise AdapterError("the run was ended.")
        fault = fault_of(check.kind, check.rest)
        for _ in range(_ATTEMPTS):
            scene, violations = self._act(check.scenario, fault)
            if scene.observation.struck:
                return _outcome(check, violations, scene.observation.response)
        if check.kind in ("short", "lost"):  # of a single byte, or of one buffer
            return _outcome(check, [], {})
        text = "the request did not make this call again: its calls depend on chance"
        return _outcome(check, [Violation(text)], {})

    def _in_company(self, scene: Scene, check: CrashCheck) -> CrashOutcome:
        if self._closing.is_set():
            raise AdapterError("the run was ended.")
        company, label = company_of(check.rest)
        adapter = self._idle.get()
        try:
            adapter = adapter or self._new()
            visit = Visit(scene, adapter, self._others)
            try:
                violations = list(company.run(visit, label))
            except CannotCheckError as reason:
                return CrashOutcome(
                    check, CheckOutcome("unsupported", Comparison("none", (str(reason),)), {})
                )
            if visit.is_lost:
                adapter.close()
                adapter = None
            return _outcome(check, violations, visit.response)
        finally:
            self._idle.put(adapter)

    def _act(self, scenario: Scenario, fault: Fault | None) -> tuple[Scene, list[Violation]]:
        adapter = self._idle.get()
        try:
            adapter = adapter or self._new()
            with temporary() as root:
                create_tree(root, scenario.tree)
                before = snapshot(root)
                observation = adapter.send(scenario.check.message(root), root, fault)
                scene = Scene(
                    *(scenario, root, fault, observation, before, snapshot(root)),
                    frozenset(rule for name, rule in self._reported if name == scenario.name),
                )
                violations = list(find_violations(scene))
                if isinstance(observation.response, NoResponseError):
                    adapter.close()
                    adapter = None
                    adapter = self._new()
                if fault is not None:
                    following = adapter.send_unwatched(scenario.following.message(root))
                    after = snapshot(root)
                    violations += check_following(scene, following, after, self._locks)
                    if isinstance(following, NoResponseError):
                        adapter.close()
                        adapter = None
                return scene, violations
        finally:
            self._idle.put(adapter)

    def _new(self) -> TracedAdapter:
        adapter = self._start()
        if adapter.hello != self.hello:
            adapter.close()
            raise AdapterError(
                "the adapter sent another response to hello when it was started again."
            )
        return adapter


def results(
    outcomes: Iterable[CrashOutcome], wanted: str, known: Mapping[str, str]
) -> Iterator[Result]:
    """The outcomes as lines of a report, known failures considered."""
    for check, result in outcomes:
        outcome, grade = result.outcome, result.grading.grade
        if outcome == "fail" and GRADES.index(grade) >= GRADES.index(wanted):
            outcome = "pass"
        if check.id in known and outcome != "unsupported":
            outcome = "unexpected-pass" if outcome == "pass" else "expected-fail"
        line: dict[str, Any] = {
            "id": check.id,
            "op": check.scenario.check.op,
            "class_": check.scenario.check.class_,
            "level": check.level,
            "requirements": list(check.requirements),
        }
        yield Result.from_parts(line, outcome, result, known.get(check.id, ""))


def _visits(scene: Scene) -> Iterator[CrashCheck]:
    """The checks of the kind `company` of a scenario."""
    scenario = scene.scenario
    for each in COMPANY:
        if scenario.name in each.scenarios:
            for rest in each.checks(scene.trace):
                yield CrashCheck(scenario, "company", rest, each.requirements, each.level)


def _check(scenario: Scenario, kind: str, rest: str) -> CrashCheck:
    return CrashCheck(scenario, kind, rest, scenario.check.requirements, str(scenario.check.level))


def _outcome(check: CrashCheck, violations: Sequence[Violation], response: object) -> CrashOutcome:
    """Grade none if something is wrong, verdict if only the code of an error is."""
    if not violations:
        grading = Comparison("location", ())
    else:
        grade = "verdict" if all(each.only_code for each in violations) else "none"
        grading = Comparison(grade, tuple(each.text for each in violations))
    members = dict(response) if isinstance(response, Mapping) else {}
    stderr = response.stderr if isinstance(response, NoResponseError) else ""
    return CrashOutcome(
        check, CheckOutcome("fail" if violations else "pass", grading, members, stderr)
    )
