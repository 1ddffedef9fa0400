"""The parser of the page in the browser, under Node, against that of the package."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import FIXTURES
from conformance.tests.payload.writing import payload_text, payloads
from conformance.tests.tools import need
from rckp.payload import Payload, parse_text
from rckp.payload.grammar import ALGORITHMS

pytestmark = pytest.mark.toolchain
NODE = "`apt-get install nodejs`, or https://nodejs.org (18 or later)"


class Node:
    """A process that parses payloads."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("parse_lines.js")
        self.process = subprocess.Popen(
            ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def parse(self, algorithm: str, text: str, problem: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([algorithm, text, problem]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    need("node", how=NODE)
    running = Node()
    yield running
    running.process.communicate(timeout=60)


def expected(algorithm: str, text: str, problem: str) -> Any:
    """What the page should say."""
    found = parse_text(algorithm, text, problem)
    if found.iteration is None:
        return None
    answer = {"iteration": str(found.iteration), "evaluations": str(found.evaluations)}
    if not isinstance(found, Payload):
        return {**answer, "best": None, "groups": []}
    best = found.best
    order = ("current", "best", "population", "particles", "personal_bests")
    groups = [
        [
            name,
            [
                {
                    "variables": ",".join(each.variables),
                    "quality": each.quality,
                    "value": each.value,
                }
                for each in found.solutions[name]
            ],
        ]
        for name in order
        if name in found.solutions
    ]
    return {**answer, "best": best.quality if best else None, "groups": groups}


def said(answer: Any) -> Any:
    """The answer of Node, with numbers as numbers."""
    if answer is None:
        return None
    for _, solutions in answer["groups"]:
        for each in solutions:
            if each["value"] is not None:
                value = each["value"].removeprefix("number ")
                each["value"] = float(value.replace("Infinity", "inf"))
    return answer


def same(one: Any, two: Any) -> bool:
    """Equality, with NaN equal to itself."""
    if isinstance(one, float) and isinstance(two, float):
        return one == two or (math.isnan(one) and math.isnan(two))
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


def agree(node: Node, algorithm: str, text: str, problem: str) -> None:
    there, here = said(node.parse(algorithm, text, problem)), expected(algorithm, text, problem)
    assert same(there, here), (there, here)


def test_every_real_file(node: Node) -> None:
    found = [path for path in sorted(FIXTURES.glob("files/real/*/*/*.ckpt")) if path.stat().st_size]
    assert len(found) == 37
    for path in found:
        record = rckp.decode(path.read_bytes())
        agree(node, record.algorithm_name, record.step_state_payload, record.problem_description)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(payloads(), st.data())
def test_valid_and_mutated_payloads(
    node: Node, made: tuple[Payload, str], data: st.DataObject
) -> None:
    payload, problem = made
    text = payload_text(payload, problem)
    agree(node, payload.algorithm, text, problem)
    at = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(at, min(len(text), at + 3)))
    inserted = data.draw(st.text("0123456789;=|,[]#\n.-NaNinfoe", max_size=3))
    algorithm = data.draw(st.sampled_from([payload.algorithm, *ALGORITHMS]))
    agree(node, algorithm, text[:at] + inserted + text[stop:], problem)


def test_strange_texts(node: Node) -> None:
    for text in ("", "iter=1;eval=2", "iter=99999999999999999999;eval=1", "iter=1;eval=2;seed=x"):
        for algorithm in (*ALGORITHMS, "another", "constructor"):
            agree(node, algorithm, text, "")
