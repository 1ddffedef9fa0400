"""Random payloads and damaged files: `rckp diff` and `rckp recover` always have an answer."""

from __future__ import annotations

import json
import random
from pathlib import Path

import click
import pytest

from conformance.tests.attack.test_json_output import validator
from conformance.tests.command import CONTROL
from conformance.tests.examples import EXAMPLE
from rckp import encode, validate
from rckp.cli.diff_text import as_json, describe
from rckp.cli.file_errors import Source
from rckp.cli.record_difference import compare_sources
from rckp.format.scan import ByteReader
from rckp.validation.inspect import inspect
from rckp.validation.recovery import recover

PARETO = "Objectives: [1.0, 2.0], Rank: 0, Dist: inf"
GOOD = {
    "HillClimbing": "iter=1;eval=2;seed=3;state=1,2,3|4.5",
    "TabuSearch": "iter=1;eval=2;seed=3;curr=1,2|4;best=1,2|4;tabu=5#1,2\n6#2,1",
    "GeneticAlgorithm": "iter=1;eval=2;seed=3;dir=min;pop=[1,2|3,4,5|None]",
    "NSGA-II": f"iter=1;eval=2;seed=3;pop=[1|{PARETO},2|None]",
    "PSO": "iter=1;eval=2;dir=max;particles=[1|2];vels=[1|2,3];pbests=[1|2];gbest=1|2",
    "Other": "a=1;b=2,3|4",
}
BITS = (
    *("iter=", "eval=", "seed=", "curr=", "best=", "tabu=", "pop=", "state=", "k", "dir=min"),
    *(";", "=", "|", ",", "[", "]", "#", "\n", " ", "é", "\x1b[31m", "\u202e", "x" * 200),
    *("1", "2.50", "-0", "NaN", "inf", "1e5", "None", PARETO),
)


def edited(chance: random.Random, text: str) -> str:
    """The text with a few random edits, or another one."""
    if chance.random() < 0.2:
        return "".join(chance.choice(BITS) for _ in range(chance.randint(0, 25)))
    parts = list(text)
    for _ in range(chance.randint(0, 3)):
        at = chance.randint(0, len(parts))
        parts[at : at + chance.randint(0, 2)] = chance.choice(BITS)
    return "".join(parts)


def damaged(chance: random.Random, data: bytes) -> bytes:
    """The bytes with one bit changed, up to a random place."""
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed[: chance.randint(0, len(data))])


@pytest.mark.parametrize("seed", range(4))
def test_differences_of_random_payloads(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    for _ in range(250):
        name = chance.choice(list(GOOD))
        texts = [edited(chance, GOOD[name]) for _ in "ab"]
        a, b = (
            encode(EXAMPLE._replace(algorithm_name=name, step_state_payload=text)) for text in texts
        )
        if chance.random() < 0.2:
            b = damaged(chance, b)
        (tmp_path / "a").write_bytes(a)
        (tmp_path / "b").write_bytes(b)
        width, exact = chance.choice([80, 120]), chance.random() < 0.5
        with Source(str(tmp_path / "a")) as of_a, Source(str(tmp_path / "b")) as of_b:
            found = compare_sources(of_a, of_b, exact=exact, values=3, width=width - 6)
        for line in "\n".join(describe(found, "a", "b", width)).split("\n"):
            plain = click.unstyle(line)
            assert len(plain) <= width, texts
            assert not CONTROL.search(plain), texts
        validator("diff").validate(json.loads(json.dumps(as_json(found, "a", "b"))))
        assert found.equal <= (a == b or found.rewritten), texts
        assert found.rewritten <= (not exact), texts


@pytest.mark.parametrize("seed", range(4))
def test_recovery_of_random_damage(seed: int) -> None:
    chance = random.Random(seed)
    whole = encode(EXAMPLE._replace(seed_payload="é" * 5, error_message="\x1b[31m"))
    for _ in range(250):
        data = damaged(chance, whole)
        inspection = inspect(ByteReader.from_bytes(data), shown=None)
        if inspection.error is None or not inspection.partial_record():
            continue
        found = recover(inspection, "rckp", "an error")
        assert validate(encode(found.record)).valid, data
        values = found.record._asdict()
        for name, value in inspection.partial_record().items():
            assert values[name] == value or name in ("status", "error_message"), data
