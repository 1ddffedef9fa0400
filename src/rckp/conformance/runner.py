"""A run of the suite: the selected checks, one after the other, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rckp.conformance.adapter_errors import FLUSH, AdapterError, NoResponseError, stderr_tail
from rckp.conformance.checks import GRADES, Check, Expectation, Message, ResponseError
from rckp.conformance.comparison import CheckOutcome, Comparison, grade
from rckp.conformance.hello import Hello
from rckp.conformance.memory import MemoryMonitor
from rckp.conformance.results import Result
from rckp.conformance.session import Session, Start
from rckp.conformance.stored_response import clean_text
from rckp.conformance.temporary import temporary
from rckp.conformance.trees import Snapshot, create_tree, differences, needs_root, snapshot

_SHOWN_SMOKE = 2


class SuiteRunner:
    """Runs checks against one implementation.

    `wanted` is the grade that passes, `known` maps ids of known failures to reasons.
    """

    def __init__(self, start: Start, wanted: str, known: Mapping[str, str]) -> None:
        """Start the adapter. Raises `AdapterError`."""
        self._wanted = wanted
        self._known = known
        self._session = Session(start)
        self.hello: Hello = self._session.hello
        self.note: str = ""  # an anomaly that does not count as a failure

    def smoke(self, checks: Sequence[Check]) -> None:
        """Raise `AdapterError` if the adapter fails all of these, the simplest checks."""
        failed = []
        silent = True
        for check in checks:
            checked = self._run(check)
            if checked.outcome in ("pass", "unsupported"):
                return
            silent = silent and checked.outcome == "timeout"
            failed.append(
                f"{check.id} ({clean_text(checked.grading.differences[0], 400)}{stderr_tail(checked.stderr)})"  # noqa: E501
            )
        if failed:
            more = len(failed) - _SHOWN_SMOKE
            others = f" and {more} more" if more > 0 else ""
            raise AdapterError(
                f"the adapter fails every smoke case, {', '.join(failed[:_SHOWN_SMOKE])}{others}: "
                "an adapter that does not work shows nothing about its implementation. "
                f"Use --id {checks[0].id} for the details of one case."
                + (f" {FLUSH}" if silent else "")
            )

    def results(self, checks: Sequence[Check]) -> Iterator[Result]:
        """The result of each check, as it comes. Raises `AdapterError`."""
        for check in checks:
            checked = self._run(check)
            self._track_losses(check, checked)
            outcome = self._apply_known_failures(check.id, checked.outcome)
            yield Result.of(check, outcome, checked, self._known.get(check.id, ""))

    def close(self) -> None:
        """Send bye, if the adapter runs."""
        self.note = self._session.bye()

    def __enter__(self) -> SuiteRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.kill()

    def _apply_known_failures(self, id_: str, outcome: str) -> str:
        if id_ not in self._known or outcome == "unsupported":
            return outcome
        return "unexpected-pass" if outcome == "pass" else "expected-fail"

    def _track_losses(self, check: Check, checked: CheckOutcome) -> None:
        if checked.outcome not in ("crash", "timeout"):
            self._session.reset_failures()
        elif check.id not in self._known:
            self._session.record_failure(check.id, checked.grading.differences[0], checked.stderr)

    def _run(self, check: Check) -> CheckOutcome:
        try:
            if "hostile" in check.tags:
                return self._run_in_fresh_process(check)
            return self._exchange(check, self._session.send)
        except NoResponseError as lost:
            return CheckOutcome(lost.outcome, Comparison("none", (str(lost),)), {}, lost.stderr)

    def _run_in_fresh_process(self, check: Check) -> CheckOutcome:
        with self._session.fresh() as adapter:
            watch = MemoryMonitor(adapter.pid)
            checked = self._exchange(check, lambda message: adapter.send(message, watch))
            if reason := watch():
                raise NoResponseError("over-budget", reason, "")
            return checked

    def _exchange(self, check: Check, send: Callable[[Message], Message]) -> CheckOutcome:
        if not check.has_tree:
            return self._compare(check, send(check.message()), None)
        tree = check.case.document["input"]["tree"]
        if needs_root(tree) and not _is_root():
            reason = "the case has files of other users: run it as root"
            return CheckOutcome("unsupported", Comparison("none", (reason,)), {})
        with temporary() as root:
            create_tree(root, tree)
            before = snapshot(root)
            response = send(check.message(root))
            return self._compare(check, response, (root, before))

    def _compare(
        self, check: Check, response: Message, tree: tuple[Path, Snapshot] | None
    ) -> CheckOutcome:
        if response["type"] == "unsupported":
            return CheckOutcome("unsupported", Comparison("none", (response["reason"],)), response)
        try:
            parsed = check.parse_response(response, tree[0] if tree else None)
        except ResponseError as error:
            raise AdapterError(
                f"the response to the case {check.id} ({check.op}) is invalid: {error}."
            ) from error
        graded = grade_response(check, parsed, tree)
        passed = GRADES.index(graded.grade) >= GRADES.index(self._wanted)
        return CheckOutcome("pass" if passed else "fail", graded, parsed)


def grade_response(
    check: Check, parsed: Expectation, tree: tuple[Path, Snapshot] | None
) -> Comparison:
    """Compare a parsed response with each correct one. Return the comparison with the best grade.

    `tree` is where the tree of the case is, and what was there before the operation.
    """
    after = None if tree is None else snapshot(tree[0])
    graded = []
    for expected, changes in check.alternatives():
        wrong = differences(tree[1], after, changes) if tree and after is not None else []
        graded.append(grade(expected, parsed, wrong))
    return max(graded, key=lambda each: GRADES.index(each.grade))  # the first of equal ones


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
